import { PointsmanError } from '@pointsman/contract'
import type {
  ChatCall,
  ChatMessage,
  ContentPart,
  JsonObject,
  JsonValue,
  Model,
  ReasoningPart,
  Signature,
  ToolCallPart,
  ToolResultPart,
} from '@pointsman/contract'

import { invalidField, isJsonObject } from '../json-fields.ts'
import { beginTurns, silence } from '../turns.ts'
import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'
import { quirksOf, unsignedCall } from './quirks.ts'
import { writeDocument, writeImage } from './quirk-write-media.ts'
import { joinSignatures, readArguments, writeBareSignature, writeThought } from './quirk-write-parts.ts'

export interface WriteContext {
  readonly model: Model
  readonly warnings: WarningList
}

export const noCacheMarks = 'cache marks were left out; Gemini caches by itself'

interface MessageContext extends WriteContext {
  /** The calls so far, by id, in their order: Gemini matches responses by name and order. Grows with the history. */
  readonly calls: Map<string, { readonly name: string; readonly position: number }>
}

/** Null where another vendor signed: Google refuses what it did not sign. */
const ownSignature = (signature: Signature | null | undefined): string | null =>
  signature?.signer === 'google' ? signature.value : null

function writeReasoning(part: ReasoningPart, { warnings }: WriteContext): readonly JsonObject[] {
  const signature = ownSignature(part.signature)
  if (signature === null) {
    warnings.add(
      'messages',
      'reasoning of earlier turns that Gemini did not sign was left out; models refuse it',
    )
    return []
  }
  return [part.text === '' ? writeBareSignature(signature) : writeThought(part.text, signature)]
}

function writeCall(part: ToolCallPart, context: MessageContext): JsonObject {
  const args = readArguments(part.argumentsJson)
  if (args === null) {
    throw new PointsmanError(
      'invalid_request',
      `The arguments of tool call \`${part.id.slice(0, 80)}\` must be a whole JSON object. Leave out a call that was cut off.`,
      { field: 'messages' },
    )
  }
  context.calls.set(part.id, { name: part.name, position: context.calls.size })
  const signature = ownSignature(part.signature)
  const id = part.id === '' ? {} : { id: part.id }
  return {
    functionCall: { ...id, name: part.name, args },
    ...(signature === null ? {} : { thoughtSignature: signature }),
  }
}

type ResultItem = ToolResultPart['content'][number]

function outputOf(items: readonly ResultItem[]): JsonValue {
  const said = items.flatMap((item): readonly JsonValue[] => {
    if (item.kind === 'text') return [item.text]
    return item.kind === 'json' ? [item.value] : []
  })
  const [only] = said
  if (said.length <= 1) return only ?? ''
  return said.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')
}

/** A whole object is the output, unless it would be read as one of the two words that stand around an output. */
function writeOutput(output: JsonValue, isError: boolean): JsonObject {
  if (isError) return { error: output }
  if (!isJsonObject(output)) return { output }
  const names = Object.keys(output)
  const isWrapped = names.length === 1 && (names[0] === 'output' || names[0] === 'error')
  return isWrapped ? { output } : output
}

const writeMedia = (item: ResultItem): readonly JsonObject[] => {
  if (item.kind === 'image') return [writeImage(item)]
  return item.kind === 'document' ? [writeDocument(item)] : []
}

/** The response, and what stands after all responses where the model takes no media inside them. */
function writeResponse(
  part: ToolResultPart,
  context: MessageContext,
): { readonly response: JsonObject; readonly beside: readonly JsonObject[] } {
  const call = context.calls.get(part.callId)
  if (call === undefined) {
    throw invalidField(
      'messages',
      `holds a result for tool call "${part.callId.slice(0, 80)}", which no message made.`,
    )
  }
  const media = part.content.flatMap(writeMedia)
  const inside = quirksOf(context.model).mediaInResponses ? media.filter((one) => !('text' in one)) : []
  const id = part.callId === '' ? {} : { id: part.callId }
  const response = {
    functionResponse: {
      ...id,
      name: call.name,
      response: writeOutput(outputOf(part.content), part.isError),
      ...(inside.length === 0 ? {} : { parts: inside }),
    },
  }
  return { response, beside: media.filter((one) => !inside.includes(one)) }
}

function writePart(part: ContentPart, context: MessageContext): readonly JsonObject[] {
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [{ text: part.text }]
    case 'cache-mark':
      context.warnings.add('messages', noCacheMarks)
      return []
    case 'image':
      return [writeImage(part)]
    case 'document':
      return [writeDocument(part)]
    case 'tool-call':
      return [writeCall(part, context)]
    case 'tool-result':
      // Written before, in front of all else.
      return []
    case 'reasoning':
      return writeReasoning(part, context)
    case 'redacted-reasoning': {
      // Of faces that tell a signature without words in no other way.
      const signature = ownSignature(part.data)
      if (signature !== null) return [writeBareSignature(signature)]
      context.warnings.add('messages', 'reasoning that only another vendor can read was left out')
      return []
    }
    case 'foreign': {
      const { value } = part
      if (part.dialect === 'gemini' && typeof value === 'object' && value !== null)
        return [value as JsonObject]
      throw unsupported('messages', `blocks of kind "${part.name}" work with ${part.dialect} only.`)
    }
  }
}

interface WrittenContent {
  readonly role: 'user' | 'model'
  readonly results: readonly ToolResultPart[]
  readonly parts: readonly JsonObject[]
}

/** Responses stand first and in the order of their calls, because Gemini matches them so. */
function writeResults(results: readonly ToolResultPart[], context: MessageContext): readonly JsonObject[] {
  const position = (part: ToolResultPart): number => context.calls.get(part.callId)?.position ?? 0
  const written = results
    .toSorted((a, b) => position(a) - position(b))
    .map((part) => writeResponse(part, context))
  return [...written.map(({ response }) => response), ...written.flatMap(({ beside }) => beside)]
}

/** Calls that another model made carry the vendor's own word for "not signed"; of parallel calls the first one does. */
function signCalls(parts: readonly JsonObject[], { model }: WriteContext): readonly JsonObject[] {
  if (!quirksOf(model).needsSignatures) return parts
  const first = parts.findIndex((part) => part['functionCall'] !== undefined)
  return parts.map((part, at) =>
    at === first && part['thoughtSignature'] === undefined
      ? { ...part, thoughtSignature: unsignedCall }
      : part,
  )
}

function writeContent(message: ChatMessage, context: MessageContext): WrittenContent {
  return {
    role: message.role === 'user' ? 'user' : 'model',
    results: message.parts.filter((part) => part.kind === 'tool-result'),
    parts: message.parts.flatMap((part) => writePart(part, context)),
  }
}

/** Roles take turns: neighbours of one role become one content, so that all responses follow their calls at once. */
function joinRoles(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const joined: { readonly role: ChatMessage['role']; readonly parts: ContentPart[] }[] = []
  for (const { role, parts } of messages) {
    const last = joined.at(-1)
    // Into one list a turn: a copy a message would be the square of what one caller sends.
    if (last?.role !== role) joined.push({ role, parts: [...parts] })
    else for (const part of parts) last.parts.push(part)
  }
  return joined
}

interface Content {
  readonly role: 'user' | 'model'
  readonly parts: JsonObject[]
}

/** Where a message between two of one role was left out, these two become neighbours. */
function append(contents: Content[], content: Content): void {
  const last = contents.at(-1)
  if (last?.role !== content.role) contents.push(content)
  else for (const part of content.parts) last.parts.push(part)
}

/**
 * The contents of a request. Throws `unsupported_parameter` for media and blocks that Gemini cannot take and for
 * conversations without a message, `invalid_request` for unfinished arguments and results without a call.
 */
export function writeMessages(call: ChatCall, base: WriteContext): readonly JsonObject[] {
  const context: MessageContext = { ...base, calls: new Map() }
  const contents: Content[] = []
  for (const message of joinRoles(call.messages)) {
    const { role, results, parts } = writeContent(message, context)
    const all =
      role === 'user'
        ? [...writeResults(results, context), ...parts]
        : signCalls(joinSignatures(parts), context)
    if (all.length > 0) append(contents, { role, parts: [...all] })
    else context.warnings.add('messages', 'a message without content was left out; this API refuses it')
  }
  const silent = { role: 'user', parts: [{ text: silence }] } satisfies Content
  const begun = beginTurns(contents, silent, base.warnings)
  return begun.map(({ role, parts }) => ({ role, parts }))
}

/** Null where there is none. */
export function writeSystem(call: ChatCall, { warnings }: WriteContext): JsonObject | null {
  const texts = call.system.filter((part) => part.kind === 'text')
  if (texts.length < call.system.length) warnings.add('system', noCacheMarks)
  const parts = texts.filter(({ text }) => text !== '').map(({ text }) => ({ text }))
  return parts.length === 0 ? null : { parts }
}
