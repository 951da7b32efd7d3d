export interface ApiErrorFacts {
  readonly statusCode: number
  readonly code: string
  readonly field?: string | null
  readonly suggestions?: readonly string[]
  readonly retryAfterMs?: number | null
  readonly requestId?: string | null
  readonly data?: { readonly [name: string]: unknown } | null
  readonly cause?: unknown
}

/** What the server answered, or that it did not. `statusCode` is 0 when no answer came. */
export class PointsmanApiError extends Error {
  readonly statusCode: number
  /**
   * The server's own word (`model_not_found`, `stale`, …), or ours where none came from it: `unreachable`, `timeout`,
   * `cut` (the answer broke off), `not_json`, `not_configured`.
   */
  readonly code: string
  /** The field of the request that is wrong, as it was sent. */
  readonly field: string | null
  /** Names near the unknown one. */
  readonly suggestions: readonly string[]
  /** From Retry-After. */
  readonly retryAfterMs: number | null
  /** For `requests.explain`; only data-plane answers have one. */
  readonly requestId: string | null
  /** What a program may want: the routes that forbid a change, the present ETag of a stale write, … */
  readonly data: { readonly [name: string]: unknown } | null

  constructor(message: string, facts: ApiErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'PointsmanApiError'
    this.statusCode = facts.statusCode
    this.code = facts.code
    this.field = facts.field ?? null
    this.suggestions = facts.suggestions ?? []
    this.retryAfterMs = facts.retryAfterMs ?? null
    this.requestId = facts.requestId ?? null
    this.data = facts.data ?? null
  }
}

interface ErrorMember {
  readonly code?: unknown
  readonly message?: unknown
  readonly field?: unknown
  readonly param?: unknown
  readonly suggestions?: unknown
  readonly data?: unknown
}

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** An `error` member as the control API, the seeds' endpoints and OpenAI's face write it; null where it is none. */
export function readErrorMember(
  body: unknown,
  facts: {
    readonly statusCode: number
    readonly retryAfterMs?: number | null
    readonly requestId?: string | null
  },
): PointsmanApiError | null {
  if (!isObject(body) || !isObject(body['error'])) return null
  const error: ErrorMember = body['error']
  const suggestions = Array.isArray(error.suggestions) ? error.suggestions : []
  return new PointsmanApiError(text(error.message) ?? `The server answered ${facts.statusCode}.`, {
    ...facts,
    code: text(error.code) ?? 'unknown',
    field: text(error.field) ?? text(error.param),
    suggestions: suggestions.filter((name) => typeof name === 'string'),
    data: isObject(error.data) ? error.data : null,
  })
}

/** What a refusing answer says. Reads its body; a body that is not ours is told of by its beginning. */
export async function errorOfResponse(response: Response): Promise<PointsmanApiError> {
  const body = await response.text()
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const facts = {
    statusCode: response.status,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
    requestId: response.headers.get('x-pointsman-request-id'),
  }
  let cause: unknown
  try {
    const error = readErrorMember(JSON.parse(body), facts)
    if (error !== null) return error
  } catch (notJson) {
    cause = notJson
  }
  return new PointsmanApiError(strangeAnswer(response.status, body), { ...facts, code: 'not_json', cause })
}

/** What proxies answer in the place of a server that they do not reach. */
const proxyStatuses: readonly number[] = [502, 503, 504]

function strangeAnswer(status: number, body: string): string {
  if (proxyStatuses.includes(status))
    return `A proxy answered ${status} in the server’s place: it does not reach the server behind it. Try again in a moment; if it stays, look whether the server runs.`
  const text = body.trim()
  // A page of markup says nothing to people who do not see it as a page.
  const shown = text === '' || text.startsWith('<') ? '' : `: ${text.slice(0, 200)}`
  return `The server answered ${status} without saying why${shown}. Is it a Pointsman server?`
}
