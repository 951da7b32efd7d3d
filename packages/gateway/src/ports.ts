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

export interface HostLink {
  health(): Health
  /** Requests are refused with `shutting_down` once this is true. */
  stopping(): boolean
}

/** Turns a presented key into its digest; the pepper stays with the door that derived it. */
export type KeyDigest = (presentedKey: string) => string

/**
 * A signature made with an access-key pair of `keys create --aws`: the id of the key whose derived secret made it, or
 * null. Verifying needs the master key, which the data plane's stages never see.
 */
export type SignatureCheck = (request: {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly authorization: string
  readonly body: Uint8Array
}) => string | null

/** A signed-in user's token: the principal that it proves, or null; at once where it was checked before. */
export type TokenCheck = (token: string, nowMs: number) => Principal | null | Promise<Principal | null>
