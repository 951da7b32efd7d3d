import type { Principal, Revision } from '@pointsman/contract'
import type { Exchange } from './exchange.ts'

/** Everything that is not a data-plane path: the control plane, in this process or behind a socket. */
export interface ControlDoor {
  forward(exchange: Exchange): Promise<void>
}

/** What `/readyz` tells. */
export interface Health {
  readonly ready: boolean
  readonly revision: Revision | null
  readonly snapshotAgeMs: number | null
  /** What an operator should know although the process serves: missing credentials, a store that is not power-cut safe, … */
  readonly notes: readonly string[]
}

/** What `/metrics` tells, written out. */
export interface ExposedMetrics {
  readonly contentType: string
  readonly text: string
}

export interface HostLink {
  health(): Health
  /** Of the whole host. Rejects with PointsmanError `registry_unavailable` where the other processes cannot be asked. */
  metrics(accept: string | undefined): Promise<ExposedMetrics>
  /** Requests are refused with `shutting_down` once this is true. */
  stopping(): boolean
}

/** `requests` and `tokens` by UTC minute, spend by UTC day and month, `concurrent` at any instant. */
export type LimitKind = 'requests' | 'tokens' | 'concurrent' | 'spend-day' | 'spend-month'

/** One count of one budget: a key's own, or the one that it shares with the key whose place it took. */
export interface LimitCount {
  readonly budget: string
  readonly kind: LimitKind
  /** Begin of the window in Unix milliseconds; 0 for `concurrent`, which has none. */
  readonly windowMs: number
}

export interface LeaseAsk extends LimitCount {
  readonly limit: number
  /** How much is wanted, above 0: requests, tokens or nano-dollars. */
  readonly amount: number
}

/**
 * Hands out what keys may use, so that all processes that share a registry keep one limit. In one process it answers at
 * once; behind a socket or a database it leases slices. An implementation whose own source does not answer in time goes on by
 * a rule of its own, which it states: it counts by itself, or throws (rejects with) PointsmanError `registry_unavailable`
 * where the operator would rather refuse than overrun a limit.
 */
export interface LimitLeases {
  /** One grant for each ask, in their order: from 0 to the amount. What is granted counts as used until it is charged back. */
  lease(asks: readonly LeaseAsk[]): readonly number[] | Promise<readonly number[]>
  /** Used beyond what was granted (above 0), or given back (below 0); without a limit. */
  charge(changes: readonly (LimitCount & { readonly amount: number })[]): void
  /** What all have leased of a count, as far as it is known here; absent = not known. */
  used?(count: LimitCount): number
  /** False = what is given back just now would reach nobody, and is to be kept. Absent = it never does. */
  up?(): boolean
  /**
   * The source is another from now on: it knows of what has ended, and of slots, but of nothing else that was granted before.
   * For one listener. Absent = it stays the same.
   */
  onReplaced?(listener: () => void): void
}

/** Turns a presented key into its digest; the pepper stays with the door that derived it. */
export type KeyDigest = (presentedKey: string) => string

/**
 * A signature made with an access-key pair of `keys create --aws`: the id of the key whose derived secret made it, or
 * null. Verifying needs the master key, which the data plane's stages never see. Without the body (null) what the head alone
 * proves: null only where the signature cannot be right.
 */
export type SignatureCheck = (request: {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly authorization: string
  readonly body: Uint8Array | null
}) => string | null

/** A signed-in user's token: the principal that it proves, or null; at once where it was checked before. */
export type TokenCheck = (token: string, nowMs: number) => Principal | null | Promise<Principal | null>
