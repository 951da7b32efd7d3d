import { failureWords, type UpstreamRequest } from '@pointsman/contract'
import type { AddressGuard } from '../address-guard.ts'
import { addressOf, type ProxyFor } from '../proxies.ts'
import type { Transport, UpstreamCall, UpstreamListener } from '../../ports.ts'
import { Call } from './call.ts'
import { OriginPool } from './origin-pool.ts'
import { requestHead } from './written-request.ts'

export interface Http1TransportOptions {
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
  /** Which proxy leads to an origin. It looks names up, so that the guard judges addresses alone. Left out: none does. */
  readonly proxyFor?: ProxyFor | undefined
}

const sweepEveryMs = 1_000

/**
 * The transport for Node: HTTP/1.1 straight on the socket, plain or TLS, one call a connection at a time: a request took 106 µs
 * with it and 143 with undici in its place (processor time of a data plane, in turn on a busy machine). It knows nothing of bodies that are packed and of redirects, which no vendor's API needs.
 */
export function createHttp1Transport(options: Http1TransportOptions = {}): Transport {
  const { maxOrigins = 64 } = options
  // Used last stands last.
  const pools = new Map<string, OriginPool>()
  // Pools that made room and finish their last calls.
  const retiring = new Set<Promise<void>>()
  let sweeping: NodeJS.Timeout | null = null
  const retire = (pool: OriginPool): void => {
    const retired = pool.retire().finally(() => retiring.delete(retired))
    retiring.add(retired)
  }
  const poolOf = (origin: string): OriginPool => {
    let pool = pools.get(origin)
    if (pool === undefined) {
      pool = openPool(origin, options)
      const oldest = pools.size < maxOrigins ? undefined : pools.entries().next().value
      if (oldest !== undefined) {
        pools.delete(oldest[0])
        retire(oldest[1])
      }
      pools.set(origin, pool)
      sweeping ??= setInterval(sweep, sweepEveryMs).unref()
    } else if (pools.size > 1) {
      pools.delete(origin)
      pools.set(origin, pool)
    }
    return pool
  }
  const sweep = (): void => {
    const nowMs = performance.now()
    for (const pool of pools.values()) pool.sweep(nowMs)
  }
  let closed = false
  return {
    send(request, listener) {
      try {
        if (closed) throw new Error('the server is stopping')
        const head = requestHead(request)
        return sendBy(poolOf(request.origin), { head, request }, listener)
      } catch (thrown) {
        return refused(listener, 'connect', failureWords(thrown))
      }
    },
    async close() {
      closed = true
      if (sweeping !== null) clearInterval(sweeping)
      for (const pool of pools.values()) {
        pool.refuseWaiting('the server is stopping')
        retire(pool)
      }
      pools.clear()
      await Promise.all(retiring)
    },
  }
}

function sendBy(
  pool: OriginPool,
  sendable: { readonly head: string; readonly request: UpstreamRequest },
  listener: UpstreamListener,
): UpstreamCall {
  if (pool.isCrowded) {
    const message = `${pool.maxWaiting} calls already wait for ${sendable.request.origin}`
    return refused(listener, 'busy', message)
  }
  const call = new Call(pool, sendable, listener, pool.isFull)
  pool.take(call)
  return call
}

function openPool(origin: string, options: Http1TransportOptions): OriginPool {
  const {
    connections = 256,
    connectTimeoutMs = 10_000,
    guard,
    keepAliveTimeoutMs = 30_000,
    maxWaiting = 1_024,
    proxyFor,
  } = options
  const url = new URL(origin)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError(`${url.protocol} is not spoken here`)
  // An address needs no look-up, so it is judged here; a name is judged by what it leads to at each connection.
  const problem = guard?.refuses(url.hostname) ?? null
  if (problem !== null) throw new Error(problem)
  const address = addressOf(url)
  const place = {
    ...address,
    proxy: proxyFor?.(address) ?? null,
    lookup: guard?.lookup,
    connectTimeoutMs,
    session: undefined,
  }
  return new OriginPool({ place, connections, maxWaiting, keepAliveTimeoutMs })
}

/** A call that never began: told after `send` has returned, as every other failure is. */
function refused(listener: UpstreamListener, kind: 'busy' | 'connect', message: string): UpstreamCall {
  let aborted = false
  queueMicrotask(() => {
    if (!aborted) listener.failed({ kind, message })
  })
  return {
    ...{ queued: kind === 'busy', proxy: null },
    pause() {},
    resume() {},
    abort: () => void (aborted = true),
  }
}
