import type { PointsmanError, RequestId, UsageRecord } from '@pointsman/contract'
import type { Dialect } from '@pointsman/wire'
import type { Engine } from './engine.ts'
import type { ClientSink, Job } from './job.ts'
import type { SnapshotSource } from './ports.ts'
import type { Refusal } from './refusal.ts'
import type { SnapshotHolder, SnapshotHolderOptions } from './snapshot-state.ts'

export type * from './ports.ts'
export type * from './job.ts'
export type { Refusal } from './refusal.ts'
export type * from './snapshot-state.ts'
export type { Engine } from './engine.ts'
export { createUnrecognisedFrames, type UnrecognisedFrames } from './unrecognised-frames.ts'
export { createFallbackEpisodes, type FallbackEpisodes, type ServedByFallback } from './fallback-episodes.ts'

export interface ErrorAnswer {
  readonly client: ClientSink
  readonly face: Dialect
  readonly error: PointsmanError
  readonly requestId: RequestId
  readonly headers: readonly string[]
}
export declare function carryOut(job: Job, engine: Engine): Promise<UsageRecord>
export declare function refuse(refusal: Refusal, engine: Engine): Promise<UsageRecord>
/** An error to somebody of whom no record is kept (no key, wrong key). Answers the status sent. */
export declare function sendError(answer: ErrorAnswer): number
export declare function createSnapshotHolder(
  source: SnapshotSource,
  options: SnapshotHolderOptions,
): SnapshotHolder
