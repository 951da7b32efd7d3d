import { PointsmanError } from '@pointsman/contract'
import type { AnswerBlock, AnswerPart, JsonObject, JsonValue, StreamError } from '@pointsman/contract'

import type { NamedAnswer, StreamFrame, StreamReader, StreamReaderOptions } from '../dialect.ts'
import { readEach } from '../damaged-stream.ts'
import { readServerSentEvent, ServerSentEventSplitter } from '../framing/server-sent-events.ts'
import { isOneLineJsonObject } from '../json-check.ts'
import { joinPieces } from '../join-pieces.ts'
import { isJsonObject } from '../json-fields.ts'
import { readUrlCitation } from '../openai-citations.ts'
import { readOpenaiError } from '../openai-error.ts'
import { readTokenLogprobs } from '../openai-logprobs.ts'
import { readSignature } from '../signatures.ts'
import { argumentsText } from '../tool-arguments.ts'
import { readFinish } from './finish-reasons.ts'
import { betweenSummaries, readsSealed } from './quirk-reasoning.ts'
import { readTier, readUsage } from './usage.ts'
import { writeFailedEvent } from './write-error.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const broken = (problem: string, cause?: unknown): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's stream ${problem}.`, { cause })

function parseEvent(data: string): JsonObject {
  let json: JsonValue
  try {
    json = JSON.parse(data) as JsonValue
  } catch (thrown) {
    throw broken('holds an event that is not JSON', thrown)
  }
  if (!isJsonObject(json)) throw broken('holds an event that is not a JSON object')
  return json
}

const objectOf = (from: JsonObject, name: string): JsonObject => {
  const value = from[name]
  return isJsonObject(value) ? value : {}
}

/** What a response object tells of its usage and tier. */
function accountOf(response: JsonObject): readonly AnswerPart[] {
  const usage = readUsage(response)
  const served = readTier(response)
  return [
    ...(usage === null ? [] : [{ type: 'usage', usage, upstreamLatencyMs: null } as const]),
    ...(served === null ? [] : [{ type: 'service-tier', served } as const]),
  ]
}

/** Null where it has no id. */
function namedIn(response: JsonObject): NamedAnswer | null {
  const id = text(response['id'])
  const createdAt = response['created_at']
  const createdAtS = typeof createdAt === 'number' ? createdAt : 0
  return id === '' ? null : { id, createdAtS, model: text(response['model']) }
}

/**
 * `error` events are flat by the reference, and hold an object as the server sends them; a failed response holds one too.
 * Compatible servers send the object without a type: whatever the type, the official clients throw on it.
 */
function errorOf(event: JsonObject, type: string): StreamError | null {
  const isFailed = type === 'response.failed'
  const error = readOpenaiError((isFailed ? objectOf(event, 'response') : event)['error'])
  if (error === null && type !== 'error' && !isFailed) return null
  const { name, message } = error ?? { name: text(event['code']) || 'error', message: text(event['message']) }
  return { name, message: message || 'The vendor gave no reason.' }
}

/** Events that say nothing beyond what deltas and the last event say. */
const saidElsewhere: ReadonlySet<string> = new Set([
  'response.queued',
  'response.content_part.added',
  'response.output_text.done',
  'response.refusal.done',
  'response.function_call_arguments.done',
  'response.reasoning_summary_part.added',
  'response.reasoning_summary_part.done',
  'response.reasoning_summary_text.done',
  'response.reasoning_text.done',
  'keepalive',
])

type TextBlock = Extract<AnswerBlock, { readonly kind: 'text' }>

interface OpenBlock {
  readonly index: number
  readonly kind: AnswerBlock['kind']
  readonly refused: boolean
  readonly output: JsonValue | undefined
  /** Of a summary; parts of one are paragraphs of one block. */
  paragraph: JsonValue | undefined
  hasDeltas: boolean
}

/** Follows one answer. Output items and their contents become blocks one after the other. */
class EventTranslator {
  /** A call's beginning need not have been seen. */
  readonly #inMidst: boolean
  #started = false
  #refused = false
  #calls = 0
  #nextIndex = 0
  #open: OpenBlock | null = null
  #parts: AnswerPart[] = []

  constructor(inMidst: boolean) {
    this.#inMidst = inMidst
  }

  translate(event: JsonObject, type: string): readonly AnswerPart[] {
    this.#parts = []
    this.#event(event, type)
    return this.#parts
  }

  #event(event: JsonObject, type: string): void {
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
        return this.#start()
      case 'response.output_item.added':
        return this.#itemAdded(event)
      case 'response.output_item.done':
        return this.#itemDone(event)
      case 'response.output_text.delta':
        return this.#textDelta(event, { kind: 'text' })
      case 'response.refusal.delta':
        this.#refused = true
        return this.#textDelta(event, { kind: 'text', refused: true })
      case 'response.output_text.annotation.added':
        return this.#annotation(event)
      case 'response.content_part.done':
        if (this.#open?.kind === 'text') this.#close()
        return
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return this.#reasoningDelta(event)
      case 'response.function_call_arguments.delta':
        return this.#argumentsDelta(text(event['delta']))
      case 'response.completed':
      case 'response.incomplete':
        return this.#finish(objectOf(event, 'response'))
      default:
        if (!saidElsewhere.has(type))
          this.#parts.push({ type: 'unrecognised', name: type || 'event without type' })
    }
  }

  #start(): void {
    if (!this.#started) this.#parts.push({ type: 'start' })
    this.#started = true
  }

  #begin(block: AnswerBlock, event: JsonObject): OpenBlock {
    this.#start()
    this.#close()
    const output = event['output_index']
    const refused = block.kind === 'text' && block.refused === true
    const { kind } = block
    const open = { index: this.#nextIndex, kind, refused, output, paragraph: undefined, hasDeltas: false }
    this.#nextIndex += 1
    this.#open = open
    this.#parts.push({ type: 'block-start', index: open.index, block })
    return open
  }

  #close(): void {
    if (this.#open !== null) this.#parts.push({ type: 'block-end', index: this.#open.index })
    this.#open = null
  }

  #within(block: TextBlock | { readonly kind: 'reasoning' }, event: JsonObject): OpenBlock {
    const isOpen = this.#open?.kind === block.kind && this.#open.output === event['output_index']
    return isOpen && this.#open !== null ? this.#open : this.#begin(block, event)
  }

  #itemAdded(event: JsonObject): void {
    const item = objectOf(event, 'item')
    this.#start()
    this.#close()
    if (item['type'] !== 'function_call') return
    const name = text(item['name'])
    if (name === '') throw broken('begins a function call without a name')
    this.#calls += 1
    this.#begin({ kind: 'tool-call', id: text(item['call_id']), name }, event)
  }

  #itemDone(event: JsonObject): void {
    const item = objectOf(event, 'item')
    const type = text(item['type'])
    if (type === 'reasoning') this.#reasoningDone(item, event)
    // Some servers tell the arguments only here.
    else if (type === 'function_call' && this.#open?.kind === 'tool-call' && !this.#open.hasDeltas) {
      this.#argumentsDelta(argumentsText(item['arguments']))
    } else if (type !== 'function_call' && type !== 'message') {
      this.#parts.push({ type: 'unrecognised', name: `item ${type}` })
    }
    this.#close()
  }

  #textDelta(event: JsonObject, block: TextBlock): void {
    const tokens = readTokenLogprobs(event['logprobs'])
    const delta = text(event['delta'])
    if (delta === '' && tokens === null) return
    const isOther = this.#open?.kind === 'text' && this.#open.refused !== (block.refused === true)
    const { index } = isOther ? this.#begin(block, event) : this.#within(block, event)
    if (delta !== '') this.#parts.push({ type: 'text-delta', index, text: delta })
    if (tokens !== null) this.#parts.push({ type: 'logprobs', index, tokens })
  }

  #annotation(event: JsonObject): void {
    const citation = readUrlCitation(event['annotation'] ?? null)
    if (citation === null) {
      const type = text(objectOf(event, 'annotation')['type'])
      this.#parts.push({ type: 'unrecognised', name: `annotation ${type}` })
      return
    }
    this.#parts.push({ type: 'citation', index: this.#within({ kind: 'text' }, event).index, citation })
  }

  #reasoningDelta(event: JsonObject): void {
    const delta = text(event['delta'])
    if (delta === '') return
    const open = this.#within({ kind: 'reasoning' }, event)
    const paragraph = event['summary_index'] ?? event['content_index']
    const isNext = open.hasDeltas && open.paragraph !== paragraph
    open.paragraph = paragraph
    open.hasDeltas = true
    const piece = isNext ? betweenSummaries + delta : delta
    this.#parts.push({ type: 'reasoning-delta', index: open.index, text: piece })
  }

  #reasoningDone(item: JsonObject, event: JsonObject): void {
    const encrypted = text(item['encrypted_content'])
    if (encrypted === '') return
    const signature = readSignature(encrypted, 'openai')
    const hasText = this.#open?.kind === 'reasoning' && this.#open.hasDeltas
    const { index } = this.#within({ kind: 'reasoning' }, event)
    const isSealed = !hasText && readsSealed(encrypted, signature)
    this.#parts.push(
      isSealed
        ? { type: 'redacted-reasoning', index, data: signature }
        : { type: 'reasoning-signature', index, signature },
    )
  }

  #argumentsDelta(json: string): void {
    if (json === '') return
    if (this.#inMidst) {
      this.#parts.push({ type: 'tool-arguments-delta', index: 0, json })
      return
    }
    if (this.#open?.kind !== 'tool-call') throw broken('goes on with a function call that is not open')
    this.#open.hasDeltas = true
    this.#parts.push({ type: 'tool-arguments-delta', index: this.#open.index, json })
  }

  #finish(response: JsonObject): void {
    this.#start()
    this.#close()
    const held = { toolCalls: this.#calls > 0, refusal: this.#refused }
    this.#parts.push({ type: 'finish', finish: readFinish(response, held) })
    this.#parts.push(...accountOf(response))
  }
}

const isContent = (part: AnswerPart): boolean =>
  part.type === 'block-start' || part.type.endsWith('-delta') || part.type === 'block-end'

/** Finish and usage wait for the usage record; content decides before the opening does. */
function roleOf(parts: readonly AnswerPart[]): StreamFrame['role'] {
  if (parts.some((part) => part.type === 'finish' || part.type === 'usage')) return 'closing'
  if (parts.some(isContent)) return 'content'
  return parts.some((part) => part.type === 'start') ? 'opening' : 'other'
}

/**
 * What accounting needs, by its text: never inside a string, where the quotes would be escaped. Frames without any of
 * it are passed on unparsed.
 */
const worthParsing =
  /"type"\s*:\s*"(?:error|response\.(?:completed|incomplete|failed))"|"error"\s*:\s*[{"]|\[DONE\]/
const looseDecoder = new TextDecoder()
const encoder = new TextEncoder()
const eventField = encoder.encode('event:')
const dataField = encoder.encode('data:')
const startsWith = (bytes: Uint8Array, start: number, field: Uint8Array): boolean =>
  field.every((byte, at) => bytes[start + at] === byte)

/** A name and one line of whole JSON: other ways to write an event are rare, and read in full. */
function isPlainEvent(bytes: Uint8Array): boolean {
  const start = startsWith(bytes, 0, eventField) ? bytes.indexOf(0x0a) + 1 : 0
  return startsWith(bytes, start, dataField) && isOneLineJsonObject(bytes, start + dataField.length)
}

/** Blank lines and comments only. */
const saysNothing = (rest: string): boolean =>
  rest.split(/[\r\n]/).every((line) => line.trim() === '' || line.startsWith(':'))

class ResponseStreamReader implements StreamReader {
  readonly #splitter = new ServerSentEventSplitter()
  readonly #translator: EventTranslator
  readonly #relay: boolean
  named: NamedAnswer | null = null
  #sawStart = false
  #sawContent = false

  constructor({ mode }: StreamReaderOptions) {
    this.#relay = mode === 'relay'
    this.#translator = new EventTranslator(mode === 'sample')
  }

  push(bytes: Uint8Array): readonly StreamFrame[] {
    return readEach(this.#splitter.push(bytes), (frame) => this.#read(frame.bytes))
  }

  end(): readonly StreamFrame[] {
    const rest = this.#splitter.end()
    if (rest === null) return []
    if (rest.isWhole) return [this.#read(rest.bytes)]
    if (!saysNothing(looseDecoder.decode(rest.bytes))) {
      throw broken(`ended ${rest.bytes.length} bytes into an event`)
    }
    return [{ bytes: rest.bytes, role: 'other', parts: [] }]
  }

  #read(bytes: Uint8Array): StreamFrame {
    // After the first content a relayed frame is only looked at: parsing each costs more than all the rest.
    const canSkip = this.#relay && this.#sawContent && isPlainEvent(bytes)
    if (canSkip && !worthParsing.test(looseDecoder.decode(bytes))) {
      return { bytes, role: 'content', parts: [] }
    }
    const { data } = readServerSentEvent(bytes)
    if (data === null) return { bytes, role: 'other', parts: [] }
    // Some servers of this API end with the mark of the older one.
    if (data.trim() === '[DONE]') return { bytes, role: 'closing', parts: [] }
    const event = parseEvent(data)
    const type = text(event['type'])
    const error = errorOf(event, type)
    if (error !== null) {
      // A failed response tells what it used as one that ended does.
      const parts: readonly AnswerPart[] = [
        ...accountOf(objectOf(event, 'response')),
        { type: 'error', error },
      ]
      const isFollowed = this.#relay && type !== 'response.failed'
      return { bytes: isFollowed ? this.#withFailed(bytes, event, error) : bytes, role: 'error', parts }
    }
    const parts = this.#relay ? this.#lookAt(event, type) : this.#translator.translate(event, type)
    const role = roleOf(parts)
    this.#sawContent ||= this.#relay && type.endsWith('.delta')
    return { bytes, role: this.#sawContent && role !== 'closing' ? 'content' : role, parts }
  }

  /** Nobody waits for the vendor's own, which servers that are merely compatible never send. */
  #withFailed(bytes: Uint8Array, event: JsonObject, { name: code, message }: StreamError): Uint8Array {
    if (this.named === null) return bytes
    const number = event['sequence_number']
    const next = typeof number === 'number' ? number + 1 : 0
    return joinPieces([bytes, writeFailedEvent({ code, message }, this.named, next)]) ?? bytes
  }

  #lookAt(event: JsonObject, type: string): readonly AnswerPart[] {
    const parts: AnswerPart[] = []
    this.named ??= namedIn(objectOf(event, 'response'))
    if (!this.#sawStart) parts.push({ type: 'start' })
    this.#sawStart = true
    if (type !== 'response.completed' && type !== 'response.incomplete') return parts
    const response = objectOf(event, 'response')
    const output = response['output']
    const items = Array.isArray(output) ? (output as readonly JsonValue[]) : []
    const toolCalls = items.some((item) => isJsonObject(item) && item['type'] === 'function_call')
    parts.push({ type: 'finish', finish: readFinish(response, { toolCalls, refusal: false }) })
    parts.push(...accountOf(response))
    return parts
  }
}

/** `relay` parses what accounting needs, `translate` every event. One reader per answer. */
export function createStreamReader(options: StreamReaderOptions): StreamReader {
  return new ResponseStreamReader(options)
}
