import type { ErrorCode } from '@pointsman/contract'
import type { Settings } from '../../settings.ts'
import type { Sandbox } from '../providers.ts'

export type Role = 'control' | 'data'

/** Everything that a child of the host needs; keys go over the pipe, never through its arguments or environment. */
export interface ChildStart {
  readonly kind: 'start'
  readonly role: Role
  readonly settings: Settings
  readonly sandbox: Sandbox | null
  readonly masterKey: string
  readonly serviceKey: string
  readonly leastLevel: 'info' | 'warn'
  readonly sockets: Sockets
  /** Made anew by each host; who knows it was started by this one. */
  readonly secret: string
}

/** Unix sockets of the control plane, in a folder that only this user may enter. */
export interface Sockets {
  /** What is not a data-plane path. */
  readonly door: string
  /** What planes ask each other. */
  readonly link: string
}

export type ToChild =
  | ChildStart
  | { readonly kind: 'stop' }
  /** Another one has taken this one's place: it ends when its answers have. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'ping' }

export type FromChild =
  | { readonly kind: 'ready'; readonly notes: readonly string[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'pong' }

/** What a child runs, until it is told to stop. */
export interface ChildWork {
  readonly notes: readonly string[]
  /** Also while it is being renewed. */
  stop(): Promise<void>
  /** Ends while others serve on the same socket: what comes on its connections is served to their end. */
  renew?(): Promise<void>
}

/** The descriptor at which a data plane finds the host's socket; 0 to 3 are the standard ones and the pipe to the host. */
export const listeningDescriptor = 4
