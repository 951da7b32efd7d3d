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
  ToolResultPart,
} from '@pointsman/contract'

import {
  asArray,
  asObject,
  invalidField,
  isJsonArray,
  isJsonObject,
  needString,
  readArray,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { documentKinds, mediaTypeOf, needBase64, readDataUrl } from '../media.ts'
import { placed } from '../system-places.ts'
import { unsupported } from '../warning-list.ts'
import type { ToolNames } from './quirk-namespaces.ts'
import { readReasoningItem } from './quirk-reasoning.ts'

export interface Conversation {
  readonly system: readonly SystemPart[]
  readonly messages: readonly ChatMessage[]
  /** What stands inside items without a place in the neutral form, by its path. */
  readonly extras: readonly (readonly [string, JsonValue])[]
}

/** Collects one conversation; lives for one call. */
class Collected {
  readonly system: SystemPart[] = []
  readonly extras: [string, JsonValue][] = []
  readonly messages: ChatMessage[] = []
  readonly names: ToolNames
  #turn: ContentPart[] | null = null

  constructor(names: ToolNames) {
    this.names = names
  }

  /** Items of one answer stand one after the other; in the neutral form they are one message. */
  assistant(parts: readonly ContentPart[]): void {
    if (this.#turn !== null) {
      this.#turn.push(...parts)
      return
    }
    this.#turn = [...parts]
    this.messages.push({ role: 'assistant', parts: this.#turn })
  }

  /** A text of the system: what follows is another message, but for calls, which stay with their neighbours. */
  interrupt(): void {
    if (this.#turn?.some(({ kind }) => kind === 'tool-call' || kind === 'foreign') !== true) this.#turn = null
  }

  user(parts: readonly ContentPart[]): void {
    this.#turn = null
    this.messages.push({ role: 'user', parts })
  }
}

const readCacheMark = (part: JsonObject): readonly CacheMark[] =>
  isJsonObject(part['prompt_cache_breakpoint']) ? [{ kind: 'cache-mark', lifetime: null }] : []

const noFiles = (field: string) => unsupported(field, 'no files are stored here; send the bytes.')

function readImage(part: JsonObject, path: string, into: Collected): ImagePart {
  if (readString(part, 'file_id', path) !== null) throw noFiles(`${path}.file_id`)
  const url = needString(part, 'image_url', path)
  const detail = readString(part, 'detail', path)
  if (detail !== null && detail !== 'auto') into.extras.push([`${path}.detail`, detail])
  const looks = detail === null ? {} : { detail }
  const data = readDataUrl(url, `${path}.image_url`)
  if (data !== null) return { kind: 'image', mediaType: data.mediaType, source: data.source, ...looks }
  if (!/^https?:\/\//i.test(url)) {
    throw invalidField(`${path}.image_url`, 'must be a data: URL or begin with https://.')
  }
  return { kind: 'image', mediaType: null, source: { kind: 'url', url }, ...looks }
}

function mediaTypeOfName(name: string): string | null {
  const extension = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase()
  return extension === undefined ? null : mediaTypeOf(documentKinds, extension)
}

/** The path of an address, without what an address may carry beside it. */
const pathOfUrl = (url: string): string => url.replace(/[?#].*$/s, '')

function readFile(part: JsonObject, path: string): DocumentPart {
  if (readString(part, 'file_id', path) !== null) throw noFiles(`${path}.file_id`)
  const name = readString(part, 'filename', path) ?? 'document'
  const url = readString(part, 'file_url', path)
  if (url !== null) {
    if (!/^https?:\/\//i.test(url)) throw invalidField(`${path}.file_url`, 'must begin with https://.')
    const mediaType = mediaTypeOfName(name) ?? mediaTypeOfName(pathOfUrl(url)) ?? 'application/pdf'
    return { kind: 'document', mediaType, name, source: { kind: 'url', url } }
  }
  const text = needString(part, 'file_data', path)
  const data = readDataUrl(text, `${path}.file_data`)
  if (data !== null) return { kind: 'document', mediaType: data.mediaType, name, source: data.source }
  const mediaType = mediaTypeOfName(name)
  if (mediaType === null) {
    throw invalidField(`${path}.file_data`, 'must be a data URL: data:application/pdf;base64,<bytes>.')
  }
  const bytes = needBase64(text, `${path}.file_data`)
  return { kind: 'document', mediaType, name, source: { kind: 'base64', data: bytes } }
}

type InputPart = TextPart | ImagePart | DocumentPart | CacheMark

/** Text, images and files, as messages of the user and results of tools hold them. */
function readContent(value: JsonValue | undefined, path: string, into: Collected): readonly InputPart[] {
  if (typeof value === 'string') return [{ kind: 'text', text: value }]
  if (!isJsonArray(value)) throw wrongKind(path, 'a string or an array of parts', value)
  return value.flatMap((one, index): readonly InputPart[] => {
    const place = `${path}[${index}]`
    const part = asObject(one, place)
    switch (needString(part, 'type', place)) {
      case 'input_text':
      case 'output_text':
        return [{ kind: 'text', text: needString(part, 'text', place) }, ...readCacheMark(part)]
      case 'input_image':
        return [readImage(part, place, into), ...readCacheMark(part)]
      case 'input_file':
        return [readFile(part, place), ...readCacheMark(part)]
      case 'input_audio':
        throw unsupported(`${place}.type`, 'audio input is taken by no model behind this request; send text.')
      default:
        throw invalidField(`${place}.type`, 'must be "input_text", "input_image" or "input_file".')
    }
  })
}

function readAssistantContent(value: JsonValue | undefined, path: string): readonly TextPart[] {
  if (typeof value === 'string') return value === '' ? [] : [{ kind: 'text', text: value }]
  return asArray(value, path).map((one, index): TextPart => {
    const place = `${path}[${index}]`
    const part = asObject(one, place)
    const type = needString(part, 'type', place)
    if (type === 'refusal') return { kind: 'text', text: needString(part, 'refusal', place) }
    if (type === 'output_text' || type === 'input_text') {
      return { kind: 'text', text: needString(part, 'text', place) }
    }
    throw invalidField(`${place}.type`, 'must be "output_text" or "refusal" here.')
  })
}

function readMessage(item: JsonObject, path: string, into: Collected): void {
  const role = needString(item, 'role', path)
  const content = item['content']
  switch (role) {
    case 'user':
      return into.user(readContent(content, `${path}.content`, into))
    case 'assistant':
      return into.assistant(readAssistantContent(content, `${path}.content`))
    case 'system':
    case 'developer': {
      into.interrupt()
      if (into.messages.length > 0) into.extras.push([`${path}.role`, role])
      for (const part of readContent(content, `${path}.content`, into)) {
        if (part.kind !== 'text' && part.kind !== 'cache-mark') {
          throw invalidField(`${path}.content`, 'may hold text only in a message of this role.')
        }
        into.system.push(...placed([part], into.messages.length))
      }
      return
    }
    default:
      throw invalidField(`${path}.role`, 'must be "system", "developer", "user" or "assistant".')
  }
}

function readCallOutput(item: JsonObject, path: string, into: Collected): void {
  const parts = readContent(item['output'], `${path}.output`, into)
  const content = parts.filter((part) => part.kind !== 'cache-mark')
  const result: ToolResultPart = {
    kind: 'tool-result',
    callId: needString(item, 'call_id', path),
    isError: false,
    content,
  }
  into.user([result, ...parts.filter((part) => part.kind === 'cache-mark')])
}

function readCall(item: JsonObject, path: string, names: ToolNames): ContentPart {
  const name = needString(item, 'name', path)
  const namespace = readString(item, 'namespace', path)
  return {
    kind: 'tool-call',
    id: needString(item, 'call_id', path),
    name: namespace === null ? name : names.joined({ namespace, name }),
    argumentsJson: needString(item, 'arguments', path),
  }
}

function readItem(item: JsonObject, path: string, into: Collected): void {
  // A message may leave its type out, and so may a reference, which then has nothing but its id.
  const type = readString(item, 'type', path) ?? (item['role'] === undefined ? 'item_reference' : 'message')
  switch (type) {
    case 'message':
      return readMessage(item, path, into)
    case 'function_call':
      return into.assistant([readCall(item, path, into.names)])
    case 'additional_tools':
      // Read with the other tools.
      return
    case 'function_call_output':
      return readCallOutput(item, path, into)
    case 'reasoning':
      readArray(item, 'summary', path)
      readString(item, 'encrypted_content', path)
      return into.assistant(readReasoningItem(item))
    case 'item_reference':
      throw unsupported(path, 'no answers are stored here; send the items themselves.')
    default: {
      const foreign = { kind: 'foreign', dialect: 'openai-responses', name: type, value: item } as const
      return type.endsWith('_output') ? into.user([foreign]) : into.assistant([foreign])
    }
  }
}

/** Throws `invalid_request` with the field, `unsupported_parameter` for what no target takes. */
export function readMessages(body: JsonObject, names: ToolNames): Conversation {
  const into = new Collected(names)
  const instructions = readString(body, 'instructions', '')
  if (instructions !== null && instructions !== '') into.system.push({ kind: 'text', text: instructions })
  const input = body['input']
  if (typeof input === 'string') into.user([{ kind: 'text', text: input }])
  else if (input !== undefined && input !== null) {
    for (const [index, item] of asArray(input, 'input').entries()) {
      const path = `input[${index}]`
      readItem(asObject(item, path), path, into)
    }
  }
  // Instructions alone are a request that some targets take; nothing at all is none.
  if (into.system.length === 0 && into.messages.length === 0) {
    throw invalidField('input', 'must be a string, or an array with at least one item.')
  }
  return into
}
