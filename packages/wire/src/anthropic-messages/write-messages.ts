import { PointsmanError } from '@pointsman/contract'
import type {
  ContentPart,
  DocumentPart,
  ImagePart,
  JsonObject,
  JsonValue,
  ReasoningPart,
  SearchResult,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  ChatCall,
  ChatMessage,
  Model,
} from '@pointsman/contract'

import { decodeBase64Text } from '../base64-text.ts'
import { claudeQuirksOf } from '../claude-quirks.ts'
import { takesSignature } from '../claude-thinking.ts'
import type { Crc32 } from '../dialect.ts'
import { formatOf, imageKinds, usualMediaType } from '../media.ts'
import { writeSearchResult } from '../search-results.ts'
import { readArguments } from '../tool-arguments.ts'
import { ToolIds, UniqueCallIds } from '../tool-ids.ts'
import { beginTurns, endTurns, gatherTurns, silence } from '../turns.ts'
import type { BlockKind } from '../turns.ts'
import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'
import { markLast } from './quirk-cache-marks.ts'
import type { CacheMarks } from './quirk-cache-marks.ts'
import { toolIdForm } from './quirk-names.ts'

interface BlockContext {
  readonly warnings: WarningList
  readonly callIds: UniqueCallIds
}

const noS3 = 'this model takes no media from S3; send the bytes, or an https:// address.'

function writeLink(url: string): JsonObject {
  if (!/^https:\/\//i.test(url)) throw unsupported('messages', 'this model takes https:// addresses only.')
  return { type: 'url', url }
}

function writeImage({ source, mediaType }: ImagePart): JsonObject {
  switch (source.kind) {
    case 'url':
      return { type: 'image', source: writeLink(source.url) }
    case 's3':
      throw unsupported('messages', noS3)
    case 'base64': {
      const usual = mediaType === null ? null : usualMediaType(mediaType)
      if (usual === null || formatOf(imageKinds, usual) === null) {
        throw unsupported('messages', 'images must be PNG, JPEG, GIF or WebP for this model.')
      }
      return { type: 'image', source: { type: 'base64', media_type: usual, data: source.data } }
    }
  }
}

const textBlock = (text: string): JsonObject => ({ type: 'text', text })

const plainText = (data: string): JsonObject => ({ type: 'text', media_type: 'text/plain', data })

/** PDF goes as bytes; text of any kind as text, which is the only other form. */
function writeDocumentBytes(mediaType: string, data: string): JsonObject {
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data }
  const text = mediaType.startsWith('text/') ? decodeBase64Text(data) : null
  if (text === null) throw unsupported('messages', 'documents must be PDF or text in UTF-8 for this model.')
  return plainText(text)
}

function writeDocumentSource({ source, mediaType }: DocumentPart): JsonObject {
  switch (source.kind) {
    case 'text':
      if (source.pieces !== undefined) return { type: 'content', content: source.pieces.map(textBlock) }
      return plainText(source.text)
    case 's3':
      throw unsupported('messages', noS3)
    case 'base64':
      return writeDocumentBytes(usualMediaType(mediaType), source.data)
    case 'url':
      if (usualMediaType(mediaType) === 'application/pdf') return writeLink(source.url)
      throw unsupported('messages', 'documents by address must be PDF for this model; send text instead.')
  }
}

function writeDocument(part: DocumentPart): JsonObject {
  // `document` is the name where the caller gave none.
  const title = part.name === '' || part.name === 'document' ? {} : { title: part.name }
  return {
    type: 'document',
    source: writeDocumentSource(part),
    ...title,
    ...(part.context === undefined ? {} : { context: part.context }),
    ...(part.cited === true ? { citations: { enabled: true } } : {}),
  }
}

function writeToolCall(part: ToolCallPart, { callIds }: BlockContext): JsonObject {
  const input = readArguments(part.argumentsJson)
  if (input === null) {
    throw new PointsmanError(
      'invalid_request',
      `The arguments of tool call \`${part.id.slice(0, 80)}\` must be a whole JSON object. Leave out a call that was cut off.`,
      { field: 'messages' },
    )
  }
  return { type: 'tool_use', id: callIds.ofCall(part.id), name: part.name, input }
}

const writeFound = (result: SearchResult): JsonObject => ({
  type: 'search_result',
  ...writeSearchResult(result, textBlock),
})

type ResultItem = ToolResultPart['content'][number]

/** Empty text blocks are refused, in results too. */
function writeResultItem(item: ResultItem): readonly JsonObject[] {
  switch (item.kind) {
    case 'text':
      if (item.searchResult !== undefined) return [writeFound(item.searchResult)]
      if (item.loadsTool !== undefined) return [{ type: 'tool_reference', tool_name: item.loadsTool }]
      return item.text.trim() === '' ? [] : [{ type: 'text', text: item.text }]
    case 'json':
      return [{ type: 'text', text: JSON.stringify(item.value) }]
    case 'image':
      return [writeImage(item)]
    case 'document':
      return [writeDocument(item)]
  }
}

function writeToolResult(part: ToolResultPart, { callIds }: BlockContext): JsonObject {
  const [only, ...others] = part.content
  const isText = only?.kind === 'text' && others.length === 0
  const isPlain = isText && only.loadsTool === undefined && only.searchResult === undefined
  const content = isPlain ? only.text : part.content.flatMap(writeResultItem)
  return {
    type: 'tool_result',
    tool_use_id: callIds.ofResult(part.callId),
    ...(content.length === 0 ? {} : { content }),
    ...(part.isError ? { is_error: true } : {}),
  }
}

function writeReasoning({ text, signature }: ReasoningPart, { warnings }: BlockContext): JsonObject | null {
  if (!takesSignature(signature, warnings)) return null
  return { type: 'thinking', thinking: text, signature: signature.value }
}

function writeText(
  { text, citations, searchResult }: TextPart,
  { warnings }: BlockContext,
): JsonObject | null {
  if (searchResult !== undefined) return writeFound(searchResult)
  if (citations !== undefined && citations.length > 0) {
    warnings.add('messages', 'citations of earlier turns were left out; their places are not known here')
  }
  if (text.trim() !== '') return { type: 'text', text }
  if (text !== '') warnings.add('messages', 'blank text was left out; this API refuses it')
  return null
}

/**
 * One block of a message; null for what is left out. Throws `unsupported_parameter` for media and blocks that
 * Anthropic cannot take, `invalid_request` for unfinished tool arguments.
 */
function writeBlock(
  part: Exclude<ContentPart, { readonly kind: 'cache-mark' }>,
  context: BlockContext,
): JsonObject | null {
  switch (part.kind) {
    case 'text':
      return writeText(part, context)
    case 'image':
      return writeImage(part)
    case 'document':
      return writeDocument(part)
    case 'tool-call':
      return writeToolCall(part, context)
    case 'tool-result':
      return writeToolResult(part, context)
    case 'reasoning':
      return writeReasoning(part, context)
    case 'redacted-reasoning':
      return takesSignature(part.data, context.warnings)
        ? { type: 'redacted_thinking', data: part.data.value }
        : null
    case 'foreign':
      if (part.dialect === 'anthropic-messages' && isBlock(part.value)) return writeOwn(part.value, context)
      throw unsupported('messages', `blocks of kind "${part.name}" work with ${part.dialect} only.`)
  }
}

const isBlock = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** As its caller wrote it; but a result goes with its call, whose id may have become another. */
function writeOwn(block: JsonObject, { callIds }: BlockContext): JsonObject {
  const { type, tool_use_id: id } = block
  if (type !== 'tool_result' || typeof id !== 'string') return block
  return { ...block, tool_use_id: callIds.ofResult(id) }
}

const strayMark = 'a cache mark without a block before it was left out'

export interface WriteContext {
  readonly model: Model
  readonly warnings: WarningList
  readonly crc32: Crc32
  readonly marks: CacheMarks
}

interface MessageContext extends WriteContext, BlockContext {}

const kinds: ReadonlyMap<JsonValue | undefined, BlockKind> = new Map<JsonValue | undefined, BlockKind>([
  ['tool_result', 'result'],
  ['tool_use', 'call'],
  ['text', 'text'],
])

const kindOf = ({ type }: JsonObject): BlockKind => kinds.get(type) ?? 'other'

/** Appends a message's blocks to its turn; false where it has none. */
function appendMessage({ parts }: ChatMessage, content: JsonObject[], context: MessageContext): boolean {
  const before = content.length
  for (const part of parts) {
    if (part.kind === 'cache-mark') {
      const member = context.marks.write(part)
      if (member !== null && !markLast(content, member)) context.warnings.add('cache', strayMark)
    } else {
      const block = writeBlock(part, context)
      if (block !== null) content.push(block)
    }
  }
  if (content.length > before) return true
  context.warnings.add('messages', 'a message without content was left out; this API refuses it')
  return false
}

/**
 * The messages of a request. Throws `unsupported_parameter` for media and blocks that Anthropic cannot take and for
 * conversations without a message, `invalid_request` for unfinished tool arguments.
 */
export function writeMessages(call: ChatCall, base: WriteContext): readonly JsonObject[] {
  const callIds = new UniqueCallIds(new ToolIds(call.messages, toolIdForm, base.crc32))
  const context: MessageContext = { ...base, callIds }
  const append = (message: ChatMessage, content: JsonObject[]): boolean =>
    appendMessage(message, content, context)
  const silent = { role: 'user', content: [{ type: 'text', text: silence }] } as const
  const turns = beginTurns(gatherTurns(call.messages, append, kindOf), silent, base.warnings)
  return endTurns(turns, kindOf, claudeQuirksOf(base.model), base.warnings)
}

/** The system text, or its blocks where some are marked; null where there is none. */
export function writeSystem(call: ChatCall, { marks, warnings }: WriteContext): JsonObject | null {
  const blocks: JsonObject[] = []
  for (const part of call.system) {
    if (part.kind === 'text') {
      if (part.text.trim() !== '') blocks.push({ type: 'text', text: part.text })
      continue
    }
    const member = marks.write(part)
    if (member !== null && !markLast(blocks, member)) warnings.add('cache', strayMark)
  }
  const [only, ...others] = blocks
  if (only === undefined) return null
  const isPlain = others.length === 0 && only['cache_control'] === undefined
  return { system: isPlain ? (only['text'] ?? '') : blocks }
}
