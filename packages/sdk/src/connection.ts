import { errorOfResponse, PointsmanApiError } from './api-error.ts'
import { patientFetch } from './patient-fetch.ts'

export interface ConnectionOptions {
  /** `http://127.0.0.1:7070`, with or without a slash at its end. */
  readonly url: string
  /** Null = the browser's own cookie tells who asks, as in the web console. */
  readonly key: string | null
  /** Sent with every request. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Replaces the global one: for tests and for runtimes with their own. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Until the whole answer; of a stream, until its headers. Default 60,000, of the chat calls 910,000. */
  readonly timeoutMs?: number | undefined
}

export interface CallOptions {
  /** Gives the request up; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}
export interface WriteOptions extends CallOptions {
  /** The `etag` that the caller last saw: refused with 412 (`stale`) when the resource has moved on. */
  readonly ifMatch?: number | null | undefined
}

/** What a question holds beside its path; names that are null or undefined are left out. */
export interface Query {
  readonly [name: string]: string | number | boolean | null | undefined
}

export interface Ask extends WriteOptions {
  readonly query?: Query | undefined
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Where the connection's options set no other; 60,000 unless set. */
  readonly defaultTimeoutMs?: number | undefined
}

/** An answer with the revision of the resource's last change; null where the server gave none. */
export type Tagged<Answer> = Answer & { readonly etag: number | null }

/** An answer whose body is still to be read. */
export interface Opened {
  readonly response: Response
  /** To be called once the body was read or is given up. */
  readonly close: () => void
}

/** JSON over HTTP with one server. Everything rejects with PointsmanApiError, or with the reason of the caller's signal. */
export interface Connection {
  json<Answer>(method: string, path: string, ask?: Ask): Promise<Answer>
  tagged<Answer extends object>(method: string, path: string, ask?: Ask): Promise<Tagged<Answer>>
  open(method: string, path: string, ask?: Ask): Promise<Opened>
}

/** A server gives a model's answer 900 s, all fallbacks included: it is to be the one that gives up, and says why. */
export const chatTimeoutMs = 910_000

interface Wires {
  readonly base: string
  readonly headers: { readonly [name: string]: string }
  readonly timeoutMs: number | undefined
  readonly send: (url: string, init: RequestInit, timeoutMs: number) => Promise<Response>
}

export function connect(options: ConnectionOptions): Connection {
  const wires: Wires = {
    base: baseOf(options.url),
    headers: {
      ...(options.key === null ? {} : { authorization: `Bearer ${keyOf(options.key)}` }),
      ...options.headers,
    },
    timeoutMs: options.timeoutMs,
    send: options.fetch ?? patientFetch,
  }
  const read = async (
    method: string,
    path: string,
    ask: Ask,
  ): Promise<{ response: Response; value: unknown }> => {
    const call = startCall(wires, ask)
    try {
      const response = await call.send(method, path, ask)
      return { response, value: await call.readJson(response) }
    } finally {
      call.end()
    }
  }
  return {
    async json<Answer>(method: string, path: string, ask: Ask = {}): Promise<Answer> {
      return (await read(method, path, ask)).value as Answer
    },
    async tagged<Answer extends object>(
      method: string,
      path: string,
      ask: Ask = {},
    ): Promise<Tagged<Answer>> {
      const { response, value } = await read(method, path, ask)
      return { ...(value as Answer), etag: etagOf(response) }
    },
    async open(method, path, ask = {}) {
      const call = startCall(wires, ask)
      try {
        const response = await call.send(method, path, ask)
        call.stopTimer()
        return { response, close: call.end }
      } catch (thrown) {
        call.end()
        throw thrown
      }
    },
  }
}

interface Call {
  send(method: string, path: string, ask: Ask): Promise<Response>
  readJson(response: Response): Promise<unknown>
  stopTimer(): void
  readonly end: () => void
}

/** One request under one timer and the caller's signal, joined by hand so that a long-lived signal keeps no listener. */
function startCall(wires: Wires, { signal, defaultTimeoutMs = 60_000 }: Ask): Call {
  const timeoutMs = wires.timeoutMs ?? defaultTimeoutMs
  const abort = new AbortController()
  let timedOut = false
  const leave = (): void => abort.abort(signal?.reason)
  const timer = setTimeout(() => {
    timedOut = true
    abort.abort()
  }, timeoutMs)
  if (signal?.aborted) leave()
  else signal?.addEventListener('abort', leave)
  const stopTimer = (): void => clearTimeout(timer)
  const failed = (cause: unknown, otherwise: () => PointsmanApiError): unknown => {
    if (signal?.aborted) return signal.reason
    if (cause instanceof PointsmanApiError) return cause
    return timedOut ? tooLate(wires, timeoutMs, cause) : otherwise()
  }
  return {
    stopTimer,
    end: () => {
      stopTimer()
      signal?.removeEventListener('abort', leave)
    },
    async send(method, path, ask) {
      try {
        const response = await wires.send(
          `${wires.base}${path}${queryText(ask.query)}`,
          requestInit(wires, method, ask, abort.signal),
          timeoutMs,
        )
        if (!response.ok) throw await errorOfResponse(response)
        return response
      } catch (cause) {
        throw failed(cause, () => unreachable(wires, cause))
      }
    },
    async readJson(response) {
      let text: string
      try {
        text = await response.text()
      } catch (cause) {
        throw failed(cause, () => cut(wires, response, cause))
      }
      return parseJson(wires, response, text)
    },
  }
}

function requestInit(wires: Wires, method: string, ask: Ask, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { ...wires.headers, ...ask.headers }
  if (ask.body !== undefined) headers['content-type'] = 'application/json'
  if (ask.ifMatch != null) headers['if-match'] = `"${ask.ifMatch}"`
  return {
    method,
    headers,
    signal,
    // A redirect would carry the key to another host.
    redirect: 'manual',
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
  }
}

function baseOf(url: string): string {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, '')
  const message = `"${url}" is not the address of a server: it should look like http://127.0.0.1:7070.`
  throw new PointsmanApiError(message, { statusCode: 0, code: 'not_configured' })
}

function keyOf(key: string): string {
  const trimmed = key.trim()
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  const problem = trimmed === '' ? 'The key is empty' : 'The key has spaces or characters that no key has'
  throw new PointsmanApiError(`${problem}. Hand over a key of the server, or its service key.`, {
    statusCode: 0,
    code: 'not_configured',
  })
}

function queryText(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

function parseJson({ base }: Wires, { status }: Response, text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = `${base} did not answer with JSON. Is it a Pointsman server?`
    throw new PointsmanApiError(message, { statusCode: status, code: 'not_json', cause })
  }
}

function etagOf(response: Response): number | null {
  const match = /^(?:W\/)?"(\d+)"$/.exec(response.headers.get('etag') ?? '')
  return match === null ? null : Number(match[1])
}

function unreachable({ base }: Wires, cause: unknown): PointsmanApiError {
  const message = `No answer from ${base}${wordOf(cause)}. Is the server running there?`
  return new PointsmanApiError(message, { statusCode: 0, code: 'unreachable', cause })
}

/** A code of Node's says all; a proxy on the way has words of its own. */
function wordOf(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined
  if (!(inner instanceof Error)) return ''
  const word = 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.message
  return word === '' ? '' : ` (${word})`
}

function tooLate({ base }: Wires, timeoutMs: number, cause: unknown): PointsmanApiError {
  const message = `No answer from ${base} within ${timeoutMs / 1_000} s.`
  return new PointsmanApiError(message, { statusCode: 0, code: 'timeout', cause })
}

function cut({ base }: Wires, { status }: Response, cause: unknown): PointsmanApiError {
  const message = `The answer of ${base} broke off. What it was to change may have happened: look before you repeat it.`
  return new PointsmanApiError(message, { statusCode: status, code: 'cut', cause })
}
