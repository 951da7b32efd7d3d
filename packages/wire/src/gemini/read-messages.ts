import type {
  ChatMessage,
  ContentPart,
  JsonObject,
  JsonValue,
  TextPart,
  ToolResultPart,
} from '@pointsman/contract'

import {
  asObject,
  fieldPath,
  invalidField,
  isJsonObject,
  needString,
  readObject,
  readString,
} from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'
import { readFile, readInline } from './quirk-read-media.ts'
import { contentOf, isThought, readPart } from './quirk-read-parts.ts'
import { pairResponses, type Called } from './quirk-response-names.ts'
import { camelCase, listIn, listPath, member, spelled } from './quirk-spelling.ts'

export interface Conversation {
  readonly messages: readonly ChatMessage[]
  /** What stands inside parts without a place in the neutral form, by its path. */
  readonly extras: readonly (readonly [string, JsonValue])[]
}

/** A response of which all is read but the call that it answers. */
interface Response extends Called, Pick<ToolResultPart, 'isError' | 'content'> {
  readonly kind: 'response'
  readonly place: string
}

type ResultContent = ToolResultPart['content'][number]

const knownMembers: ReadonlySet<string> = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
])

/**
 * The model is told what `output` or `error` hold, or else the whole object (@google/genai 2.32, `FunctionResponse`).
 */
function readOutput(response: JsonObject): { readonly isError: boolean; readonly content: ResultContent } {
  const names = Object.keys(response)
  const only = names.length === 1 ? names[0] : undefined
  const isError = only === 'error'
  const value = only === 'output' || only === 'error' ? response[only] : response
  if (typeof value === 'string') return { isError, content: { kind: 'text', text: value } }
  return { isError, content: { kind: 'json', value: value ?? null } }
}

function readAttachment(value: JsonValue, path: string): ResultContent {
  const part = asObject(value, path)
  for (const name of ['inlineData', 'fileData'] as const) {
    const media = member(part, name)
    if (media === undefined) continue
    const place = fieldPath(path, spelled(part, name))
    const object = asObject(media, place)
    const read = name === 'inlineData' ? readInline(object, place) : readFile(object, place)
    if (read === null) {
      throw unsupported(place, 'a tool may answer with images and documents only for this model.')
    }
    return read
  }
  throw invalidField(path, 'must hold inlineData or fileData.')
}

function readResponse(part: JsonObject, path: string): Response {
  const member = spelled(part, 'functionResponse')
  const place = fieldPath(path, member)
  const response = asObject(part[member], place)
  const { isError, content } = readOutput(readObject(response, 'response', place) ?? {})
  const attached = listIn(response, 'parts').map((one, at) => readAttachment(one, `${place}.parts[${at}]`))
  return {
    kind: 'response',
    id: readString(response, 'id', place) ?? '',
    name: needString(response, 'name', place),
    isError,
    content: [content, ...attached],
    place,
  }
}

/** Reads one conversation from its first content to its last; lives for one call. */
class ConversationReader {
  readonly messages: ChatMessage[] = []
  readonly extras: [string, JsonValue][] = []
  /** The parts of the message of the model that is being read; null in a turn of the user. */
  #said: ContentPart[] | null = null
  /** The calls of the last turn of the model. */
  #calls: Called[] = []
  /** The contents since that turn: which calls their responses answer is known once all of them are read. */
  #heard: (ContentPart | Response)[][] = []

  read(content: JsonObject, path: string, index: number): void {
    const role = readString(content, 'role', path) ?? ''
    const parts = listIn(content, 'parts')
    if (parts.length === 0) throw invalidField(`${path}.parts`, 'must hold at least one part.')
    if (role === 'model') return this.#readModel(parts, path, index)
    if (role !== '' && role !== 'user' && role !== 'function') {
      throw invalidField(`${path}.role`, 'must be "user" or "model".')
    }
    this.#said = null
    this.#heard.push(parts.flatMap((part, at) => this.#readUserPart(part, `${path}.parts[${at}]`)))
  }

  endTurn(): void {
    const responses = this.#heard.flat().filter((part) => part.kind === 'response')
    const callIds = pairResponses(this.#calls, responses)
    const answer = (response: Response): ToolResultPart => {
      const { isError, content, place } = response
      const callId = callIds.get(response)
      if (callId !== undefined) return { kind: 'tool-result', callId, isError, content }
      throw invalidField(place, 'must answer a function call of the model turn just before it.')
    }
    for (const parts of this.#heard) {
      this.messages.push({
        role: 'user',
        parts: parts.map((part) => (part.kind === 'response' ? answer(part) : part)),
      })
    }
    this.#heard = []
    this.#calls = []
  }

  /** SDKs put each piece of a stream into the history as a content of its own: together they are one message. */
  #readModel(values: readonly JsonValue[], path: string, index: number): void {
    const parts = this.#said ?? this.#beginAnswer()
    for (const [at, value] of values.entries()) {
      const place = `${path}.parts[${at}]`
      const part = asObject(value, place)
      this.#noteExtras(part, place)
      // The place is the same in every later turn, because a history only grows.
      const read = readPart(value, place, `call_${index}_${at}`)
      for (const one of read) {
        // Chunks that only end an answer hold an empty text.
        if (one.kind === 'text' && one.text === '') continue
        if (one.kind === 'tool-call') this.#calls.push(one)
        const joined = joinPieces(parts.at(-1), one, isThought(part))
        if (joined === null) parts.push(one)
        else parts[parts.length - 1] = joined
      }
    }
  }

  #beginAnswer(): ContentPart[] {
    this.endTurn()
    const parts: ContentPart[] = []
    this.messages.push({ role: 'assistant', parts })
    this.#said = parts
    return parts
  }

  #readUserPart(value: JsonValue, path: string): readonly (ContentPart | Response)[] {
    const part = asObject(value, path)
    this.#noteExtras(part, path)
    const content = contentOf(part)
    if (content === 'functionResponse') return [readResponse(part, path)]
    if (content === 'functionCall') throw invalidField(path, 'may stand in a content of the model only.')
    // A thought that a user quotes is a text.
    if (content === 'text') return [{ kind: 'text', text: needString(part, 'text', path) }]
    return readPart(value, path, '')
  }

  #noteExtras(part: JsonObject, path: string): void {
    for (const [name, value] of Object.entries(part)) {
      if (!knownMembers.has(camelCase(name)) && value !== null) this.extras.push([`${path}.${name}`, value])
    }
  }
}

/** Two pieces of one thought or one text, as streams cut them; null where the second is a part of its own. */
function joinPieces(
  last: ContentPart | undefined,
  next: ContentPart,
  nextIsThought: boolean,
): ContentPart | null {
  if (last?.kind === 'text' && next.kind === 'text') return { kind: 'text', text: last.text + next.text }
  const goesOn = last?.kind === 'reasoning' && last.signature === null
  if (!goesOn || next.kind !== 'reasoning' || !nextIsThought) return null
  return { ...next, text: last.text + next.text }
}

/** `path` is the place of the request in the body; empty for the root. */
export function readMessages(request: JsonObject, path: string): Conversation {
  const field = fieldPath(path, 'contents')
  const contents = listIn(request, 'contents')
  const contentAt = listPath(request, 'contents', path)
  if (contents.length === 0) throw invalidField(field, 'must hold at least one content.')
  const reader = new ConversationReader()
  for (const [index, content] of contents.entries()) {
    const place = contentAt(index)
    reader.read(asObject(content, place), place, index)
  }
  reader.endTurn()
  return { messages: reader.messages, extras: reader.extras }
}

/** The system instruction, which may hold texts only. */
export function readSystem(request: JsonObject, path: string): readonly TextPart[] {
  const name = spelled(request, 'systemInstruction')
  const instruction = readObject(request, name, path)
  if (instruction === null) return []
  const field = `${fieldPath(path, name)}.parts`
  return listIn(instruction, 'parts').map((value, at) => {
    const part = isJsonObject(value) ? value : {}
    if (typeof part['text'] !== 'string') throw invalidField(`${field}[${at}]`, 'must be a text.')
    return { kind: 'text', text: part['text'] }
  })
}
