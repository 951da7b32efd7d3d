import type { AnswerPart } from '@pointsman/contract'
import type { ClientSink } from '@pointsman/engine'
import type { StreamReader } from '@pointsman/wire'

/** So many parts may wait for whoever reads: beyond them the vendor is made to wait. */
const maxWaitingParts = 256

/**
 * The caller's side of a streamed answer: its frames become parts that are taken one by one. Bound: `maxWaitingParts` and
 * those of one piece more.
 */
export class StreamClient implements ClientSink {
  closed = false
  readonly #reader: StreamReader
  readonly #leaving = new Set<() => void>()
  #waiting: AnswerPart[] = []
  #ended = false
  #isStream = false
  #arrived: (() => void) | null = null
  #drained: (() => void) | null = null

  constructor(reader: StreamReader) {
    this.#reader = reader
  }

  onClosed(listener: () => void): void {
    this.#leaving.add(listener)
  }

  head(status: number): void {
    // An error before the stream is no stream: it is told by what the face was given to write.
    this.#isStream = status === 200
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#isStream || this.closed) return true
    for (const { parts } of this.#reader.push(bytes)) this.#waiting.push(...parts)
    this.#wake()
    return this.#waiting.length < maxWaitingParts
  }

  drained(): Promise<void> {
    if (this.closed || this.#waiting.length < maxWaitingParts) return Promise.resolve()
    return new Promise((resolve) => (this.#drained = resolve))
  }

  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.write(bytes)
    this.finish()
  }

  /** Nothing comes any more: the answer has ended, or nobody wrote its end. */
  finish(): void {
    this.#ended = true
    this.#wake()
  }

  /** Nobody reads any more: the vendor's work ends. */
  leave(): void {
    if (this.closed || this.#ended) return
    this.closed = true
    for (const listener of this.#leaving) listener()
    this.#drained?.()
    this.finish()
  }

  /** The parts that have come since, or null once all were taken and none comes any more. */
  async next(): Promise<readonly AnswerPart[] | null> {
    while (this.#waiting.length === 0) {
      if (this.#ended) return null
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
    const parts = this.#waiting
    this.#waiting = []
    this.#drained?.()
    this.#drained = null
    return parts
  }

  #wake(): void {
    this.#arrived?.()
    this.#arrived = null
  }
}
