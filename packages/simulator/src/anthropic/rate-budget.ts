/*
 * The vendor tells with each answer what is left of the limits: `anthropic-ratelimit-*`. The simulator counts, in
 * windows of a minute for all callers together, and never refuses on that ground: scripts do that.
 */
const WINDOW_MS = 60_000
const LIMITS = { requests: 4_000, inputTokens: 2_000_000, outputTokens: 400_000 } as const

type Spent = Readonly<Record<keyof typeof LIMITS, number>>

const NOTHING: Spent = { requests: 0, inputTokens: 0, outputTokens: 0 }

export class RateBudget {
  readonly #now: () => number
  #spent: Spent = NOTHING
  #endsAt = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts a request, and the tokens of a prompt or of an answer once they are known. */
  spend(what: Partial<Spent>): void {
    const now = this.#now()
    if (now >= this.#endsAt) {
      this.#endsAt = now + WINDOW_MS
      this.#spent = NOTHING
    }
    this.#spent = {
      requests: this.#spent.requests + (what.requests ?? 0),
      inputTokens: this.#spent.inputTokens + (what.inputTokens ?? 0),
      outputTokens: this.#spent.outputTokens + (what.outputTokens ?? 0),
    }
  }

  headers(): Readonly<Record<string, string>> {
    const { requests, inputTokens, outputTokens } = this.#spent
    return {
      ...this.#group('requests', LIMITS.requests, requests),
      ...this.#group('input-tokens', LIMITS.inputTokens, inputTokens),
      ...this.#group('output-tokens', LIMITS.outputTokens, outputTokens),
      ...this.#group('tokens', LIMITS.inputTokens + LIMITS.outputTokens, inputTokens + outputTokens),
    }
  }

  #group(name: string, limit: number, spent: number): Record<string, string> {
    const reset = `${new Date(this.#endsAt).toISOString().slice(0, 19)}Z`
    return {
      [`anthropic-ratelimit-${name}-limit`]: String(limit),
      [`anthropic-ratelimit-${name}-remaining`]: String(Math.max(0, limit - spent)),
      [`anthropic-ratelimit-${name}-reset`]: reset,
    }
  }
}
