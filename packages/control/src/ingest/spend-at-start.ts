import type { JournalPosition, UsageRecord } from '@pointsman/contract'
import { listJournals, readJournal, startOf } from '@pointsman/journal'
import type { Database, listKeys, readBudgetSpend, readCheckpoints } from '@pointsman/registry'
import { isSame } from './collect-batch.ts'

/** The registry's functions that this needs. */
export interface SpendRegistry {
  readonly readBudgetSpend: typeof readBudgetSpend
  readonly readCheckpoints: typeof readCheckpoints
  readonly listKeys: typeof listKeys
}

export interface SpendAtStartOptions {
  readonly journalDir: string
  readonly database: Database
  readonly registry: SpendRegistry
  /** Begins of the UTC day and month that run. */
  readonly dayMs: number
  readonly monthMs: number
}

export interface Spend {
  readonly dayNanoUsd: number
  readonly monthNanoUsd: number
}

const none: Spend = { dayNanoUsd: 0, monthNanoUsd: 0 }

/**
 * What every budget has spent when a host starts: the rollups, and what this host's journals hold that no rollup has yet.
 * To be asked after the journals were recovered and before the ingest starts, so that nothing is counted twice. Rejects
 * where the database does not answer.
 */
export async function spendAtStart(options: SpendAtStartOptions): Promise<ReadonlyMap<string, Spend>> {
  const { database, registry } = options
  const stored = await registry.readBudgetSpend(database, options)
  const spend = new Map<string, Spend>(stored.map(({ budget, ...spent }) => [budget, spent]))
  const budgets = new Map(
    (await registry.listKeys(database, { includeRevoked: true })).map(({ key }) => [
      key.id,
      key.budget ?? key.id,
    ]),
  )
  const checkpoints = await registry.readCheckpoints(database)
  await eachUnread(options.journalDir, checkpoints, (record) => {
    const { keyId } = record
    if (keyId === null) return
    const budget = budgets.get(keyId) ?? keyId
    spend.set(budget, plus(spend.get(budget) ?? none, record, options))
  })
  return spend
}

/** What the journals of this host hold, without a database: its records of the days that their segments are kept. */
export async function spendInJournals(
  options: Pick<SpendAtStartOptions, 'dayMs' | 'journalDir' | 'monthMs'>,
): Promise<ReadonlyMap<string, Spend>> {
  const spend = new Map<string, Spend>()
  await eachUnread(options.journalDir, [], (record) => {
    if (record.keyId !== null) spend.set(record.keyId, plus(spend.get(record.keyId) ?? none, record, options))
  })
  return spend
}

const plus = (
  { dayNanoUsd, monthNanoUsd }: Spend,
  { costNanoUsd, receivedAtMs }: UsageRecord,
  { dayMs, monthMs }: Pick<SpendAtStartOptions, 'dayMs' | 'monthMs'>,
): Spend => ({
  dayNanoUsd: dayNanoUsd + (receivedAtMs >= dayMs ? (costNanoUsd ?? 0) : 0),
  monthNanoUsd: monthNanoUsd + (receivedAtMs >= monthMs ? (costNanoUsd ?? 0) : 0),
})

async function eachUnread(
  journalDir: string,
  checkpoints: readonly JournalPosition[],
  visit: (record: UsageRecord) => void,
): Promise<void> {
  const stored = new Map(checkpoints.map((position) => [position.journal, position]))
  for (const { journal } of await listJournals(journalDir)) {
    let position = stored.get(journal) ?? startOf(journal)
    for (let ended = false; !ended;) {
      const read = await readJournal(journalDir, position, { skipIntents: true })
      for (const { record } of read.records) if (record.type === 'outcome') visit(record.record)
      ended = read.ended || isSame(read.position, position)
      position = read.position
    }
  }
}
