/** What the server answered, or that it did not. `statusCode` is 0 when no answer came. */
export class PointsmanApiError extends Error {
  readonly statusCode: number
  /** The server's own word: `model_not_found`, `stale`, …; `unreachable` when no answer came. */
  readonly code: string
  readonly field: string | null
  readonly suggestions: readonly string[]
  /** From Retry-After. */
  readonly retryAfterMs: number | null

  constructor(
    message: string,
    facts: {
      readonly statusCode: number
      readonly code: string
      readonly field?: string | null
      readonly suggestions?: readonly string[]
      readonly retryAfterMs?: number | null
      readonly cause?: unknown
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'PointsmanApiError'
    this.statusCode = facts.statusCode
    this.code = facts.code
    this.field = facts.field ?? null
    this.suggestions = facts.suggestions ?? []
    this.retryAfterMs = facts.retryAfterMs ?? null
  }
}
