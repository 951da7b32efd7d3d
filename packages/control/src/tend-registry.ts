import {
  ensureUsagePartitions,
  pruneReplicas,
  pruneSnapshotParts,
  pruneUsageRecords,
  refreshCosts,
  writeSetting,
  type Database,
} from '@pointsman/registry'
import type { Clock, Log } from './ports.ts'

export interface TendingParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly region: string
}

/** What the registry needs done now and then. Every task is safe to do twice, and by several hosts. */
export interface Tending {
  /** Resolves when the first round is done. */
  start(): Promise<void>
  stop(): Promise<void>
}

const everyMs = 3_600_000
const dayMs = 86_400_000
const forgetReplicasAfterMs = 7 * dayMs
/** A replica asks for the newest revision only; older manifests serve those who look back. */
const keepRevisions = 100
/** The embedded database shares its machine's disk: raw records go after this, rollups stay. */
const keepEmbeddedRecordsMs = 30 * dayMs

export function createTending(parts: TendingParts): Tending {
  const { clock } = parts
  let cancel = (): void => undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  const again = (): void => {
    if (stopped) return
    running = round(parts)
    cancel = clock.after(everyMs, again)
  }
  return {
    start: async () => {
      again()
      await running
    },
    stop: async () => {
      stopped = true
      cancel()
      await running
    },
  }
}

/** One task that fails does not keep the others from being done. */
async function round({ database, clock, log, region }: TendingParts): Promise<void> {
  const tasks: { readonly [name: string]: () => Promise<unknown> } = {
    region: () => writeSetting(database, 'region', region),
    costs: () => refreshCosts(database),
    partitions: () => ensureUsagePartitions(database, 2),
    replicas: () => pruneReplicas(database, clock.nowMs() - forgetReplicasAfterMs),
    snapshots: () =>
      database.transaction({ purpose: 'plain' }, (transaction) =>
        pruneSnapshotParts(transaction, keepRevisions),
      ),
    records: async () => {
      if (database.kind !== 'embedded') return
      const before = clock.nowMs() - keepEmbeddedRecordsMs
      await database.transaction({ purpose: 'plain' }, (transaction) =>
        pruneUsageRecords(transaction, before),
      )
    },
  }
  for (const [task, work] of Object.entries(tasks)) {
    try {
      await work()
    } catch (error) {
      log('warn', 'registry_not_tended', { task, error })
    }
  }
}
