import { PointsmanApiError } from './api-error.ts'

export interface ConnectionOptions {
  /** `http://127.0.0.1:7070`, with or without a slash at its end. */
  readonly url: string
  readonly key: string
  /** Replaces the global one: for tests and for runtimes with their own. */
  readonly fetch?: typeof fetch
  /** Until an answer's headers; streams go on after it. Default 60,000. */
  readonly timeoutMs?: number
}

export type Query = { readonly [name: string]: string | number | boolean | null | undefined }

export interface Ask {
  readonly query?: Query | undefined
  readonly body?: unknown
  /** The revision that the caller last saw; the server answers 412 when the resource has moved on. */
  readonly ifMatch?: number | undefined
  readonly headers?: { readonly [name: string]: string }
}

export interface Connection {
  json<Answer>(method: string, path: string, ask?: Ask): Promise<Answer>
  /** The answer itself, checked for its status only. */
  open(method: string, path: string, ask?: Ask): Promise<Response>
}

export function connect(options: ConnectionOptions): Connection {
  const base = options.url.replace(/\/+$/, '')
  const send = options.fetch ?? fetch
  const timeoutMs = options.timeoutMs ?? 60_000

  async function open(method: string, path: string, ask: Ask = {}): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${options.key}`, ...ask.headers }
    if (ask.body !== undefined) headers['content-type'] = 'application/json'
    if (ask.ifMatch !== undefined) headers['if-match'] = `"${ask.ifMatch}"`
    const abort = new AbortController()
    const timer = setTimeout(() => {
      abort.abort(new Error(`no answer within ${timeoutMs} ms`))
    }, timeoutMs)
    let response: Response
    try {
      const body = ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }
      response = await send(`${base}${path}${queryText(ask.query)}`, { method, headers, signal: abort.signal, redirect: 'manual', ...body })
    } catch (cause) {
      throw new PointsmanApiError(`No answer from ${base}. Is the server running there?`, { statusCode: 0, code: 'unreachable', cause })
    } finally {
      clearTimeout(timer)
    }
    if (!response.ok) throw await errorOf(response)
    return response
  }
  return {
    open,
    async json<Answer>(method: string, path: string, ask?: Ask): Promise<Answer> {
      const response = await open(method, path, ask)
      const text = await response.text()
      try {
        return (text === '' ? null : JSON.parse(text)) as Answer
      } catch (cause) {
        throw new PointsmanApiError(`${base} did not answer with JSON. Is it a Pointsman server?`, { statusCode: response.status, code: 'not_json', cause })
      }
    },
  }
}

function queryText(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null)
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`
}

interface ErrorBody {
  readonly error?: { readonly code?: string | null; readonly message?: string; readonly field?: string; readonly param?: string; readonly suggestions?: readonly string[] }
}

/** The server's own words where it gave some; its face decides the shape, the two that we speak agree on `error.message`. */
async function errorOf(response: Response): Promise<PointsmanApiError> {
  const text = await response.text()
  let body: ErrorBody = {}
  try {
    body = JSON.parse(text) as ErrorBody
  } catch (cause) {
    const message = `The server answered ${response.status} without saying why in JSON: ${text.slice(0, 200)}`
    return new PointsmanApiError(message, { statusCode: response.status, code: 'not_json', cause })
  }
  const seconds = Number(response.headers.get('retry-after') ?? 'NaN')
  return new PointsmanApiError(body.error?.message ?? `The server answered ${response.status}.`, {
    statusCode: response.status,
    code: body.error?.code ?? 'unknown',
    field: body.error?.field ?? body.error?.param ?? null,
    suggestions: body.error?.suggestions ?? [],
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
  })
}
