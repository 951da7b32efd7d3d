import type { ResponseHeaders } from '../emission/outlet.ts'

/*
 * The vendor tells with each answer what is left of the limits: `x-ratelimit-*`. The simulator counts, in windows of a
 * minute for all callers together, and never refuses on that ground: scripts do that.
 */
const WINDOW_MS = 60_000
const LIMITS = { requests: 10_000, tokens: 30_000_000 } as const

type Spent = Readonly<Record<keyof typeof LIMITS, number>>

const NOTHING: Spent = { requests: 0, tokens: 0 }

export class RateBudget {
  readonly #now: () => number
  #spent: Spent = NOTHING
  #endsAt = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts a request, and the tokens of a prompt and of an answer once they are known. */
  spend(what: Partial<Spent>): void {
    const now = this.#now()
    if (now >= this.#endsAt) {
      this.#endsAt = now + WINDOW_MS
      this.#spent = NOTHING
    }
    this.#spent = {
      requests: this.#spent.requests + (what.requests ?? 0),
      tokens: this.#spent.tokens + (what.tokens ?? 0),
    }
  }

  headers(): ResponseHeaders {
    const leftMs = Math.max(0, this.#endsAt - this.#now())
    return {
      'x-ratelimit-limit-requests': String(LIMITS.requests),
      'x-ratelimit-limit-tokens': String(LIMITS.tokens),
      'x-ratelimit-remaining-requests': String(Math.max(0, LIMITS.requests - this.#spent.requests)),
      'x-ratelimit-remaining-tokens': String(Math.max(0, LIMITS.tokens - this.#spent.tokens)),
      'x-ratelimit-reset-requests': duration(leftMs),
      'x-ratelimit-reset-tokens': duration(leftMs),
    }
  }
}

/** As the vendor writes it: `6ms`, `1.5s`. */
const duration = (ms: number): string => (ms < 1_000 ? `${Math.ceil(ms)}ms` : `${(ms / 1_000).toFixed(3)}s`)
