import type { Transport } from '../ports.ts'

export interface UndiciTransportOptions {
  /** Connections to one origin at most; calls beyond them wait for a free one. Default 256. */
  readonly connections?: number
  /** Calls that may wait for a connection to one origin; the next one fails at once. Default 1,024. */
  readonly maxWaiting?: number
  /** Until a TCP and TLS handshake is given up; the engine's own timer for a call is usually shorter. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** How long an idle connection is kept. Default 60,000. */
  readonly keepAliveTimeoutMs?: number
  /** Origins with a pool of their own at most; the one unused for the longest makes room. Default 64. */
  readonly maxOrigins?: number
}

export declare function createUndiciTransport(options?: UndiciTransportOptions): Transport
