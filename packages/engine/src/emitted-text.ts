import { PointsmanError, type AnswerPart } from '@pointsman/contract'
import type { Dialect } from '@pointsman/wire'

const sampledFrames = 8
const sampledBytes = 16 * 1024
// About one token: what a frame holds where a sample cannot be read.
const charactersOfFrame = 4

/**
 * How much text an answer has emitted, for the estimate of an answer that breaks off. Parts are counted as they are.
 * Relayed frames are not parsed (that is what makes relaying cheap), so the first few are kept, read only if the estimate
 * is ever asked for, and their mean stands for all. Bound: 8 frames and 16 KB.
 */
export class EmittedText {
  #characters = 0
  #frames = 0
  readonly #sample: Uint8Array[] = []
  #sampleBytes = 0

  part(part: AnswerPart): void {
    this.#characters += charactersOf(part)
  }

  /** A relayed content frame. Copied, because a view would keep the whole received buffer in memory. */
  frame(bytes: Uint8Array): void {
    this.#frames++
    if (this.#sample.length >= sampledFrames || this.#sampleBytes + bytes.byteLength > sampledBytes) return
    this.#sample.push(bytes.slice())
    this.#sampleBytes += bytes.byteLength
  }

  characters(dialect: Dialect): number {
    return this.#characters + Math.ceil(this.#frames * this.#meanOfSample(dialect))
  }

  #meanOfSample(dialect: Dialect): number {
    if (this.#sample.length === 0) return charactersOfFrame
    const reader = dialect.streamReader({ mode: 'translate', hideUsage: false })
    let characters = 0
    try {
      for (const bytes of this.#sample) {
        for (const { parts } of reader.push(bytes)) for (const part of parts) characters += charactersOf(part)
      }
    } catch (thrown) {
      if (!(thrown instanceof PointsmanError)) throw thrown
      return charactersOfFrame
    }
    return characters / this.#sample.length
  }
}

function charactersOf(part: AnswerPart): number {
  if (part.type === 'text-delta' || part.type === 'reasoning-delta') return part.text.length
  return part.type === 'tool-arguments-delta' ? part.json.length : 0
}
