import { PointsmanError, type AnswerPart } from '@pointsman/contract'
import type { Dialect, StreamReader } from '@pointsman/wire'

const sampledFrames = 32
const sampledBytes = 8 * 1024
// About one token: what a frame holds where a sample cannot be read.
const charactersOfFrame = 4

interface Sampled {
  readonly bytes: number
  readonly characters: number
}

/**
 * How much text an answer has emitted, for the estimate of an answer that breaks off. Parts are counted as they are.
 * Relayed frames are not parsed (that is what makes relaying cheap): of them every one is kept, then every second, fourth
 * and so on as they become more, and those kept are read only if the estimate is ever asked for. What surrounds the text of
 * a frame is much the same in all, so characters follow from bytes. Exact while all are kept; bound: 32 frames and
 * 8 KB, or one frame that is larger.
 */
export class EmittedText {
  #characters = 0
  #frames = 0
  #bytes = 0
  #everyNth = 1
  readonly #sample = new Sample()

  part(part: AnswerPart): void {
    this.#characters += charactersOf(part)
  }

  /** A relayed content frame. */
  frame(bytes: Uint8Array): void {
    const isSampled = this.#frames % this.#everyNth === 0
    this.#frames++
    this.#bytes += bytes.byteLength
    if (!isSampled) return
    this.#sample.add(bytes)
    while (this.#sample.isTooMuch()) {
      this.#everyNth *= 2
      this.#sample.thinOut()
    }
  }

  characters(dialect: Dialect): number {
    return this.#characters + Math.ceil(this.#charactersOfFrames(dialect))
  }

  #charactersOfFrames(dialect: Dialect): number {
    const reader = dialect.streamReader({ mode: 'sample', hideUsage: false })
    const read = this.#sample.frames().flatMap((bytes) => readFrame(reader, bytes) ?? [])
    if (read.length === 0) return this.#frames * charactersOfFrame
    if (read.length === this.#frames) return sumOf(read, 'characters')
    const fit = lineThrough(read)
    const estimate = this.#frames * fit.base + this.#bytes * fit.perByte
    return Math.min(this.#bytes, Math.max(sumOf(read, 'characters'), estimate))
  }
}

/**
 * Frames one after the other in one buffer: a view would keep all that was received with it in memory, and copies by
 * themselves, twenty of each stream, are a third of what lives of a thousand streams.
 */
class Sample {
  #bytes = new Uint8Array(0)
  /** Where each frame ends. */
  #ends: number[] = []

  add(frame: Uint8Array): void {
    const start = this.#size
    const end = start + frame.byteLength
    if (end > this.#bytes.byteLength) this.#moveTo(Math.max(end, 2 * this.#bytes.byteLength))
    this.#bytes.set(frame, start)
    this.#ends.push(end)
  }

  isTooMuch(): boolean {
    const { length } = this.#ends
    return length > sampledFrames || (length > 1 && this.#size > sampledBytes)
  }

  /** Keeps every second one: still evenly spread over the answer. */
  thinOut(): void {
    const frames = this.frames().filter((_, index) => index % 2 === 0)
    this.#ends = []
    for (const { byteLength, byteOffset } of frames) {
      const start = this.#size
      this.#bytes.copyWithin(start, byteOffset, byteOffset + byteLength)
      this.#ends.push(start + byteLength)
    }
    // After a large frame that is not kept.
    if (this.#bytes.byteLength > 2 * sampledBytes) this.#moveTo(this.#size)
  }

  frames(): readonly Uint8Array[] {
    return this.#ends.map((end, index) => this.#bytes.subarray(this.#ends[index - 1] ?? 0, end))
  }

  get #size(): number {
    return this.#ends.at(-1) ?? 0
  }

  #moveTo(length: number): void {
    const bytes = new Uint8Array(length)
    bytes.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = bytes
  }
}

/** Null where it cannot be read by itself. */
function readFrame(reader: StreamReader, bytes: Uint8Array): Sampled | null {
  try {
    const parts = reader.push(bytes).flatMap((frame) => frame.parts)
    const characters = parts.reduce((total, part) => total + charactersOf(part), 0)
    return { bytes: bytes.byteLength, characters }
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    return null
  }
}

const sumOf = (sampled: readonly Sampled[], what: keyof Sampled): number =>
  sampled.reduce((total, one) => total + one[what], 0)

/** Least squares; a level line where all frames have one length. */
function lineThrough(sampled: readonly Sampled[]): { readonly base: number; readonly perByte: number } {
  const bytes = sumOf(sampled, 'bytes') / sampled.length
  const characters = sumOf(sampled, 'characters') / sampled.length
  const spread = sampled.reduce((total, one) => total + (one.bytes - bytes) ** 2, 0)
  const common = sampled.reduce(
    (total, one) => total + (one.bytes - bytes) * (one.characters - characters),
    0,
  )
  const perByte = spread === 0 ? 0 : common / spread
  return { base: characters - perByte * bytes, perByte }
}

function charactersOf(part: AnswerPart): number {
  if (part.type === 'text-delta' || part.type === 'reasoning-delta') return part.text.length
  return part.type === 'tool-arguments-delta' ? part.json.length : 0
}
