import { PointsmanError } from '@pointsman/contract'
import type {
  CacheMark,
  ChatCall,
  ChatMessage,
  ContentPart,
  DocumentPart,
  ImagePart,
  JsonObject,
  Model,
  ReasoningPart,
  SearchResult,
  Signature,
  ToolCallPart,
  ToolResultPart,
} from '@pointsman/contract'

import { encodeBase64Text } from '../base64-text.ts'
import { takesSignature } from '../claude-thinking.ts'
import type { Crc32 } from '../dialect.ts'
import { documentKinds, formatOf, imageKinds } from '../media.ts'
import { writeSearchResult } from '../search-results.ts'
import { readArguments } from '../tool-arguments.ts'
import { ToolIds, UniqueCallIds } from '../tool-ids.ts'
import { beginTurns, endTurns, gatherTurns, silence } from '../turns.ts'
import type { BlockKind } from '../turns.ts'
import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'
import { DocumentNames, toolIdForm } from './quirk-names.ts'
import { writeCiting } from './quirk-citations.ts'
import { withText } from './quirk-lone-documents.ts'
import { blankResult, emptyResult, writeJson } from './quirk-tool-results.ts'
import { signerOnBedrock } from './quirk-signers.ts'
import { quirksOf } from './quirks.ts'

export interface WriteContext {
  readonly model: Model
  readonly warnings: WarningList
  readonly crc32: Crc32
}

interface MessageContext extends WriteContext {
  readonly callIds: UniqueCallIds
  readonly documentNames: DocumentNames
}

/**
 * Cache points go only to models known to take them: others refuse the request, and caching changes no answer.
 */
export function writeCachePoint(mark: CacheMark, { model, warnings }: WriteContext): JsonObject | null {
  if (model.abilities.promptCaching !== true) {
    warnings.add('cache', 'this model is not known to cache prompts; cache marks were left out')
    return null
  }
  if (mark.lifetime !== '1h') return { cachePoint: { type: 'default' } }
  if (quirksOf(model).hourCachePoints) return { cachePoint: { type: 'default', ttl: '1h' } }
  warnings.add('cache', 'this model caches for five minutes, not for an hour')
  return { cachePoint: { type: 'default' } }
}

const noAddresses =
  'this model takes media as bytes only, and nothing is fetched here; send a data: URL with base64.'

function writeSource(source: ImagePart['source'] | DocumentPart['source'], model: Model): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { bytes: source.data }
    case 'text':
      // Every model takes bytes; the members for text came with citations, which only Claude makes.
      if (model.format !== 'claude') return { bytes: encodeBase64Text(source.text) }
      if (source.pieces !== undefined) return { content: source.pieces.map((text) => ({ text })) }
      return { text: source.text }
    case 's3': {
      const owner = source.bucketOwner === null ? {} : { bucketOwner: source.bucketOwner }
      return { s3Location: { uri: source.uri, ...owner } }
    }
    case 'url':
      throw unsupported('messages', noAddresses)
  }
}

function writeImage(part: ImagePart, { model }: WriteContext): JsonObject {
  const source = writeSource(part.source, model)
  const format = part.mediaType === null ? null : formatOf(imageKinds, part.mediaType)
  if (format === null) {
    throw unsupported('messages', 'images must be PNG, JPEG, GIF or WebP for this model.')
  }
  return { image: { format, source } }
}

function writeDocument(part: DocumentPart, context: MessageContext): JsonObject {
  const source = writeSource(part.source, context.model)
  const format = formatOf(documentKinds, part.mediaType)
  if (format === null) {
    const formats = documentKinds.map((kind) => kind.format).join(', ')
    throw unsupported('messages', `documents must be one of ${formats} for this model.`)
  }
  return { document: { format, name: context.documentNames.of(part.name), source, ...writeCiting(part) } }
}

function writeToolCall(part: ToolCallPart, context: MessageContext): JsonObject {
  const input = readArguments(part.argumentsJson)
  if (input === null) {
    throw new PointsmanError(
      'invalid_request',
      `The arguments of tool call \`${part.id.slice(0, 80)}\` must be a whole JSON object. Leave out a call that was cut off.`,
      { field: 'messages' },
    )
  }
  return { toolUse: { toolUseId: context.callIds.ofCall(part.id), name: part.name, input } }
}

const writeFound = (result: SearchResult): JsonObject => ({
  searchResult: writeSearchResult(result, (text) => ({ text })),
})

function writeResultItem(
  item: ToolResultPart['content'][number],
  context: MessageContext,
): JsonObject | null {
  switch (item.kind) {
    case 'text':
      if (item.searchResult !== undefined) return writeFound(item.searchResult)
      return item.text.trim() === '' ? null : { text: item.text }
    case 'json':
      return writeJson(item.value)
    case 'image':
      return writeImage(item, context)
    case 'document':
      return writeDocument(item, context)
  }
}

function writeToolResult(part: ToolResultPart, context: MessageContext): JsonObject {
  const content = writeAll(part.content, (item) => writeResultItem(item, context))
  if (content.length === 0) context.warnings.add('messages', blankResult)
  return {
    toolResult: {
      toolUseId: context.callIds.ofResult(part.callId),
      content: content.length === 0 ? [emptyResult] : content,
      ...(part.isError ? { status: 'error' } : {}),
    },
  }
}

/** Whether the model takes this reasoning of an earlier turn back; one that does not is told. */
function takesReasoning(
  signature: Signature | null,
  { model, warnings }: WriteContext,
): signature is Signature {
  const { reasoningBack } = quirksOf(model)
  if (reasoningBack === 'signed') return takesSignature(signature, warnings)
  if (reasoningBack === 'own' && signature?.signer === signerOnBedrock(model)) return true
  warnings.add('messages', 'reasoning of earlier turns was left out; this model does not take it back')
  return false
}

function writeReasoning({ text, signature }: ReasoningPart, context: WriteContext): JsonObject | null {
  if (!takesReasoning(signature, context)) return null
  return { reasoningContent: { reasoningText: { text, signature: signature.value } } }
}

function writePart(part: ContentPart, context: MessageContext): JsonObject | null {
  switch (part.kind) {
    case 'text':
      if (part.searchResult !== undefined) return writeFound(part.searchResult)
      if (part.citations !== undefined && part.citations.length > 0) {
        context.warnings.add('messages', 'citations of earlier turns were left out')
      }
      // Bedrock refuses blank text blocks outside tool results.
      if (part.text.trim() !== '') return { text: part.text }
      if (part.text !== '') context.warnings.add('messages', 'blank text was left out; this API refuses it')
      return null
    case 'cache-mark':
      return writeCachePoint(part, context)
    case 'image':
      return writeImage(part, context)
    case 'document':
      return writeDocument(part, context)
    case 'tool-call':
      return writeToolCall(part, context)
    case 'tool-result':
      return writeToolResult(part, context)
    case 'reasoning':
      return writeReasoning(part, context)
    case 'redacted-reasoning':
      return takesReasoning(part.data, context)
        ? { reasoningContent: { redactedContent: part.data.value } }
        : null
    case 'foreign':
      if (part.dialect === 'bedrock-converse') return { [part.name]: part.value }
      throw unsupported('messages', `blocks of kind "${part.name}" work with ${part.dialect} only.`)
  }
}

function kindOf(block: JsonObject): BlockKind {
  if (block['toolResult'] !== undefined) return 'result'
  if (block['toolUse'] !== undefined) return 'call'
  if (block['text'] !== undefined) return 'text'
  return block['cachePoint'] === undefined ? 'other' : 'mark'
}

/** Appends a message's blocks to its turn; false where it has none. */
function appendMessage({ parts }: ChatMessage, content: JsonObject[], context: MessageContext): boolean {
  const blocks = writeAll(parts, (part) => writePart(part, context))
  const holdsSome = blocks.some((block) => kindOf(block) !== 'mark')
  if (holdsSome) for (const block of blocks) content.push(block)
  else context.warnings.add('messages', 'a message without content was left out; this API refuses it')
  return holdsSome
}

/** Without those that have no block. */
function writeAll<Part>(parts: readonly Part[], write: (part: Part) => JsonObject | null): JsonObject[] {
  const blocks: JsonObject[] = []
  for (const part of parts) {
    const block = write(part)
    if (block !== null) blocks.push(block)
  }
  return blocks
}

/**
 * The messages of a Converse request. Throws `unsupported_parameter` for media and blocks that Bedrock cannot
 * take and for conversations without a message, `invalid_request` for unfinished tool arguments.
 */
export function writeMessages(call: ChatCall, base: WriteContext): readonly JsonObject[] {
  const callIds = new UniqueCallIds(new ToolIds(call.messages, toolIdForm, base.crc32))
  const context: MessageContext = { ...base, callIds, documentNames: new DocumentNames() }
  const append = (message: ChatMessage, content: JsonObject[]): boolean =>
    appendMessage(message, content, context)
  const silent = { role: 'user', content: [{ text: silence }] } as const
  const begun = beginTurns(gatherTurns(call.messages, append, kindOf), silent, base.warnings)
  const turns = begun.map((turn) => withText(turn, base.warnings))
  const isClaude = base.model.format === 'claude'
  return isClaude ? endTurns(turns, kindOf, quirksOf(base.model), base.warnings) : turns
}

/** The system blocks; an empty list where there are none. */
export function writeSystem(call: ChatCall, context: WriteContext): readonly JsonObject[] {
  const blocks = writeAll(call.system, (part) => {
    if (part.kind === 'text') return part.text.trim() === '' ? null : { text: part.text }
    return writeCachePoint(part, context)
  })
  return blocks.some((block) => 'text' in block) ? blocks : []
}
