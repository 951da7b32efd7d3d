import { PointsmanError } from '@pointsman/contract'
import type { AnswerPart, JsonObject, JsonValue } from '@pointsman/contract'

import type { StreamFrame, StreamReader, StreamReaderOptions } from '../dialect.ts'
import { readEach } from '../damaged-stream.ts'
import { numberOf } from '../exact-json.ts'
import { LikeEvent } from '../framing/like-event.ts'
import { readServerSentEvent, ServerSentEventSplitter } from '../framing/server-sent-events.ts'
import { isOneLineJsonObject } from '../json-check.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { LastFinish } from '../last-finish.ts'
import { readCitations } from '../openai-citations.ts'
import { readOpenaiError } from '../openai-error.ts'
import { readTokenLogprobs } from '../openai-logprobs.ts'
import { openaiTiers, readServedTier } from '../service-tiers.ts'
import { argumentsText } from '../tool-arguments.ts'
import { BlockQueue, maxWaitingLength } from './quirk-turns-of-blocks.ts'
import type { QueuedBlock } from './quirk-turns-of-blocks.ts'
import { readFinish } from './finish-reasons.ts'
import type { AnswerHeld } from './finish-reasons.ts'
import { ArgumentsProgress, beginsAnother } from './quirk-tool-calls.ts'
import type { CallPiece } from './quirk-tool-calls.ts'
import { hasSearched, withSearch } from './quirk-web-search.ts'
import { readUsage } from './usage.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's stream ${problem}.`)

function parseChunk(data: string): JsonObject {
  let json: JsonValue
  try {
    json = JSON.parse(data) as JsonValue
  } catch (thrown) {
    throw new PointsmanError('upstream_broken', "The vendor's stream holds an event that is not JSON.", {
      cause: thrown,
    })
  }
  if (!isJsonObject(json)) throw broken('holds an event that is not a JSON object')
  return json
}

const choicesOf = (chunk: JsonObject): readonly JsonObject[] =>
  isJsonArray(chunk['choices']) ? chunk['choices'].filter(isJsonObject) : []

const hasNoChoices = (chunk: JsonObject): boolean =>
  isJsonArray(chunk['choices']) && chunk['choices'].length === 0

const nothing = new Uint8Array(0)

const deltaOf = (choice: JsonObject | null): JsonObject =>
  isJsonObject(choice?.['delta']) ? choice['delta'] : {}

const reasoningOf = (delta: JsonObject): string =>
  text(delta['reasoning_content']) || text(delta['reasoning'])

/** A call as its pieces came; `block` is null until its name has. */
interface SeenCall {
  id: string
  name: string
  readonly progress: ArgumentsProgress
  /** Arguments that came before the name. */
  early: string
  block: QueuedBlock | null
}

const newCall = (): SeenCall => ({
  id: '',
  name: '',
  progress: new ArgumentsProgress(),
  early: '',
  block: null,
})

/** Follows one answer and puts its deltas, which name no blocks, into blocks one after the other. */
class ChunkTranslator {
  #started = false
  #refused = false
  #called = false
  #toldTier = false
  /** Its number: that of the first piece. */
  #answer: number | null = null
  readonly #blocks = new BlockQueue()
  /** The latest one of each number. */
  readonly #calls = new Map<number, SeenCall>()

  translate(chunk: JsonObject): readonly AnswerPart[] {
    const parts: AnswerPart[] = []
    const choice = this.#ownChoice(chunk)
    if (choice !== null) {
      this.#start(parts)
      this.#delta(deltaOf(choice), parts)
      this.#logprobs(choice['logprobs'], parts)
      const word = choice['finish_reason']
      if (typeof word === 'string') {
        this.#refuseNameless()
        this.#blocks.endAll(parts)
        parts.push({
          type: 'finish',
          finish: readFinish(word, { refusal: this.#refused, toolCalls: this.#called }),
        })
      }
    }
    // Some servers send usage with the last choice instead of after it.
    const usage = readUsage(chunk['usage'])
    if (usage !== null) {
      this.#start(parts)
      parts.push({ type: 'usage', usage, upstreamLatencyMs: null })
    }
    this.#tier(chunk['service_tier'], parts)
    if (choice === null && usage === null && !isJsonArray(chunk['choices'])) {
      parts.push({ type: 'unrecognised', name: text(chunk['object']) || 'chunk without choices' })
    }
    return parts
  }

  /** Where a caller asked for several answers they take turns, and to read them as one would mix their words. */
  #ownChoice(chunk: JsonObject): JsonObject | null {
    const choices = choicesOf(chunk)
    const [first] = choices
    if (first === undefined) return null
    this.#answer ??= numberOf(first['index']) ?? 0
    return choices.find(({ index }) => (numberOf(index) ?? 0) === this.#answer) ?? null
  }

  #start(parts: AnswerPart[]): void {
    if (!this.#started) parts.push({ type: 'start' })
    this.#started = true
  }

  /** Every chunk repeats it. */
  #tier(value: JsonValue | undefined, parts: AnswerPart[]): void {
    const served = readServedTier(openaiTiers, value)
    if (served === null || this.#toldTier || !this.#started) return
    this.#toldTier = true
    parts.push({ type: 'service-tier', served })
  }

  #delta(delta: JsonObject, parts: AnswerPart[]): void {
    const reasoning = reasoningOf(delta)
    if (reasoning !== '') {
      const block = this.#within('reasoning', parts)
      this.#blocks.add(block, { type: 'reasoning-delta', index: block.index, text: reasoning }, parts)
    }
    this.#refused ||= text(delta['refusal']) !== ''
    this.#text(text(delta['content']), false, parts)
    this.#text(text(delta['refusal']), true, parts)
    for (const citation of readCitations(delta['annotations'])) {
      const block = this.#within('text', parts)
      this.#blocks.add(block, { type: 'citation', index: block.index, citation }, parts)
    }
    const calls = delta['tool_calls']
    if (isJsonArray(calls)) for (const call of calls) this.#toolCall(call, parts)
    for (const name of ['function_call', 'audio']) {
      if (isJsonObject(delta[name])) parts.push({ type: 'unrecognised', name: `delta.${name}` })
    }
  }

  #text(piece: string, refused: boolean, parts: AnswerPart[]): void {
    if (piece === '') return
    const block = refused ? ({ kind: 'text', refused } as const) : ({ kind: 'text' } as const)
    const { last } = this.#blocks
    const goesOn = last?.block.kind === 'text' && (last.block.refused === true) === refused
    const into = goesOn ? last : this.#blocks.begin(block, parts)
    this.#blocks.add(into, { type: 'text-delta', index: into.index, text: piece }, parts)
  }

  #logprobs(value: JsonValue | undefined, parts: AnswerPart[]): void {
    const tokens = isJsonObject(value) ? readTokenLogprobs(value['content']) : null
    if (tokens === null) return
    const block = this.#within('text', parts)
    this.#blocks.add(block, { type: 'logprobs', index: block.index, tokens }, parts)
  }

  #within(kind: 'text' | 'reasoning', parts: AnswerPart[]): QueuedBlock {
    const { last } = this.#blocks
    return last?.block.kind === kind ? last : this.#blocks.begin({ kind }, parts)
  }

  #toolCall(value: JsonValue, parts: AnswerPart[]): void {
    if (!isJsonObject(value)) throw broken('holds a tool call that is not an object')
    const position = value['index']
    const tool = typeof position === 'number' ? position : 0
    const definition = isJsonObject(value['function']) ? value['function'] : {}
    const json = argumentsText(definition['arguments'])
    const piece = { id: text(value['id']), name: text(definition['name']), json }
    const known = this.#calls.get(tool)
    const call = known === undefined || beginsAnother(known, piece) ? newCall() : known
    if (call !== known) {
      this.#calls.set(tool, call)
      // Another one has its number now.
      if (known?.block) known.block.isFull = true
    }
    this.#takePiece(call, piece, parts)
  }

  #takePiece(call: SeenCall, piece: CallPiece, parts: AnswerPart[]): void {
    call.id ||= piece.id
    call.name ||= piece.name
    call.progress.add(piece.json)
    if (call.name === '') {
      call.early += piece.json
      if (call.early.length > maxWaitingLength) throw broken('holds a tool call without a name')
      return
    }
    let added = piece.json
    if (call.block === null) {
      const block = { kind: 'tool-call', id: call.id, name: call.name } as const
      call.block = this.#blocks.begin(block, parts, call.progress)
      this.#called = true
      added = call.early + piece.json
    }
    const { block } = call
    if (added === '' || (block.isOver && added.trim() === '')) return
    if (block.isOver) throw broken(`goes on with the call of ${call.name}, whose arguments were whole`)
    this.#blocks.add(block, { type: 'tool-arguments-delta', index: block.index, json: added }, parts)
  }

  #refuseNameless(): void {
    for (const [tool, { name }] of this.#calls) {
      if (name === '') throw broken(`holds the tool call ${tool}, which has no name`)
    }
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
 * What accounting needs, by its text: never inside a string, where the quotes would be escaped.
 * Frames without any of it are passed on unparsed.
 */
const worthParsing =
  /"usage"\s*:\s*\{|"finish_reason"\s*:\s*"|"error"\s*:|"annotations"\s*:\s*\[\s*\{|\[DONE\]/
const looseDecoder = new TextDecoder()
/** Blank lines and comments only. */
const saysNothing = (rest: string): boolean =>
  rest.split(/[\r\n]/).every((line) => line.trim() === '' || line.startsWith(':'))
const dataField = new TextEncoder().encode('data:')
/** One line of whole JSON: other ways to write an event are rare, and read in full. */
const isPlainEvent = (bytes: Uint8Array): boolean =>
  dataField.every((byte, at) => bytes[at] === byte) && isOneLineJsonObject(bytes, dataField.length)

const plainEnd = /[^\r\n]\n\n$/
const noParts: readonly AnswerPart[] = []
const contentFrame = (bytes: Uint8Array): StreamFrame => ({ bytes, role: 'content', parts: noParts })

const hasWords = (delta: JsonObject): boolean =>
  text(delta['content']) + text(delta['refusal']) + reasoningOf(delta) !== '' ||
  (isJsonArray(delta['tool_calls']) && delta['tool_calls'].length > 0)

/** Of a relayed answer only the word is told: its client reads the rest. */
const notLookedAt: AnswerHeld = { refusal: false, toolCalls: false }

class ChatStreamReader implements StreamReader {
  readonly #splitter = new ServerSentEventSplitter()
  readonly #translator = new ChunkTranslator()
  readonly #like = new LikeEvent()
  readonly #relay: boolean
  readonly #hideUsage: boolean
  readonly #finish: LastFinish
  #sawStart = false
  #sawContent = false
  #toldTier = false
  #searched = false

  constructor({ mode, hideUsage, answers = 1 }: StreamReaderOptions) {
    this.#relay = mode === 'relay'
    this.#hideUsage = hideUsage
    this.#finish = new LastFinish(answers)
  }

  push(bytes: Uint8Array): readonly StreamFrame[] {
    if (this.#splitter.isBetweenEvents && this.#like.matches(bytes)) return [contentFrame(bytes)]
    return readEach(this.#splitter.push(bytes), (frame) => this.#read(frame.bytes))
  }

  /** A last `[DONE]` without its blank line still ends the answer; anything else left over was cut. */
  end(): readonly StreamFrame[] {
    const rest = this.#splitter.end()
    if (rest === null) return []
    if (rest.isWhole) return [this.#read(rest.bytes)]
    if (saysNothing(looseDecoder.decode(rest.bytes))) return [{ bytes: rest.bytes, role: 'other', parts: [] }]
    const { data } = readServerSentEvent(rest.bytes)
    if (data?.trim() !== '[DONE]') throw broken(`ended ${rest.bytes.length} bytes into an event`)
    return [this.#done(new TextEncoder().encode('data: [DONE]\n\n'))]
  }

  /** A server that gave fewer answers than it was asked for has ended all the same. */
  #done(bytes: Uint8Array): StreamFrame {
    const finish = this.#finish.kept()
    return { bytes, role: 'closing', parts: finish === null ? [] : [{ type: 'finish', finish }] }
  }

  #read(bytes: Uint8Array): StreamFrame {
    // After the first content a relayed frame is only looked at: parsing each costs more than all the rest.
    if (this.#relay && this.#sawContent && isPlainEvent(bytes)) {
      const event = looseDecoder.decode(bytes)
      if (!worthParsing.test(event)) {
        if (plainEnd.test(event)) this.#like.learn(event)
        return contentFrame(bytes)
      }
    }
    const { data } = readServerSentEvent(bytes)
    if (data === null) return { bytes, role: 'other', parts: [] }
    if (data.trim() === '[DONE]') return this.#done(bytes)
    const chunk = parseChunk(data)
    const error = readOpenaiError(chunk['error'])
    if (error !== null) return { bytes, role: 'error', parts: [{ type: 'error', error }] }
    this.#searched ||= choicesOf(chunk).some((choice) => hasSearched(deltaOf(choice)))
    if (this.#relay) return this.#lookAt(bytes, chunk)
    const parts = this.#translator.translate(chunk).map((part) => this.#withSearch(part))
    return { bytes, role: roleOf(parts), parts }
  }

  /** Pages are cited before the usage comes. */
  #withSearch(part: AnswerPart): AnswerPart {
    return this.#searched && part.type === 'usage' ? { ...part, usage: withSearch(part.usage, true) } : part
  }

  #lookAt(bytes: Uint8Array, chunk: JsonObject): StreamFrame {
    const parts: AnswerPart[] = []
    const choices = choicesOf(chunk)
    const usage = readUsage(chunk['usage'])
    if (!this.#sawStart && (choices.length > 0 || usage !== null)) {
      this.#sawStart = true
      parts.push({ type: 'start' })
    }
    for (const { index, finish_reason: word } of choices) {
      if (typeof word !== 'string') continue
      const finish = this.#finish.take(numberOf(index) ?? 0, readFinish(word, notLookedAt))
      if (finish !== null) parts.push({ type: 'finish', finish })
    }
    if (usage !== null) parts.push(this.#withSearch({ type: 'usage', usage, upstreamLatencyMs: null }))
    const served = this.#toldTier ? null : readServedTier(openaiTiers, chunk['service_tier'])
    this.#toldTier ||= served !== null
    if (served !== null) parts.push({ type: 'service-tier', served })
    const hasContent = choices.some((choice) => hasWords(deltaOf(choice)))
    this.#sawContent ||= hasContent
    const role = roleOf(parts)
    // Only the frame that tells nothing else: a caller who did not ask for usage would not have got it.
    const isHidden = this.#hideUsage && usage !== null && hasNoChoices(chunk)
    return {
      bytes: isHidden ? nothing : bytes,
      role: hasContent && role !== 'closing' ? 'content' : role,
      parts,
    }
  }
}

/** `relay` parses what accounting needs, `translate` every event. One reader per answer. */
export function createStreamReader(options: StreamReaderOptions): StreamReader {
  return new ChatStreamReader(options)
}
