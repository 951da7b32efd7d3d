import type { Finish } from '@pointsman/contract'

/**
 * Of several answers to one request (`n`, `candidateCount`) each ends by itself, and a stream that is cut between two of
 * these ends must not look whole: only the last one is its end. Lives for one stream.
 */
export class LastFinish {
  readonly #asked: number
  readonly #ended = new Set<number>()
  #latest: Finish | null = null

  /** `asked`: so many answers; a vendor may give fewer, which its end mark says. */
  constructor(asked: number) {
    this.#asked = asked
  }

  /** The finish of the answer `index`; null while others are to come. */
  take(index: number, finish: Finish): Finish | null {
    this.#ended.add(index)
    if (this.#ended.size >= this.#asked) {
      this.#latest = null
      return finish
    }
    this.#latest = finish
    return null
  }

  /** For the stream's own end mark: the finish that was kept back; null for none. */
  kept(): Finish | null {
    const finish = this.#latest
    this.#latest = null
    return finish
  }

  hasEnded(index: number): boolean {
    return this.#ended.has(index)
  }
}
