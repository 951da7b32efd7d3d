import type {
  CacheMark,
  ChatMessage,
  ContentPart,
  DocumentPart,
  ImagePart,
  JsonObject,
  JsonValue,
  SystemPart,
  TextPart,
} from '@pointsman/contract'

import {
  asArray,
  asObject,
  invalidField,
  isJsonObject,
  needString,
  readArray,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { documentKinds, mediaTypeOf, needBase64, readDataUrl } from '../media.ts'
import { placed } from '../system-places.ts'
import { unsupported } from '../warning-list.ts'
import { readCallSignature } from './quirk-call-signature.ts'

export interface Conversation {
  readonly system: readonly SystemPart[]
  readonly messages: readonly ChatMessage[]
  /** What stands inside messages without a place in the neutral form, by its path. */
  readonly extras: readonly (readonly [string, JsonValue])[]
}

/** Collects one conversation; lives for one call. */
interface Collected {
  readonly system: SystemPart[]
  readonly messages: ChatMessage[]
  readonly extras: [string, JsonValue][]
}

/**
 * A cache mark on a part: OpenAI's `prompt_cache_breakpoint` (openai SDK 6.49), or Anthropic's `cache_control`,
 * which other gateways take on this API. The mark follows its part.
 */
function readCacheMark(part: JsonObject, path: string): readonly CacheMark[] {
  if (isJsonObject(part['prompt_cache_breakpoint'])) return [{ kind: 'cache-mark', lifetime: null }]
  const control = part['cache_control']
  if (!isJsonObject(control)) return []
  const lifetime = readString(control, 'ttl', `${path}.cache_control`)
  if (lifetime !== null && lifetime !== '5m' && lifetime !== '1h') {
    throw invalidField(`${path}.cache_control.ttl`, 'must be "5m" or "1h".')
  }
  return [{ kind: 'cache-mark', lifetime }]
}

function readImage(part: JsonObject, path: string, into: Collected): ImagePart {
  const place = `${path}.image_url`
  const image = asObject(part['image_url'], place)
  const url = needString(image, 'url', place)
  const detail = readString(image, 'detail', place)
  if (detail !== null && detail !== 'auto') into.extras.push([`${place}.detail`, detail])
  const looks = detail === null ? {} : { detail }
  const data = readDataUrl(url, `${place}.url`)
  if (data !== null) return { kind: 'image', mediaType: data.mediaType, source: data.source, ...looks }
  if (!/^https?:\/\//i.test(url)) {
    throw invalidField(`${place}.url`, 'must be a data: URL or begin with https://.')
  }
  return { kind: 'image', mediaType: null, source: { kind: 'url', url }, ...looks }
}

function mediaTypeOfName(filename: string): string | null {
  const extension = /\.([A-Za-z0-9]+)$/.exec(filename)?.[1]?.toLowerCase()
  return extension === undefined ? null : mediaTypeOf(documentKinds, extension)
}

function readFile(part: JsonObject, path: string): DocumentPart {
  const place = `${path}.file`
  const file = asObject(part['file'], place)
  if (readString(file, 'file_id', place) !== null) {
    throw unsupported(`${place}.file_id`, 'no files are stored here; send the bytes in `file_data`.')
  }
  const name = readString(file, 'filename', place) ?? 'document'
  const text = needString(file, 'file_data', place)
  const data = readDataUrl(text, `${place}.file_data`)
  if (data !== null) return { kind: 'document', mediaType: data.mediaType, name, source: data.source }
  const mediaType = mediaTypeOfName(name)
  if (mediaType === null) {
    throw invalidField(`${place}.file_data`, 'must be a data URL: data:application/pdf;base64,<bytes>.')
  }
  const source = { kind: 'base64', data: needBase64(text, `${place}.file_data`) } as const
  return { kind: 'document', mediaType, name, source }
}

const readText = (part: JsonObject, path: string): TextPart => ({
  kind: 'text',
  text: needString(part, 'text', path),
})

function readPart(value: JsonValue, path: string, into: Collected): readonly ContentPart[] {
  const part = asObject(value, path)
  const type = needString(part, 'type', path)
  switch (type) {
    case 'text':
      return [readText(part, path), ...readCacheMark(part, path)]
    case 'image_url':
      return [readImage(part, path, into), ...readCacheMark(part, path)]
    case 'file':
      return [readFile(part, path), ...readCacheMark(part, path)]
    case 'input_audio':
      throw unsupported(`${path}.type`, 'audio input is taken by no model behind this request; send text.')
    default:
      throw invalidField(`${path}.type`, 'must be "text", "image_url" or "file" in a message of the user.')
  }
}

/** Text of roles that may hold nothing else. */
function readTexts(message: JsonObject, path: string): readonly (TextPart | CacheMark)[] {
  const content = message['content']
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!Array.isArray(content))
    throw wrongKind(`${path}.content`, 'a string or an array of text parts', content)
  return asArray(content, `${path}.content`).flatMap((value, index) => {
    const place = `${path}.content[${index}]`
    const part = asObject(value, place)
    if (needString(part, 'type', place) !== 'text')
      throw invalidField(`${place}.type`, 'must be "text" here.')
    return [readText(part, place), ...readCacheMark(part, place)]
  })
}

function nameOf(message: JsonObject, path: string): Pick<ChatMessage, 'name'> {
  const name = readString(message, 'name', path)
  return name === null ? {} : { name }
}

function readUser(message: JsonObject, path: string, into: Collected): void {
  const named = nameOf(message, path)
  const content = message['content']
  if (typeof content === 'string') {
    into.messages.push({ role: 'user', parts: [{ kind: 'text', text: content }], ...named })
    return
  }
  if (!Array.isArray(content)) throw wrongKind(`${path}.content`, 'a string or an array of parts', content)
  const parts = asArray(content, `${path}.content`).flatMap((part, index) =>
    readPart(part, `${path}.content[${index}]`, into),
  )
  into.messages.push({ role: 'user', parts, ...named })
}

function readAssistantText(message: JsonObject, path: string): readonly ContentPart[] {
  const content = message['content']
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  return asArray(content, `${path}.content`).flatMap((value, index): readonly ContentPart[] => {
    const place = `${path}.content[${index}]`
    const part = asObject(value, place)
    const type = needString(part, 'type', place)
    if (type === 'refusal') return [{ kind: 'text', text: needString(part, 'refusal', place) }]
    if (type !== 'text') throw invalidField(`${place}.type`, 'must be "text" or "refusal" here.')
    return [readText(part, place), ...readCacheMark(part, place)]
  })
}

function readToolCall(value: JsonValue, path: string): ContentPart {
  const call = asObject(value, path)
  const type = readString(call, 'type', path) ?? 'function'
  if (type === 'custom') throw unsupported(`${path}.type`, 'custom tool calls work with OpenAI models only.')
  if (type !== 'function') throw invalidField(`${path}.type`, 'must be "function".')
  const place = `${path}.function`
  const definition = asObject(call['function'], place)
  return {
    kind: 'tool-call',
    id: needString(call, 'id', path),
    name: needString(definition, 'name', place),
    argumentsJson: needString(definition, 'arguments', place),
    ...readCallSignature(call),
  }
}

function readAssistant(message: JsonObject, path: string, into: Collected): void {
  if (message['function_call'] !== undefined && message['function_call'] !== null) {
    throw unsupported(`${path}.function_call`, 'this old form is not taken; send `tool_calls`.')
  }
  const reasoning = readString(message, 'reasoning_content', path)
  const refusal = readString(message, 'refusal', path)
  const calls = readArray(message, 'tool_calls', path) ?? []
  if (isJsonObject(message['audio'])) into.extras.push([`${path}.audio`, message['audio']])
  into.messages.push({
    role: 'assistant',
    ...nameOf(message, path),
    parts: [
      ...(reasoning === null || reasoning === ''
        ? []
        : [{ kind: 'reasoning', text: reasoning, signature: null } as const]),
      ...readAssistantText(message, path),
      ...(refusal === null || refusal === '' ? [] : [{ kind: 'text', text: refusal } as const]),
      ...calls.map((call, index) => readToolCall(call, `${path}.tool_calls[${index}]`)),
    ],
  })
}

function readToolResult(message: JsonObject, path: string, into: Collected): void {
  const callId = needString(message, 'tool_call_id', path)
  const parts = readTexts(message, path)
  const marks = parts.filter((part) => part.kind === 'cache-mark')
  const content = parts.filter((part) => part.kind === 'text')
  into.messages.push({
    role: 'user',
    parts: [{ kind: 'tool-result', callId, isError: false, content }, ...marks],
  })
}

function readMessage(message: JsonObject, path: string, into: Collected): void {
  const role = needString(message, 'role', path)
  const name = readString(message, 'name', path)
  if (name !== null) into.extras.push([`${path}.name`, name])
  switch (role) {
    case 'system':
    case 'developer':
      if (into.messages.length > 0) into.extras.push([`${path}.role`, role])
      into.system.push(...placed(readTexts(message, path), into.messages.length))
      return
    case 'user':
      return readUser(message, path, into)
    case 'assistant':
      return readAssistant(message, path, into)
    case 'tool':
      return readToolResult(message, path, into)
    case 'function':
      throw unsupported(`${path}.role`, 'this old form is not taken; send role "tool" with `tool_call_id`.')
    default:
      throw invalidField(`${path}.role`, 'must be "system", "developer", "user", "assistant" or "tool".')
  }
}

/** Throws `invalid_request` with the field, `unsupported_parameter` for what no target takes. */
export function readMessages(body: JsonObject): Conversation {
  const into: Collected = { system: [], messages: [], extras: [] }
  asArray(body['messages'], 'messages').forEach((message, index) => {
    const path = `messages[${index}]`
    readMessage(asObject(message, path), path, into)
  })
  return into
}
