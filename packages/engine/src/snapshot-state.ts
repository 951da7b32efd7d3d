import type { CompiledSnapshot } from '@pointsman/core'
import type { Digests, Revision, SnapshotManifest, SnapshotPart } from '@pointsman/contract'
import type { Log } from './log.ts'
import type { Clock } from './ports.ts'

/** Where a replica keeps the last snapshot that it applied, so that it can start while the registry is away. */
export interface LastGood {
  save(manifest: SnapshotManifest, parts: readonly SnapshotPart[]): Promise<void>
  /** The source said again, at this time, that what is kept is its newest. Told now and then, not each time. */
  confirmed?(atMs: number): Promise<void>
  load(): Promise<Kept | null>
}

export interface Kept {
  readonly manifest: SnapshotManifest
  readonly parts: readonly SnapshotPart[]
  /** When the source last confirmed it; absent = not known. Its age counts from then, over restarts too. */
  readonly confirmedAtMs?: number
}

export interface SnapshotHolderState {
  readonly revision: Revision | null
  /** Where the present one came from. */
  readonly origin: 'source' | 'last-good' | null
  readonly appliedAtMs: number | null
  /** When the source last confirmed that this is its newest; null = not since the start. */
  readonly confirmedAtMs: number | null
  /** From when its age counts. */
  readonly freshAtMs: number
  /** The source's last answer was a newest revision that could be taken. */
  readonly current: boolean
  /** Past its greatest age without an answer of the source: `pin()` refuses. */
  readonly expired: boolean
  readonly applied: number
  readonly failures: number
  readonly lastFailure: { readonly atMs: number; readonly message: string } | null
}

export interface SnapshotHolder {
  /** The present snapshot, once for each request; throws PointsmanError `not_ready` when there is none or it is too old. */
  pin(): CompiledSnapshot
  revision(): Revision | null
  state(): SnapshotHolderState
  /** Asks the source now; resolves when its answer has been applied or has failed (`state` tells which). */
  refresh(): Promise<void>
  /** Loads the last good one, asks the source once (waiting at most two seconds for its answer), then follows it. */
  start(): Promise<void>
  close(): void
}

export interface SnapshotHolderOptions {
  readonly digests: Digests
  readonly clock: Clock
  readonly log: Log
  /** After each swap: for acknowledgements. */
  onApplied(snapshot: CompiledSnapshot): void
  /** Once for each content that the source offers and this replica cannot take: the last good one stays. */
  onRefused?(revision: Revision, problem: string): void
  readonly lastGood?: LastGood
  /** Default 500. */
  readonly pollMs?: number
  /** Default 24 hours. */
  readonly maxAgeMs?: number
}

/** A snapshot that can be served. */
export interface Held {
  readonly manifest: SnapshotManifest
  readonly compiled: CompiledSnapshot
}

/** What the source has, and those of its parts that were not here. */
export interface Offer {
  readonly manifest: SnapshotManifest
  readonly fetched: readonly SnapshotPart[]
}
