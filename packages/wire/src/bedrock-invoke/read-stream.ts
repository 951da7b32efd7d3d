import { PointsmanError } from '@pointsman/contract'
import type { AnswerPart, JsonObject } from '@pointsman/contract'

import { decodeBase64Text } from '../base64-text.ts'
import { readFault } from '../bedrock-converse/read-stream.ts'
import type { Crc32, StreamFrame, StreamReader } from '../dialect.ts'
import { readAsCut } from '../damaged-stream.ts'
import { EventStreamDecoder } from '../framing/event-stream.ts'
import type { EventStreamFrame } from '../framing/event-stream.ts'
import { readVendorJson } from '../read-body.ts'
import type { InvokeFamily } from './quirk-family.ts'
import { metricsMember, readMetrics } from './quirk-metrics.ts'

const encoder = new TextEncoder()

interface Chunk {
  readonly inside: Uint8Array
  readonly event: JsonObject
}

/** The vendor's event inside a chunk. */
function readChunk(frame: EventStreamFrame): Chunk {
  const { bytes } = readVendorJson(frame.payload, "A chunk of the vendor's stream")
  const text = typeof bytes === 'string' ? decodeBase64Text(bytes) : null
  if (text === null) {
    throw new PointsmanError('upstream_broken', "A chunk of the vendor's stream holds no base64 of UTF-8.")
  }
  const inside = encoder.encode(text)
  return { inside, event: readVendorJson(inside, "An event of the vendor's stream") }
}

const roles = ['error', 'content', 'closing', 'opening'] as const

/** One chunk may be several of the base dialect's frames, or none: the one that weighs most says what it is. */
const roleOf = (frames: readonly StreamFrame[]): StreamFrame['role'] =>
  roles.find((role) => frames.some((frame) => frame.role === role)) ?? 'other'

/** Opens the chunks of InvokeModelWithResponseStream and has the base dialect read what is in them. */
class InvokeStreamReader implements StreamReader {
  readonly #family: InvokeFamily
  readonly #inner: StreamReader
  readonly #decoder: EventStreamDecoder
  /** What the base dialect's events told last. */
  #usage: (AnswerPart & { readonly type: 'usage' }) | null = null

  constructor(family: InvokeFamily, inner: StreamReader, crc32: Crc32) {
    this.#family = family
    this.#inner = inner
    this.#decoder = new EventStreamDecoder(crc32)
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
    const fault = readFault(frame)
    if (fault !== null) return fault
    const { bytes } = frame
    const name = frame.headers.get(':event-type') ?? 'event without a type'
    if (name !== 'chunk') return { bytes, role: 'other', parts: [{ type: 'unrecognised', name }] }
    const { inside, event } = readChunk(frame)
    const asBase = this.#family.readEvent(event)
    if (asBase === null) {
      const [member] = Object.keys(event)
      return { bytes, role: 'other', parts: [{ type: 'unrecognised', name: member ?? 'empty chunk' }] }
    }
    const frames = this.#inner.push(asBase)
    const parts = frames.flatMap((one) => one.parts)
    this.#usage = parts.findLast((part) => part.type === 'usage') ?? this.#usage
    return { bytes, role: roleOf(frames), parts: [...parts, ...this.#metrics(event)], inside }
  }

  /** Bedrock's own counts add its time; they count themselves only where the vendor's events told none. */
  #metrics(event: JsonObject): readonly AnswerPart[] {
    const metrics = readMetrics(event[metricsMember])
    if (metrics === null) return []
    const usage = this.#usage?.usage ?? metrics.usage
    return [{ type: 'usage', usage, upstreamLatencyMs: metrics.latencyMs }]
  }
}

export function createStreamReader(family: InvokeFamily, inner: StreamReader, crc32: Crc32): StreamReader {
  return new InvokeStreamReader(family, inner, crc32)
}
