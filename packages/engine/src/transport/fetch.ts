import { bodyLength, failureWords, wholeBody, type UpstreamRequest } from '@pointsman/contract'
import type { Transport, UpstreamCall, UpstreamListener } from '../ports.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Headers that `fetch` writes itself, from the address and the body: a second one would not be sent, or be refused. */
const ownHeaders: ReadonlySet<string> = new Set(['host', 'content-length', 'connection'])

/**
 * The transport where there is no socket: Deno, the edge, tests. `fetch` does not tell when it has a connection, so a call
 * counts as connected as soon as it is sent, and the limit for connecting is one with that for the first byte.
 */
export function createFetchTransport(send: Fetch = fetch): Transport {
  const calls = new Set<FetchCall>()
  return {
    send(request, listener) {
      const call = new FetchCall(listener, () => calls.delete(call))
      calls.add(call)
      // Nothing is called back before `send` has returned.
      queueMicrotask(() => void call.begin(request, send))
      return call
    },
    async close() {
      await Promise.all([...calls].map(({ ended }) => ended))
    },
  }
}

interface Gate {
  readonly passed: Promise<void>
  readonly open: () => void
}

function openGate(): Gate {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open }
}

class FetchCall implements UpstreamCall {
  readonly queued = false
  /** What leads out is the platform's affair, and told to nobody. */
  readonly proxy = null
  readonly ended: Promise<void>
  readonly #listener: UpstreamListener
  readonly #aborting = new AbortController()
  readonly #end: () => void
  #over = false
  /** Set while it is paused. */
  #paused: Gate | null = null

  constructor(listener: UpstreamListener, onEnd: () => void) {
    this.#listener = listener
    const gate = openGate()
    this.ended = gate.passed
    this.#end = () => {
      onEnd()
      gate.open()
    }
  }

  async begin(request: UpstreamRequest, send: Fetch): Promise<void> {
    try {
      if (this.#over) return
      this.#listener.connected()
      const response = await send(...written(request, this.#aborting.signal))
      if (this.#isOver()) return
      // What comes is unpacked by then: counted so, and no longer in that coding.
      const { 'content-encoding': _, ...headers } = Object.fromEntries(response.headers)
      this.#listener.head({ status: response.status, headers })
      await this.#read(response)
    } catch (thrown) {
      if (this.#isOver()) return
      this.#over = true
      this.#listener.failed({ kind: neverSent(thrown) ? 'connect' : 'broken', message: failureWords(thrown) })
    } finally {
      this.#end()
    }
  }

  pause(): void {
    this.#paused ??= openGate()
  }

  resume(): void {
    this.#paused?.open()
    this.#paused = null
  }

  abort(): void {
    if (this.#over) return
    this.#over = true
    this.#aborting.abort()
    this.resume()
  }

  async #read(response: Response): Promise<void> {
    const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) {
      if (this.#isOver()) return
      this.#listener.data(piece.value)
      if (this.#paused !== null) await this.#paused.passed
    }
    if (this.#isOver()) return
    this.#over = true
    this.#listener.end()
  }

  /** Asked anew after each wait: the compiler would take the field for what it was before. */
  #isOver(): boolean {
    return this.#over
  }
}

function written(request: UpstreamRequest, signal: AbortSignal): [url: string, init: RequestInit] {
  const { body, headers: flat, method, origin, path } = request
  // An absolute path would name another host.
  if (!path.startsWith('/')) throw new TypeError('the path of a call begins with a slash')
  const headers = new Headers()
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] ?? ''
    if (!ownHeaders.has(name)) headers.append(name, flat[at + 1] ?? '')
  }
  const hasBody = bodyLength(body) > 0 && method !== 'GET'
  const init: RequestInit = { method, headers, redirect: 'manual', signal }
  return [`${origin}${path}`, hasBody ? { ...init, body: new Uint8Array(wholeBody(body)) } : init]
}

/** Codes of Node's causes, and the words of Deno's: for others nothing is known, and the call may have been made. */
const neverSentWords = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|\(Connect\)/

function neverSent(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const { cause } = thrown
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return neverSentWords.test(`${code} ${thrown.message}`)
}
