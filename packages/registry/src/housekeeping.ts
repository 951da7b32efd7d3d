import type { Database } from './database.ts'
import { refreshCosts } from './models.ts'
import { pruneReplicas } from './replicas.ts'
import { pruneSnapshotParts } from './snapshots.ts'
import { ensureUsagePartitions, pruneUsageRecords } from './usage/records.ts'

export interface HousekeepingOptions {
  readonly nowMs: number
  /** Raw usage records older than this go; null = none. Rollups stay. */
  readonly keepRecordsMs: number | null
  /** How many revisions keep their manifest and parts. Default 1,000. */
  readonly keepRevisions?: number
}

export interface HousekeepingReport {
  readonly changedCosts: number
  readonly madePartitions: number
  /** Without those of whole months. */
  readonly removedRecords: number
  readonly removedReplicas: number
  readonly removedParts: number
}

const dayMs = 86_400_000

/**
 * What nobody else does: today's costs, partitions ahead of time, and an end for what has had its day. Safe to run
 * on several hosts at once; once an hour is often enough.
 */
export async function keepHouse(
  database: Database,
  { nowMs, keepRecordsMs, keepRevisions = 1_000 }: HousekeepingOptions,
): Promise<HousekeepingReport> {
  const plain = { purpose: 'plain' } as const
  return {
    changedCosts: await database.transaction(plain, refreshCosts),
    madePartitions: await database.transaction(plain, (transaction) => ensureUsagePartitions(transaction, 2)),
    removedRecords:
      keepRecordsMs === null ? 0 : (await pruneUsageRecords(database, nowMs - keepRecordsMs)).rows,
    removedReplicas: await database.transaction(plain, (transaction) =>
      pruneReplicas(transaction, nowMs - dayMs),
    ),
    removedParts: await database.transaction(plain, (transaction) =>
      pruneSnapshotParts(transaction, keepRevisions),
    ),
  }
}
