import { PointsmanError } from '@pointsman/contract'
import type { AnswerBlock, AnswerPart, JsonObject, JsonValue, Signer } from '@pointsman/contract'

import type { ReadingMode, Crc32, StreamFrame, StreamReader } from '../dialect.ts'
import { readAsCut } from '../damaged-stream.ts'
import { EventStreamDecoder } from '../framing/event-stream.ts'
import type { EventStreamFrame } from '../framing/event-stream.ts'
import { isOneLineJsonObject } from '../json-check.ts'
import { isJsonObject } from '../json-fields.ts'
import { isMedia } from '../left-out.ts'
import { readVendorJson } from '../read-body.ts'
import { withUnpriced } from '../unpriced.ts'
import { readFinish } from './finish-reasons.ts'
import { readCitation } from './quirk-citations.ts'
import { guardrailExtras } from './quirk-guardrail-units.ts'
import { readPlainTextDelta, type PlainTextDelta } from './quirk-plain-deltas.ts'
import { ServerTools } from './quirk-server-tools.ts'
import { withStopSequence } from './quirk-stop-sequence.ts'
import { readLatency, readTier } from './read-result.ts'
import { readUsage } from './usage.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's stream ${problem}.`)

const readPayload = (frame: EventStreamFrame): JsonObject =>
  readVendorJson(frame.payload, "An event of the vendor's stream")

/** An event that is passed on unread must be whole all the same: the client's SDK would stumble over it. */
function checkPayload(frame: EventStreamFrame): void {
  if (!isOneLineJsonObject(frame.payload)) readPayload(frame)
}

/** The member of a union that is set; the padding `p` and nulls are none. */
function firstMember(value: JsonValue | undefined): readonly [string, JsonValue] | null {
  if (!isJsonObject(value)) return null
  // Not by `Object.entries`, which makes a pair of each member in every delta.
  for (const name in value) {
    const member = value[name]
    if (member !== null && member !== undefined) return [name, member]
  }
  return null
}

/**
 * Follows one answer. Bedrock announces tool calls only, so text and reasoning blocks begin here with their
 * first delta. Those that we do not know (of Bedrock's own tools, new ones) go on as they came. Blocks are numbered anew:
 * images have no part.
 */
class EventTranslator {
  #started = false
  #nextIndex = 0
  #open: { readonly index: number; readonly source: number; readonly kind: AnswerBlock['kind'] } | null = null
  #lastSource = -1
  readonly #signer: Signer

  constructor(signer: Signer) {
    this.#signer = signer
  }

  translate(name: string, event: JsonObject): readonly AnswerPart[] {
    const parts = this.#begun()
    const source = event['contentBlockIndex']
    const index = typeof source === 'number' ? source : 0
    if (name === 'contentBlockStart') this.#blockStart(index, event['start'], parts)
    else if (name === 'contentBlockDelta') this.#delta(index, event['delta'], parts)
    else if (name === 'contentBlockStop' && this.#open?.source === index) this.close(parts)
    return parts
  }

  /** A delta of `text`, which is not empty. */
  text({ source, text }: PlainTextDelta): readonly AnswerPart[] {
    const parts = this.#begun()
    parts.push({ type: 'text-delta', index: this.#within('text', source, parts), text })
    return parts
  }

  #begun(): AnswerPart[] {
    if (this.#started) return []
    this.#started = true
    return [{ type: 'start' }]
  }

  close(parts: AnswerPart[]): void {
    if (this.#open !== null) parts.push({ type: 'block-end', index: this.#open.index })
    this.#open = null
  }

  #begin(source: number, block: AnswerBlock, parts: AnswerPart[]): void {
    this.close(parts)
    if (block.kind === 'tool-call' && source < this.#lastSource) throw broken('goes back to an earlier block')
    this.#lastSource = source
    this.#open = { index: this.#nextIndex, source, kind: block.kind }
    this.#nextIndex += 1
    parts.push({ type: 'block-start', index: this.#open.index, block })
  }

  #blockStart(source: number, start: JsonValue | undefined, parts: AnswerPart[]): void {
    const member = firstMember(start)
    if (member === null || member[0] === 'text' || member[0] === 'reasoningContent') return
    const [name, value] = member
    // One with a type runs at the vendor, as whole answers have it.
    if (name !== 'toolUse' || !isJsonObject(value) || (value['type'] ?? null) !== null) {
      parts.push({ type: 'unrecognised', name: `contentBlockStart.${name}` })
      if (!isMedia(name)) this.#beginForeign(source, name, value, parts)
      return
    }
    const block = { kind: 'tool-call', id: text(value['toolUseId']), name: text(value['name']) } as const
    if (block.name === '') throw broken('begins a tool call without a name')
    this.#begin(source, block, parts)
  }

  #beginForeign(source: number, name: string, value: JsonValue, parts: AnswerPart[]): void {
    this.#begin(source, { kind: 'foreign', dialect: 'bedrock-converse', name, value }, parts)
  }

  #delta(source: number, delta: JsonValue | undefined, parts: AnswerPart[]): void {
    const member = firstMember(delta)
    if (member === null) return
    const [name, value] = member
    if (this.#open?.source === source && this.#open.kind === 'foreign')
      parts.push({ type: 'foreign-delta', index: this.#open.index, value: { [name]: value } })
    else if (name === 'text') {
      if (text(value) === '') return
      const index = this.#within('text', source, parts)
      parts.push({ type: 'text-delta', index, text: text(value) })
    } else if (name === 'toolUse') this.#toolDelta(source, value, parts)
    else if (name === 'citation') this.#cite(source, value, parts)
    else if (name === 'reasoningContent') this.#reasoningDelta(source, value, parts)
    else this.#unknownDelta(source, name, value, parts)
  }

  #unknownDelta(source: number, name: string, value: JsonValue, parts: AnswerPart[]): void {
    parts.push({ type: 'unrecognised', name: `contentBlockDelta.${name}` })
    if (isMedia(name) || this.#open?.source === source) return
    this.#beginForeign(source, name, null, parts)
    parts.push({ type: 'foreign-delta', index: this.#nextIndex - 1, value: { [name]: value } })
  }

  #cite(source: number, value: JsonValue, parts: AnswerPart[]): void {
    const citation = readCitation(value)
    if (citation === null) {
      parts.push({ type: 'unrecognised', name: 'contentBlockDelta.citation' })
      return
    }
    parts.push({ type: 'citation', index: this.#within('text', source, parts), citation })
  }

  #within(kind: 'text' | 'reasoning', source: number, parts: AnswerPart[]): number {
    if (this.#open?.source !== source || this.#open.kind !== kind) this.#begin(source, { kind }, parts)
    return this.#open?.index ?? 0
  }

  #toolDelta(source: number, value: JsonValue, parts: AnswerPart[]): void {
    const json = isJsonObject(value) ? text(value['input']) : ''
    if (this.#open?.source !== source || this.#open.kind !== 'tool-call') {
      throw broken('holds arguments of a tool call that did not begin')
    }
    if (json !== '') parts.push({ type: 'tool-arguments-delta', index: this.#open.index, json })
  }

  #reasoningDelta(source: number, value: JsonValue, parts: AnswerPart[]): void {
    const member = firstMember(value)
    if (member === null) return
    const [name, content] = member
    const piece = text(content)
    if (name === 'text') {
      if (piece === '') return
      parts.push({ type: 'reasoning-delta', index: this.#within('reasoning', source, parts), text: piece })
    } else if (name === 'signature') {
      const index = this.#within('reasoning', source, parts)
      parts.push({ type: 'reasoning-signature', index, signature: { signer: this.#signer, value: piece } })
    } else if (name === 'redactedContent') {
      const index = this.#within('reasoning', source, parts)
      parts.push({ type: 'redacted-reasoning', index, data: { signer: this.#signer, value: piece } })
    } else parts.push({ type: 'unrecognised', name: `contentBlockDelta.reasoningContent.${name}` })
  }
}

const noContent: ReadonlySet<AnswerPart['type']> = new Set([
  'start',
  'unrecognised',
  'foreign-delta',
  'block-end',
])
const isContent = (part: AnswerPart): boolean =>
  part.type === 'block-start' ? part.block.kind !== 'foreign' : !noContent.has(part.type)

/** An event that brings nothing for the client (an empty first delta) is not yet the commit point. */
function roleOf(parts: readonly AnswerPart[]): StreamFrame['role'] {
  if (parts.some(isContent)) return 'content'
  return parts.some((part) => part.type === 'start') ? 'opening' : 'other'
}

/** A broken payload must not hide the error that the headers tell. */
function exceptionMessage(frame: EventStreamFrame): string {
  try {
    const payload = readPayload(frame)
    return text(payload['message']) || text(payload['originalMessage'])
  } catch (thrown) {
    if (thrown instanceof PointsmanError) return ''
    throw thrown
  }
}

/** An error that a frame tells, in whichever of Bedrock's streams; null for an event. */
export function readFault(frame: EventStreamFrame): StreamFrame | null {
  const { bytes, headers } = frame
  const type = headers.get(':message-type')
  if (type === 'exception') {
    const name = headers.get(':exception-type') ?? 'exception'
    return {
      bytes,
      role: 'error',
      parts: [{ type: 'error', error: { name, message: exceptionMessage(frame) } }],
    }
  }
  if (type !== 'error') return null
  const name = headers.get(':error-code') ?? 'error'
  const message = headers.get(':error-message') ?? ''
  return { bytes, role: 'error', parts: [{ type: 'error', error: { name, message } }] }
}

class ConverseStreamReader implements StreamReader {
  readonly #decoder: EventStreamDecoder
  readonly #translator: EventTranslator
  readonly #relay: boolean
  readonly #serverTools = new ServerTools()

  constructor(mode: ReadingMode, signer: Signer, crc32: Crc32) {
    this.#decoder = new EventStreamDecoder(crc32)
    this.#translator = new EventTranslator(signer)
    this.#relay = mode === 'relay'
  }

  push(bytes: Uint8Array): readonly StreamFrame[] {
    return readAsCut<EventStreamFrame>(
      (take) => this.#decoder.push(bytes, take),
      (frame) => this.#read(frame),
    )
  }

  end(): readonly StreamFrame[] {
    this.#decoder.end()
    return []
  }

  #read(frame: EventStreamFrame): StreamFrame {
    return readFault(frame) ?? this.#event(frame, frame.headers.get(':event-type') ?? '')
  }

  #event(frame: EventStreamFrame, name: string): StreamFrame {
    const { bytes } = frame
    switch (name) {
      case 'messageStart': {
        if (this.#relay) checkPayload(frame)
        const parts = this.#relay ? [{ type: 'start' } as const] : this.#translate(name, frame)
        return { bytes, role: 'opening', parts }
      }
      case 'contentBlockStart':
        this.#serverTools.take(readPayload(frame)['start'])
        return this.#block(name, frame)
      case 'contentBlockDelta':
      case 'contentBlockStop':
        return this.#block(name, frame)
      case 'messageStop':
        return { bytes, role: 'closing', parts: this.#messageStop(readPayload(frame)) }
      case 'metadata':
        return { bytes, role: 'closing', parts: this.#metadata(readPayload(frame)) }
      default: {
        const unknown = name === '' ? 'event without a type' : name
        return { bytes, role: 'other', parts: [{ type: 'unrecognised', name: unknown }] }
      }
    }
  }

  #block(name: string, frame: EventStreamFrame): StreamFrame {
    const { bytes } = frame
    if (this.#relay) {
      // Not parsed: its headers have told what it is.
      checkPayload(frame)
      return { bytes, role: 'content', parts: [] }
    }
    const plain = name === 'contentBlockDelta' ? readPlainTextDelta(frame.payload) : null
    if (plain !== null) return { bytes, role: 'content', parts: this.#translator.text(plain) }
    const parts = this.#translate(name, frame)
    return { bytes, role: roleOf(parts), parts }
  }

  #translate(name: string, frame: EventStreamFrame): readonly AnswerPart[] {
    return this.#translator.translate(name, readPayload(frame))
  }

  #messageStop(event: JsonObject): readonly AnswerPart[] {
    const parts: AnswerPart[] = []
    this.#translator.close(parts)
    parts.push({ type: 'finish', finish: withStopSequence(readFinish(text(event['stopReason'])), event) })
    return parts
  }

  #metadata(event: JsonObject): readonly AnswerPart[] {
    const counts = readUsage(event['usage'])
    const extras = [...this.#serverTools.unpriced, ...guardrailExtras(event['trace'])]
    const usage = counts === null ? null : withUnpriced(counts, extras)
    const served = readTier(event['serviceTier'])
    const upstreamLatencyMs = readLatency(event['metrics'])
    return [
      ...(usage === null ? [] : [{ type: 'usage', usage, upstreamLatencyMs } as const]),
      ...(served === null ? [] : [{ type: 'service-tier', served } as const]),
    ]
  }
}

/**
 * `relay` parses finish, usage and errors and checks the rest, `translate` parses all. `signer`: of the model that answers.
 * One reader per answer.
 */
export function createStreamReader(mode: ReadingMode, signer: Signer, crc32: Crc32): StreamReader {
  return new ConverseStreamReader(mode, signer, crc32)
}
