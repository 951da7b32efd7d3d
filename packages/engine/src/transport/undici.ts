import { Pool, type Dispatcher } from 'undici'
import type { UpstreamRequest } from '@pointsman/contract'
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

/** One origin's connections, and how many calls wait for one. */
interface Gate {
  readonly pool: Pool
  waiting: number
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
  const retire = (pool: Pool): void => {
    const closed = pool.close().finally(() => closing.delete(closed))
    closing.add(closed)
  }
  const gateOf = (origin: string): Gate => {
    let gate = gates.get(origin)
    if (gate === undefined) {
      gate = { pool: openPool(origin, options), waiting: 0 }
      const oldest = gates.size < maxOrigins ? undefined : gates.entries().next().value
      if (oldest !== undefined) {
        gates.delete(oldest[0])
        retire(oldest[1].pool)
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
        const gate = gateOf(request.origin)
        if (gate.waiting >= maxWaiting)
          return refused(listener, `${maxWaiting} calls already wait for ${request.origin}`)
        return dispatch(gate, request, listener)
      } catch (thrown) {
        // undici throws on a path or header that may not be sent.
        return refused(listener, messageOf(thrown))
      }
    },
    async close() {
      for (const { pool } of gates.values()) retire(pool)
      gates.clear()
      await Promise.all(closing)
    },
  }
}

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
    ...(guard === undefined ? {} : { connect: { lookup: guard.lookup } }),
    keepAliveTimeout: keepAliveTimeoutMs,
    // The engine's timers are the only ones: two owners would disagree about what ran out.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

function dispatch(gate: Gate, request: UpstreamRequest, listener: UpstreamListener): UpstreamCall {
  // An absolute path would name another host to a proxy on the way.
  if (!request.path.startsWith('/')) throw new TypeError('the path of a call begins with a slash')
  const call = new Call(gate, listener)
  gate.waiting++
  try {
    gate.pool.dispatch(
      {
        path: request.path,
        method: request.method,
        headers: request.headers as string[],
        body: request.body.byteLength === 0 ? null : request.body,
      },
      call,
    )
  } catch (thrown) {
    gate.waiting--
    throw thrown
  }
  return call
}

/** A call that never began: told after `send` has returned, as every other failure is. */
function refused(listener: UpstreamListener, message: string): UpstreamCall {
  let aborted = false
  queueMicrotask(() => {
    if (!aborted) listener.failed({ kind: 'connect', message })
  })
  return { pause() {}, resume() {}, abort: () => void (aborted = true) }
}

/** One call: undici's handler and the engine's handle in one object. */
class Call implements Dispatcher.DispatchHandler, UpstreamCall {
  readonly #gate: Gate
  readonly #listener: UpstreamListener
  #controller: Dispatcher.DispatchController | null = null
  #paused = false
  #over = false

  constructor(gate: Gate, listener: UpstreamListener) {
    this.#gate = gate
    this.#listener = listener
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
    // Still waiting for a connection: `onRequestStart` ends it before anything is sent.
    this.#controller?.abort(new Error('the call was given up'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#controller === null) this.#gate.waiting--
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
    if (this.#over) return
    this.#over = true
    this.#listener.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#controller === null) this.#gate.waiting--
    if (this.#over) return
    this.#over = true
    this.#listener.failed({
      kind: this.#controller === null ? 'connect' : 'broken',
      message: messageOf(error),
    })
  }
}

/** Several addresses that all refuse come as one AggregateError without words of its own. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return [...new Set(thrown.errors.map(messageOf))].join(', ')
  return thrown instanceof Error ? thrown.message : String(thrown)
}
