import type { DialectName, Provider, ProviderId } from '@pointsman/contract'
import type { Dialect } from '@pointsman/wire'
import type { ResilienceNumbers } from '@pointsman/core'
import type { RefusedCredentials } from './credentials/refused-credentials.ts'
import type { Circuits } from './circuits.ts'
import type { Drills } from './drills.ts'
import type { Log } from './log.ts'
import type { ModelAverages } from './model-averages.ts'
import type { Ports } from './ports.ts'
import type { RetryBudgets } from './retry-budgets.ts'
import type { FallbackEpisodes } from './fallback-episodes.ts'
import type { UnrecognisedFrames } from './unrecognised-frames.ts'

/** All that carrying out a job needs beside the job itself; built once by a door. */
export interface Engine {
  readonly ports: Ports
  readonly providers: ReadonlyMap<ProviderId, Provider>
  readonly dialects: ReadonlyMap<DialectName, Dialect>
  /** Addresses that replace a vendor's public one; a provider that is absent here is called at its own. */
  readonly baseUrls: ReadonlyMap<ProviderId, string>
  readonly unrecognised: UnrecognisedFrames
  readonly fallbackEpisodes: FallbackEpisodes
  readonly refusedCredentials: RefusedCredentials
  readonly averages: ModelAverages
  readonly resilience: ResilienceNumbers
  readonly circuits: Circuits
  readonly retryBudgets: RetryBudgets
  /** Left out: no drill is carried out here. */
  readonly drills?: Drills
  /** The largest answer that comes whole; left out: 50 MiB. Streams have no limit but time. */
  readonly maxAnswerBytes?: number
  readonly log: Log
}
