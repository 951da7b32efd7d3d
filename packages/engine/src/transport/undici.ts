import { Readable } from 'node:stream'
import { Pool, type Dispatcher } from 'undici'
import { bodyLength, isWholeBody, type BodyBytes, type UpstreamRequest } from '@pointsman/contract'
import type { AddressGuard } from './address-guard.ts'
import type { Transport, UpstreamCall, UpstreamListener } from '../ports.ts'

export interface UndiciTransportOptions {
  /** Connections to one origin at most; calls beyond them wait for a free one. Default 256. */
  readonly connections?: number
  /** Calls that may wait for a connection to one origin; the next one fails at once. Default 1,024. */
  readonly maxWaiting?: number
  /** Until a TCP and TLS handshake is given up; the engine's own limit for a call is usually shorter. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** How long an idle connection is kept. Default 30,000: below the minute after which many front ends hang up. */
  readonly keepAliveTimeoutMs?: number
  /** Origins with a pool of their own at most; the one unused for the longest makes room. Default 64. */
  readonly maxOrigins?: number
  /** Judges each address when it is connected to. Left out: any will do, for tests and for what is not a server. */
  readonly guard?: AddressGuard
}

/** One origin's connections, and the calls that wait for one. */
interface Gate {
  readonly pool: Pool
  readonly most: number
  /** Calls that have a connection, or the making of one, to themselves. */
  placed: number
  /** Who came first goes first. Kept here and not by undici, which does not tell who waits for what. */
  readonly queue: Call[]
}

/**
 * The transport for Node: one undici pool for each origin, dispatched with a handler object (performance.md 3.2, row 1:
 * half the cost of `request`, a quarter of `fetch`).
 */
export function createUndiciTransport(options: UndiciTransportOptions = {}): Transport {
  const { maxWaiting = 1_024, maxOrigins = 64 } = options
  // Used last stands last.
  const gates = new Map<string, Gate>()
  // Pools that made room and finish their last calls.
  const closing = new Set<Promise<unknown>>()
  const retire = ({ pool, queue }: Gate): void => {
    // A closing pool ends the calls that it has and takes no others.
    for (const call of queue.splice(0)) call.begin()
    const closed = pool.close().finally(() => closing.delete(closed))
    closing.add(closed)
  }
  const gateOf = (origin: string): Gate => {
    let gate = gates.get(origin)
    if (gate === undefined) {
      const { connections: most = 256 } = options
      gate = { pool: openPool(origin, options), most, placed: 0, queue: [] }
      const oldest = gates.size < maxOrigins ? undefined : gates.entries().next().value
      if (oldest !== undefined) {
        gates.delete(oldest[0])
        retire(oldest[1])
      }
    } else {
      gates.delete(origin)
    }
    gates.set(origin, gate)
    return gate
  }
  return {
    send(request, listener) {
      try {
        // An absolute path would name another host to a proxy on the way.
        if (!request.path.startsWith('/')) throw new TypeError('the path of a call begins with a slash')
        const gate = gateOf(request.origin)
        const call = new Call(gate, request, listener)
        if (gate.placed < gate.most) call.begin()
        else if (gate.queue.length < maxWaiting) gate.queue.push(call)
        else return refused(listener, 'busy', `${maxWaiting} calls already wait for ${request.origin}`)
        return call
      } catch (thrown) {
        return refused(listener, 'connect', messageOf(thrown))
      }
    },
    async close() {
      for (const gate of gates.values()) retire(gate)
      gates.clear()
      await Promise.all(closing)
    },
  }
}

/**
 * What is read ahead while a slow client is waited for: small reads up to this, or one larger. Not 0, at which each read is
 * followed by a stop and a start of the socket, and so by a system call (measured: one `io_uring_enter` a chunk); nor Node's
 * own 64 KiB, at which three large reads lie here.
 */
const reading = { highWaterMark: 16_384 }

function openPool(origin: string, options: UndiciTransportOptions): Pool {
  const { connections = 256, connectTimeoutMs = 10_000, guard, keepAliveTimeoutMs = 30_000 } = options
  // An address needs no look-up, so it is judged here; a name is judged by what it leads to at each connection.
  const problem = guard?.refuses(new URL(origin).hostname) ?? null
  if (problem !== null) throw new Error(problem)
  return new Pool(origin, {
    connections,
    // One call a connection: a model's long answer would stand in front of all that follow it.
    pipelining: 1,
    allowH2: false,
    connectTimeout: connectTimeoutMs,
    connect: { ...reading, ...(guard === undefined ? {} : { lookup: guard.lookup }) },
    keepAliveTimeout: keepAliveTimeoutMs,
    // The engine's timers are the only ones: two owners would disagree about what ran out.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

/** A call that never began: told after `send` has returned, as every other failure is. */
function refused(listener: UpstreamListener, kind: 'busy' | 'connect', message: string): UpstreamCall {
  let aborted = false
  queueMicrotask(() => {
    if (!aborted) listener.failed({ kind, message })
  })
  return { queued: kind === 'busy', pause() {}, resume() {}, abort: () => void (aborted = true) }
}

/** One call: undici's handler and the engine's handle in one object. */
class Call implements Dispatcher.DispatchHandler, UpstreamCall {
  readonly queued: boolean
  readonly #gate: Gate
  readonly #request: UpstreamRequest
  readonly #listener: UpstreamListener
  #controller: Dispatcher.DispatchController | null = null
  #placed = false
  #paused = false
  #over = false

  constructor(gate: Gate, request: UpstreamRequest, listener: UpstreamListener) {
    this.queued = gate.placed >= gate.most
    this.#gate = gate
    this.#request = request
    this.#listener = listener
  }

  /** Takes a place and goes to a connection of its own. Never throws. */
  begin(): void {
    const { headers, method, path } = this.#request
    this.#gate.placed++
    this.#placed = true
    try {
      this.#gate.pool.dispatch({ path, method, ...written(headers, this.#request.body) }, this)
    } catch (thrown) {
      // undici throws on a path or header that may not be sent.
      queueMicrotask(() => this.#fail('connect', messageOf(thrown)))
    }
  }

  pause(): void {
    this.#paused = true
    this.#controller?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#controller?.resume()
  }

  abort(): void {
    if (this.#over) return
    this.#over = true
    const place = this.#placed ? -1 : this.#gate.queue.indexOf(this)
    if (place !== -1) this.#gate.queue.splice(place, 1)
    // One whose connection is being made is ended by `onRequestStart` before anything is sent.
    this.#controller?.abort(new Error('the call was given up'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) {
      controller.abort(new Error('the call was given up'))
      return
    }
    if (this.#paused) controller.pause()
    this.#listener.connected()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: { readonly [name: string]: string | string[] | undefined },
  ): void {
    // 1xx heads come before the answer's own.
    if (this.#over || status < 200) return
    const single: { [name: string]: string | undefined } = {}
    for (const name in headers) {
      const value = headers[name]
      single[name] = Array.isArray(value) ? value[0] : value
    }
    this.#listener.head({ status, headers: single })
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (!this.#over) this.#listener.data(bytes)
  }

  onResponseEnd(): void {
    this.#leave()
    if (this.#over) return
    this.#over = true
    this.#listener.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(this.#controller === null ? 'connect' : 'broken', messageOf(error))
  }

  #fail(kind: 'connect' | 'broken', message: string): void {
    this.#leave()
    if (this.#over) return
    this.#over = true
    this.#listener.failed({ kind, message })
  }

  /** Its place is the next one's. */
  #leave(): void {
    if (!this.#placed) return
    this.#placed = false
    this.#gate.placed--
    this.#gate.queue.shift()?.begin()
  }
}

/** Pieces have no length that undici knows of; without one they would be sent as chunks, which not every vendor takes. */
function written(
  headers: UpstreamRequest['headers'],
  body: BodyBytes,
): Pick<Dispatcher.DispatchOptions, 'body' | 'headers'> {
  if (isWholeBody(body)) return { headers: headers as string[], body: body.byteLength === 0 ? null : body }
  return { headers: [...headers, 'content-length', String(bodyLength(body))], body: Readable.from(body) }
}

/** Several addresses that all refuse come as one AggregateError without words of its own. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return [...new Set(thrown.errors.map(messageOf))].join(', ')
  return thrown instanceof Error ? thrown.message : String(thrown)
}
