import { unknownUsage } from '@pointsman/contract'
import type { AnswerPart, JsonObject } from '@pointsman/contract'

import { joinPieces } from '../join-pieces.ts'
import { encodeBase64Text } from '../base64-text.ts'
import type { Crc32, StreamWriter } from '../dialect.ts'
import { encodeFrame, encodeHeaders } from '../framing/event-stream.ts'
import type { InvokeFamily } from './quirk-family.ts'
import { metricsMember, writeMetrics } from './quirk-metrics.ts'
import type { InvocationMetrics } from './quirk-metrics.ts'
import { writeException } from './write-error.ts'

const encoder = new TextEncoder()

const chunkHeaders = encodeHeaders([
  [':event-type', 'chunk'],
  [':content-type', 'application/json'],
  [':message-type', 'event'],
])

/** Puts the events that the base dialect writes into chunks of InvokeModelWithResponseStream. */
class InvokeStreamWriter implements StreamWriter {
  readonly #family: InvokeFamily
  readonly #inner: StreamWriter
  readonly #crc32: Crc32
  #metrics: InvocationMetrics = { usage: unknownUsage, latencyMs: null }

  constructor(family: InvokeFamily, inner: StreamWriter, crc32: Crc32) {
    this.#family = family
    this.#inner = inner
    this.#crc32 = crc32
  }

  write(part: AnswerPart): Uint8Array | null {
    if (part.type === 'usage') this.#metrics = { usage: part.usage, latencyMs: part.upstreamLatencyMs }
    const bytes = this.#inner.write(part)
    // The base dialect is told, so that it writes no end after it; the frame is Bedrock's own.
    if (part.type === 'error') return writeException(part.error.name, part.error.message, this.#crc32)
    return this.#chunks(bytes)
  }

  end(): Uint8Array | null {
    return this.#chunks(this.#inner.end())
  }

  #chunks(bytes: Uint8Array | null): Uint8Array | null {
    if (bytes === null) return null
    return joinPieces(this.#family.writeEvents(bytes).map((event) => this.#chunk(event)))
  }

  #chunk(event: JsonObject): Uint8Array {
    const metrics = this.#family.isLast(event) ? writeMetrics(this.#metrics) : null
    const json = JSON.stringify(metrics === null ? event : { ...event, [metricsMember]: metrics })
    return encodeFrame(chunkHeaders, encoder.encode(`{"bytes":"${encodeBase64Text(json)}"}`), this.#crc32)
  }
}

export function createStreamWriter(family: InvokeFamily, inner: StreamWriter, crc32: Crc32): StreamWriter {
  return new InvokeStreamWriter(family, inner, crc32)
}
