// size: the one table of errors
/**
 * Every error that a user can see, with what follows from it: adding a row forces every decision.
 * `status` is the HTTP status of our answer (`upstream_rejected` answers with the vendor's own instead).
 * `next` says what the data plane does before the commit point: `stop` tells the caller, `move-on` tries the
 * plan's next candidate. `level` is the log level; `shed` errors are counted, not logged, so that a flood
 * cannot fill the log.
 */
export interface ErrorRow {
  readonly status: number
  readonly next: 'stop' | 'move-on'
  readonly level: 'shed' | 'debug' | 'info' | 'warn' | 'error'
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean
}

const row = (
  status: number,
  next: ErrorRow['next'],
  level: ErrorRow['level'],
  retryable = false,
): ErrorRow => ({
  status,
  next,
  level,
  retryable,
})

export const errorTable = {
  // The request itself.
  invalid_json: row(400, 'stop', 'debug'),
  invalid_request: row(400, 'stop', 'debug'),
  unknown_action: row(400, 'stop', 'debug'),
  unsupported_parameter: row(400, 'stop', 'info'),
  request_timeout: row(408, 'stop', 'info', true),
  body_too_large: row(413, 'stop', 'info'),
  unsupported_encoding: row(415, 'stop', 'info'),
  headers_too_large: row(431, 'stop', 'info'),
  method_not_allowed: row(405, 'stop', 'debug'),
  /** A WebSocket was asked for. Clients that have both (Codex) go on over HTTP by this status, and ask again at any other. */
  upgrade_refused: row(426, 'stop', 'debug'),
  not_found: row(404, 'stop', 'debug'),
  model_not_found: row(404, 'stop', 'info'),
  route_not_found: row(404, 'stop', 'info'),
  // Who asks.
  missing_key: row(401, 'stop', 'shed'),
  invalid_key: row(401, 'stop', 'shed'),
  forbidden: row(403, 'stop', 'info'),
  limit_reached: row(429, 'stop', 'info', true),
  // Changes that are refused.
  refused: row(409, 'stop', 'info'),
  model_not_available: row(409, 'stop', 'info'),
  last_usable_model: row(409, 'stop', 'info'),
  lifecycle_blocked: row(409, 'stop', 'info'),
  stale: row(412, 'stop', 'info'),
  revision_rejected: row(409, 'stop', 'error'),
  // Ourselves.
  no_candidate: row(503, 'stop', 'warn', true),
  credentials_missing: row(503, 'move-on', 'error'),
  not_ready: row(503, 'stop', 'warn', true),
  /** Too much at once for this server. Where only its connections to one provider are all in use, another may answer. */
  overloaded: row(503, 'move-on', 'shed', true),
  storage_full: row(503, 'stop', 'error', true),
  storage_failing: row(503, 'stop', 'error', true),
  registry_unavailable: row(503, 'stop', 'error', true),
  shutting_down: row(503, 'stop', 'info', true),
  internal: row(500, 'stop', 'error'),
  // The vendor refuses the request itself: passed on with its own status, no retry, no fallback.
  upstream_rejected: row(400, 'stop', 'info'),
  upstream_content_policy: row(400, 'stop', 'info'),
  // The vendor refuses the model or is not well: the plan moves on.
  upstream_model_unavailable: row(502, 'move-on', 'warn'),
  upstream_throttled: row(429, 'move-on', 'warn', true),
  upstream_error: row(502, 'move-on', 'warn', true),
  upstream_overloaded: row(503, 'move-on', 'warn', true),
  upstream_unreachable: row(502, 'move-on', 'warn', true),
  upstream_timeout_connect: row(504, 'move-on', 'warn', true),
  upstream_timeout_first_byte: row(504, 'move-on', 'warn', true),
  upstream_timeout_idle: row(504, 'move-on', 'warn', true),
  upstream_timeout_total: row(504, 'stop', 'warn', true),
  /** The answer broke the vendor's own format, or ended without its end. */
  upstream_broken: row(502, 'move-on', 'warn', true),
  /** The vendor refuses our credential: never 401 to a caller whose key is good. */
  provider_auth: row(502, 'move-on', 'error'),
  /** The caller left before the end. Never sent to anybody; it stands in records. */
  client_closed: row(499, 'stop', 'debug'),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorTable

export interface ErrorDetails {
  /** The field of the request that is wrong, as the caller wrote it: `messages[2].content`. */
  readonly field?: string
  /** Overrides the table's status: only for `upstream_rejected`, which passes the vendor's on. */
  readonly status?: number
  readonly retryAfterMs?: number
  /** Overrides the table's, where what is wrong is known more closely than by its code. */
  readonly retryable?: boolean
  /** Names near the unknown one. */
  readonly suggestions?: readonly string[]
  /** The vendor's own name of the error; of `invalid_key`, the one by which clients of that vendor's face know what to do. */
  readonly vendorName?: string
  /**
   * The request is longer than the model takes: each face tells it in its vendor's words, by which agents know that they are
   * to shorten their conversation.
   */
  readonly tooLong?: boolean
  /** Anything a program may want, e.g. the candidates that were left out. */
  readonly data?: { readonly [name: string]: unknown }
  readonly cause?: unknown
}

/** The one error class that crosses rooms. `message` is for people: what is wrong, where, and the next step. */
export class PointsmanError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'PointsmanError'
    this.code = code
    this.details = details
  }

  get status(): number {
    return this.details.status ?? errorTable[this.code].status
  }

  get retryable(): boolean {
    return this.details.retryable ?? errorTable[this.code].retryable
  }
}

/** Anything thrown, as a PointsmanError; what is not one already becomes `internal` and keeps its cause. */
export function toPointsmanError(thrown: unknown): PointsmanError {
  if (thrown instanceof PointsmanError) return thrown
  return new PointsmanError(
    'internal',
    'The server failed to handle this request. Its log names the cause.',
    { cause: thrown },
  )
}
