import type { Digests } from '@pointsman/contract'
import type { AwsIdentity, Clock, Transport } from '@pointsman/engine'
import type { Fetch } from '@pointsman/engine/fetch'
import type { ProxiedAgents } from '@pointsman/engine/proxied-agents'
import type { Crc32 } from '@pointsman/wire'

/** Variables by their names, as a process has them. */
export interface Environment {
  readonly [name: string]: string | undefined
}

/** AWS's SDK makes agents of its own, which know of no proxy. */
export interface SdkConfig {
  readonly requestHandler?: ProxiedAgents
}

/** What differs between Node, Lambda, Deno and a test; handed in, so that nothing beside it knows where it runs. */
export interface Platform {
  readonly digests: Digests
  readonly crc32: Crc32
  readonly clock: Clock
  /** Its timers keep no process alive: for looks at a server and for metrics that wait. */
  readonly idleClock: Clock
  readonly chance: () => number
  readonly newId: () => string
  readonly environment: Environment
  /** `namedHosts` may be called although they stand in a private network. */
  readonly fetch: Fetch
  openTransport(namedHosts: ReadonlySet<string>): Transport
  /** The AWS default credential chain. */
  readonly awsChain: () => Promise<AwsIdentity>
  /** Of clients of AWS's SDK; left out: its own will do. */
  readonly sdkConfig?: SdkConfig
  /**
   * Calls `close` before the process ends: by itself, or by a signal that nobody else takes, which then ends it. `flush` at one that
   * somebody else takes. The returned function takes that back.
   */
  onShutdown(close: () => Promise<void>, flush: () => Promise<void>): () => void
}
