import type { FileLayer, Journal, JournalDamage } from '@pointsman/journal'
import type { Database, deleteCheckpoint, ingestBatch, readCheckpoints } from '@pointsman/registry'
import type { Clock, Log } from '../ports.ts'

/** The registry's functions that ingest needs. */
export interface IngestRegistry {
  readonly ingestBatch: typeof ingestBatch
  readonly readCheckpoints: typeof readCheckpoints
  readonly deleteCheckpoint: typeof deleteCheckpoint
}

export interface IngestOptions {
  /** Directory of all journals of this host. */
  readonly journalDir: string
  /** Stays the caller's to close, after `stop`. */
  readonly database: Database
  readonly registry: IngestRegistry
  readonly clock: Clock
  readonly log: Log
  /** A writer in this process: its commits wake the ingest before the next poll. */
  readonly journal?: Pick<Journal, 'onCommit'>
  /** Spreads the tries of several hosts; numbers in [0, 1). */
  readonly chance?: () => number
  /** Records in one transaction; 2,000, with the embedded database 500. */
  readonly maxBatchRecords?: number
  /** How long a record may wait for others to share its transaction; 200 ms. */
  readonly maxWaitMs?: number
  /** How often journals of other processes are looked at; 500 ms. */
  readonly pollMs?: number
  /** How long a segment stays after it was ingested; 7 days. */
  readonly keepSegmentsMs?: number
  readonly files?: FileLayer
}

export interface IngestStats {
  /** The database holds everything that was in the journals at this time; null before the first time. */
  readonly caughtUpAtMs: number | null
  /** How far the database may be behind the journals: time since `caughtUpAtMs`, else since the start. */
  readonly lagMs: number
  /** Tries in a row that the database refused or did not answer. */
  readonly failuresInARow: number
  readonly batches: number
  /** Usage records that were new to the database. */
  readonly inserted: number
  /** Usage records that were there already. */
  readonly repeated: number
  /** Places in journals that hold no readable record, by kind. */
  readonly damage: { readonly [Kind in JournalDamage['kind']]: number }
  /** Records that the database refuses for what they say: kept as files in `<journalDir>/quarantine`. */
  readonly quarantined: number
  /** Journals that cannot be read now; their records wait. */
  readonly unreadable: number
}

export interface IngestStopped {
  /** The database holds everything that the journals held at the end. */
  readonly drained: boolean
}

/** Carries the journals' records into the registry, each exactly once. */
export interface Ingest {
  /** Looks now instead of at the next poll; does not cut short the pause after a failure. */
  wake(): void
  stats(): IngestStats
  /**
   * Takes in what the journals hold, for at most this long, then ends. What is left is taken in by the next
   * start. A second call returns the first one's promise.
   */
  stop(limitMs: number): Promise<IngestStopped>
}
