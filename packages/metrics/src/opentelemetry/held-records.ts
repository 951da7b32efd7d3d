import type { CapturedExchange, UsageRecord } from '@pointsman/contract'

/**
 * Records that wait for their text: it is told after the answer's end, where there is any, and a span that was sent cannot be
 * changed. A holder of mutable state. Bound: `most`; the oldest of more go on without.
 */
export class HeldRecords {
  readonly #most: number
  readonly #release: (record: UsageRecord, exchange: CapturedExchange | null) => void
  /** Oldest first. */
  readonly #held = new Map<string, { readonly record: UsageRecord; readonly round: number }>()
  #round = 0

  constructor(parts: {
    readonly most: number
    readonly release: (record: UsageRecord, exchange: CapturedExchange | null) => void
  }) {
    this.#most = parts.most
    this.#release = parts.release
  }

  hold(record: UsageRecord): void {
    // An id that came twice must not take the place of the first one, whose spans would be gone.
    this.#let(record.requestId, null)
    this.#held.set(record.requestId, { record, round: this.#round })
    const [oldest] = this.#held.keys()
    if (this.#held.size > this.#most && oldest !== undefined) this.#let(oldest, null)
  }

  captured(exchange: CapturedExchange): void {
    this.#let(exchange.requestId, exchange)
  }

  /** At each delay: what was held at the one before goes on without. Counted, for clocks are set back. */
  nextRound(): void {
    for (const [id, { round }] of this.#held) if (round < this.#round) this.#let(id, null)
    this.#round++
  }

  releaseAll(): void {
    for (const id of this.#held.keys()) this.#let(id, null)
  }

  #let(id: string, exchange: CapturedExchange | null): void {
    const held = this.#held.get(id)
    if (held === undefined) return
    this.#held.delete(id)
    this.#release(held.record, exchange)
  }
}
