import { PointsmanError } from '@pointsman/contract'
import type { AnswerBlock, AnswerPart, JsonObject, JsonValue } from '@pointsman/contract'

import type { ReadingMode, StreamFrame, StreamReader } from '../dialect.ts'
import { readEach } from '../damaged-stream.ts'
import { readServerSentEvent, ServerSentEventSplitter } from '../framing/server-sent-events.ts'
import { isOneLineJsonObject } from '../json-check.ts'
import { isJsonObject } from '../json-fields.ts'
import { readSignature } from '../signatures.ts'
import { readFinish } from './finish-reasons.ts'
import { readCitation } from './read-messages.ts'
import { mergeUsage, readHandOver, readTier, readUsage, type BeforeHandOver } from './usage.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's stream ${problem}.`)

function parseEvent(data: string): JsonObject {
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

interface OpenBlock {
  readonly index: number
  readonly source: number
  readonly kind: AnswerBlock['kind']
}

/** Follows the blocks of one answer. Those that we do not know (of Anthropic's own tools, new ones) go on as they came. */
class BlockTranslator {
  /** Pieces whose block's beginning was not seen: taken for what they say of themselves. */
  readonly #inMidst: boolean
  #nextIndex = 0
  #open: OpenBlock | null = null

  constructor(inMidst: boolean) {
    this.#inMidst = inMidst
  }

  start(source: number, block: JsonObject): readonly AnswerPart[] {
    const type = text(block['type'])
    switch (type) {
      case 'text':
        return this.#begin(source, { kind: 'text' }, (index) => textDelta(index, text(block['text'])))
      case 'thinking':
        return this.#begin(source, { kind: 'reasoning' }, (index) => thoughtParts(index, block))
      case 'redacted_thinking': {
        const data = readSignature(text(block['data']), 'anthropic')
        return this.#begin(source, { kind: 'reasoning' }, (index) => [
          { type: 'redacted-reasoning', index, data },
        ])
      }
      case 'tool_use': {
        const call = { kind: 'tool-call', id: text(block['id']), name: text(block['name']) } as const
        if (call.name === '') throw broken('begins a tool call without a name')
        return this.#begin(source, call, (index) => wholeInput(index, block['input']))
      }
      default: {
        const unknown = { type: 'unrecognised', name: `content_block_start.${type}` } as const
        const foreign = { kind: 'foreign', dialect: 'anthropic-messages', name: type, value: block } as const
        return [...this.close(), unknown, ...this.#begin(source, foreign, () => [])]
      }
    }
  }

  delta(source: number, delta: JsonObject): readonly AnswerPart[] {
    const type = text(delta['type'])
    const open = this.#inMidst ? openFor(type, source) : this.#open
    if (open?.source !== source) return []
    const { index, kind } = open
    if (kind === 'foreign') return [{ type: 'foreign-delta', index, value: delta }]
    if (type === 'text_delta' && kind === 'text') return textDelta(index, text(delta['text']))
    if (type === 'citations_delta' && kind === 'text') {
      const citation = readCitation(delta['citation'])
      return citation === null ? [] : [{ type: 'citation', index, citation }]
    }
    if ((type === 'thinking_delta' || type === 'signature_delta') && kind === 'reasoning') {
      return thoughtParts(index, delta)
    }
    if (type === 'input_json_delta' && kind === 'tool-call') {
      const json = text(delta['partial_json'])
      return json === '' ? [] : [{ type: 'tool-arguments-delta', index, json }]
    }
    return [{ type: 'unrecognised', name: `content_block_delta.${type}` }]
  }

  stop(source: number): readonly AnswerPart[] {
    return this.#open?.source === source ? this.close() : []
  }

  close(): readonly AnswerPart[] {
    const open = this.#open
    this.#open = null
    return open === null ? [] : [{ type: 'block-end', index: open.index }]
  }

  #begin(
    source: number,
    block: AnswerBlock,
    contentOf: (index: number) => readonly AnswerPart[],
  ): readonly AnswerPart[] {
    const before = this.close()
    const index = this.#nextIndex
    this.#nextIndex += 1
    this.#open = { index, source, kind: block.kind }
    return [...before, { type: 'block-start', index, block }, ...contentOf(index)]
  }
}

const kindsOfDeltas: ReadonlyMap<string, AnswerBlock['kind']> = new Map([
  ['text_delta', 'text'],
  ['thinking_delta', 'reasoning'],
  ['input_json_delta', 'tool-call'],
])

/** The block in which such a delta stands. */
function openFor(deltaType: string, source: number): OpenBlock | null {
  const kind = kindsOfDeltas.get(deltaType)
  return kind === undefined ? null : { index: source, source, kind }
}

const textDelta = (index: number, piece: string): readonly AnswerPart[] =>
  piece === '' ? [] : [{ type: 'text-delta', index, text: piece }]

/** Text and signature of a thought, of its block or of a delta. */
function thoughtParts(index: number, from: JsonObject): readonly AnswerPart[] {
  const thought = text(from['thinking'])
  const signature = text(from['signature'])
  return [
    ...(thought === '' ? [] : [{ type: 'reasoning-delta', index, text: thought } as const]),
    ...(signature === ''
      ? []
      : [{ type: 'reasoning-signature', index, signature: readSignature(signature, 'anthropic') } as const]),
  ]
}

/** Anthropic begins a call with an empty object; some servers of this API send the whole input there. */
function wholeInput(index: number, input: JsonValue | undefined): readonly AnswerPart[] {
  if (!isJsonObject(input) || Object.keys(input).length === 0) return []
  return [{ type: 'tool-arguments-delta', index, json: JSON.stringify(input) }]
}

const indexOf = (event: JsonObject): number => (typeof event['index'] === 'number' ? event['index'] : 0)

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

const noContent: ReadonlySet<AnswerPart['type']> = new Set([
  'block-start',
  'unrecognised',
  'foreign-delta',
  'block-end',
  'usage',
])
const isContent = ({ type }: AnswerPart): boolean => !noContent.has(type)

const beginsCall = (part: AnswerPart): boolean =>
  part.type === 'block-start' && part.block.kind === 'tool-call'

const encoder = new TextEncoder()
const looseDecoder = new TextDecoder()
const eventLine = encoder.encode('event: content_block_')
const dataField = encoder.encode('data:')
const lineFeed = 0x0a
const startsWith = (bytes: Uint8Array, wanted: Uint8Array, at: number): boolean =>
  wanted.every((byte, offset) => bytes[at + offset] === byte)

/** `event: content_block_…` and one line of whole JSON: nothing in it is for accounting. */
function isPlainBlockEvent(bytes: Uint8Array): boolean {
  if (!startsWith(bytes, eventLine, 0)) return false
  const data = bytes.indexOf(lineFeed) + 1
  return startsWith(bytes, dataField, data) && isOneLineJsonObject(bytes, data + dataField.length)
}

const deltaLine = encoder.encode('event: content_block_delta')
const startLine = encoder.encode('event: content_block_start')
const namesFallback = /"type"\s*:\s*"fallback"/
/** A block of another model's answer: few events begin a block. */
const mayHandOver = (bytes: Uint8Array): boolean =>
  startsWith(bytes, startLine, 0) && namesFallback.test(looseDecoder.decode(bytes))

class MessageStreamReader implements StreamReader {
  readonly #splitter = new ServerSentEventSplitter()
  readonly #blocks: BlockTranslator
  readonly #relay: boolean
  #usage: JsonObject = {}
  #container: JsonValue = null
  #started = false
  #toldTier = false
  #sawContent = false
  /** The model that has the stream now; `declined`: who wrote before it. */
  #beforeHandOver: BeforeHandOver = { wrote: false, declined: [] }

  constructor(mode: ReadingMode) {
    this.#relay = mode === 'relay'
    this.#blocks = new BlockTranslator(mode === 'sample')
  }

  push(bytes: Uint8Array): readonly StreamFrame[] {
    return readEach(this.#splitter.push(bytes), (frame) => this.#read(frame.bytes))
  }

  end(): readonly StreamFrame[] {
    const rest = this.#splitter.end()
    if (rest === null) return []
    if (rest.isWhole) return [this.#read(rest.bytes)]
    if (readsAsNothing(rest.bytes)) return [{ bytes: rest.bytes, role: 'other', parts: [] }]
    throw broken(`ended ${rest.bytes.length} bytes into an event`)
  }

  #read(bytes: Uint8Array): StreamFrame {
    // After the first content a relayed block is only checked: parsing each costs more than all the rest.
    if (this.#relay && this.#sawContent && isPlainBlockEvent(bytes) && !mayHandOver(bytes)) {
      if (!this.#beforeHandOver.wrote && startsWith(bytes, deltaLine, 0)) this.#noteWriting()
      return { bytes, role: 'content', parts: [] }
    }
    const { name, data } = readServerSentEvent(bytes)
    if (data === null) return { bytes, role: 'other', parts: [] }
    const event = parseEvent(data)
    return this.#event(bytes, text(event['type']) || (name ?? ''), event)
  }

  #event(bytes: Uint8Array, type: string, event: JsonObject): StreamFrame {
    switch (type) {
      case 'message_start':
        return { bytes, role: 'opening', parts: this.#messageStart(event) }
      case 'content_block_start':
      case 'content_block_delta':
      case 'content_block_stop':
        return this.#block(bytes, type, event)
      case 'message_delta':
        return { bytes, role: 'closing', parts: this.#messageDelta(event) }
      case 'message_stop':
        return { bytes, role: 'closing', parts: [] }
      case 'ping':
        return { bytes, role: 'other', parts: [] }
      case 'error': {
        const { type: kind, message } = objectOf(event['error'])
        const error = { name: text(kind) || 'error', message: text(message) }
        return { bytes, role: 'error', parts: [{ type: 'error', error }] }
      }
      default: {
        const unknown = type === '' ? 'event without a type' : type
        return { bytes, role: 'other', parts: [{ type: 'unrecognised', name: unknown }] }
      }
    }
  }

  #start(): readonly AnswerPart[] {
    if (this.#started) return []
    this.#started = true
    return [{ type: 'start' }]
  }

  #messageStart(event: JsonObject): readonly AnswerPart[] {
    const { usage } = objectOf(event['message'])
    return [...this.#start(), ...this.#tellUsage(usage)]
  }

  #tellUsage(later: JsonValue | undefined): readonly AnswerPart[] {
    if (!isJsonObject(later)) return []
    this.#usage = mergeUsage(this.#usage, later)
    const usage = readUsage(this.#usage, this.#container)
    if (usage === null) return []
    return [{ type: 'usage', usage, upstreamLatencyMs: null }, ...this.#tellTier(later)]
  }

  #tellTier(usage: JsonValue | undefined): readonly AnswerPart[] {
    const served = this.#toldTier ? null : readTier(usage)
    this.#toldTier ||= served !== null
    return served === null ? [] : [{ type: 'service-tier', served }]
  }

  #block(bytes: Uint8Array, type: string, event: JsonObject): StreamFrame {
    const found = [...this.#blockParts(type, event), ...this.#handOver(type, event)]
    // The commit point is the first piece of an answer, not the announcement of a text.
    const hasContent = found.some((part) => isContent(part) || beginsCall(part))
    this.#sawContent ||= hasContent
    if (hasContent) this.#noteWriting()
    const role = this.#sawContent ? 'content' : 'opening'
    if (this.#relay) {
      const parts = found.filter((part) => part.type === 'unrecognised' || part.type === 'usage')
      return { bytes, role, parts }
    }
    return { bytes, role, parts: [...this.#start(), ...found] }
  }

  #noteWriting(): void {
    if (!this.#beforeHandOver.wrote) this.#beforeHandOver = { ...this.#beforeHandOver, wrote: true }
  }

  /** Another model goes on from here. The end tells it again, and a stream that is cut has none. */
  #handOver(type: string, event: JsonObject): readonly AnswerPart[] {
    const block = objectOf(event['content_block'])
    if (type !== 'content_block_start' || block['type'] !== 'fallback') return []
    const usage = readHandOver(this.#usage, block, this.#beforeHandOver)
    if (usage === null) return []
    this.#beforeHandOver = { wrote: false, declined: usage.others ?? [] }
    return [{ type: 'usage', usage, upstreamLatencyMs: null }]
  }

  #blockParts(type: string, event: JsonObject): readonly AnswerPart[] {
    const source = indexOf(event)
    if (type === 'content_block_start') return this.#blocks.start(source, objectOf(event['content_block']))
    if (type === 'content_block_delta') return this.#blocks.delta(source, objectOf(event['delta']))
    return this.#blocks.stop(source)
  }

  #messageDelta(event: JsonObject): readonly AnswerPart[] {
    const { container, stop_reason: word, stop_sequence: stop } = objectOf(event['delta'])
    this.#container = container ?? null
    const finish: readonly AnswerPart[] =
      typeof word === 'string' ? [{ type: 'finish', finish: readFinish(word, stop) }] : []
    const before = this.#relay ? [] : [...this.#start(), ...this.#blocks.close()]
    return [...before, ...finish, ...this.#tellUsage(event['usage'])]
  }
}

/** Blank lines and comments only. */
const readsAsNothing = (bytes: Uint8Array): boolean =>
  looseDecoder
    .decode(bytes)
    .split(/[\r\n]/)
    .every((line) => line.trim() === '' || line.startsWith(':'))

/** `relay` parses what accounting needs, `translate` every event. One reader per answer. */
export function createStreamReader(mode: ReadingMode): StreamReader {
  return new MessageStreamReader(mode)
}
