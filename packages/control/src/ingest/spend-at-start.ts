import type { JournalPosition, Key, RequestId, UsageRecord } from '@pointsman/contract'
import { journalIds, readJournal, startOf, type FileLayer } from '@pointsman/journal'
import type {
  Database,
  listKeys,
  readBudgetSpend,
  readCheckpoints,
  storedRequests,
} from '@pointsman/registry'
import type { Log } from '../ports.ts'
import { isSame } from './collect-batch.ts'

/** The registry's functions that this needs. */
export interface SpendRegistry {
  readonly readBudgetSpend: typeof readBudgetSpend
  readonly readCheckpoints: typeof readCheckpoints
  readonly storedRequests: typeof storedRequests
  readonly listKeys: typeof listKeys
}

export interface SpendAtStartOptions {
  readonly journalDir: string
  readonly log: Log
  readonly files?: FileLayer
  readonly database: Database
  readonly registry: SpendRegistry
  /** Begins of the UTC day and month that run. */
  readonly dayMs: number
  readonly monthMs: number
}

export interface JournalSpendOptions extends Omit<SpendAtStartOptions, 'database' | 'registry'> {
  /** As `budgetsOf` says; a key that is not among them counts for itself. */
  readonly budgets: ReadonlyMap<string, string>
}

export interface Spend {
  readonly dayNanoUsd: number
  readonly monthNanoUsd: number
}

const dayLastsMs = 86_400_000
const none: Spend = { dayNanoUsd: 0, monthNanoUsd: 0 }

/**
 * What every budget has spent when a host starts: the rollups, and what this host's journals hold that no rollup has yet.
 * To be asked after the journals were recovered and before the ingest starts, so that nothing is counted twice. Rejects
 * where the database does not answer.
 */
export async function spendAtStart(options: SpendAtStartOptions): Promise<ReadonlyMap<string, Spend>> {
  const { database, registry } = options
  const summed = await registry.readBudgetSpend(database, options)
  const spend = new Map<string, Spend>(summed.map(({ budget, ...spent }) => [budget, spent]))
  const rows = await registry.listKeys(database, { includeRevoked: true })
  const budgets = budgetsOf(rows.map(({ key }) => key))
  const checkpoints = await registry.readCheckpoints(database)
  const add = adding({ ...options, budgets }, spend)
  const doubtful: Spending[] = []
  await eachUnread(options, checkpoints, (record, mayBeStored) => {
    const { costNanoUsd, keyId, receivedAtMs, requestId } = record
    if (!mayBeStored) add(record)
    else if (keyId !== null) doubtful.push({ costNanoUsd, keyId, receivedAtMs, requestId })
  })
  const stored = await registry.storedRequests(database, doubtful)
  for (const record of doubtful) if (!stored.has(record.requestId)) add(record)
  return spend
}

/** What the journals of this host hold, without a database: its records of the days that their segments are kept. */
export async function spendInJournals(options: JournalSpendOptions): Promise<ReadonlyMap<string, Spend>> {
  const spend = new Map<string, Spend>()
  await eachUnread(options, [], adding(options, spend))
  return spend
}

/** The budget of each key, by its id. */
export const budgetsOf = (keys: readonly Pick<Key, 'budget' | 'id'>[]): ReadonlyMap<string, string> =>
  new Map(keys.map(({ budget, id }) => [id, budget ?? id]))

type Spending = Pick<UsageRecord, 'costNanoUsd' | 'keyId' | 'receivedAtMs' | 'requestId'>

const adding =
  (options: Pick<JournalSpendOptions, 'budgets' | 'dayMs' | 'monthMs'>, spend: Map<string, Spend>) =>
  (record: Spending): void => {
    const { keyId } = record
    if (keyId === null) return
    const budget = options.budgets.get(keyId) ?? keyId
    spend.set(budget, plus(spend.get(budget) ?? none, record, options))
  }

/** As `readBudgetSpend` counts: not what is dated later, by a clock that ran ahead. */
function plus(
  { dayNanoUsd, monthNanoUsd }: Spend,
  { costNanoUsd, receivedAtMs }: Spending,
  { dayMs, monthMs }: Pick<SpendAtStartOptions, 'dayMs' | 'monthMs'>,
): Spend {
  const cost = costNanoUsd ?? 0
  const month = new Date(monthMs)
  const monthEndsMs = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)
  return {
    dayNanoUsd: dayNanoUsd + (receivedAtMs >= dayMs && receivedAtMs < dayMs + dayLastsMs ? cost : 0),
    monthNanoUsd: monthNanoUsd + (receivedAtMs >= monthMs && receivedAtMs < monthEndsMs ? cost : 0),
  }
}

/** `mayBeStored`: a repeat of what stands before the checkpoint, for all that the journal behind it can tell. */
type Visit = (record: UsageRecord, mayBeStored: boolean) => void
type JournalsOptions = Pick<SpendAtStartOptions, 'files' | 'journalDir' | 'log'>

/** Each record once. A journal that cannot be read is counted as far as it can be, for no start may wait until it can. */
async function eachUnread(
  options: JournalsOptions,
  checkpoints: readonly JournalPosition[],
  visit: Visit,
): Promise<void> {
  const stored = new Map(checkpoints.map((position) => [position.journal, position]))
  for (const journal of await journalIds(options.journalDir, options)) {
    try {
      const checkpoint = stored.get(journal)
      // So soon follows a repeat what it repeats.
      let doubtful = checkpoint === undefined ? 0 : remembered
      await eachFrom(options, checkpoint ?? startOf(journal), (record) => visit(record, doubtful-- > 0))
    } catch (error) {
      options.log('error', 'journal_not_counted', { journal, error })
    }
  }
}

async function eachFrom(
  options: JournalsOptions,
  from: JournalPosition,
  visit: (record: UsageRecord) => void,
): Promise<void> {
  const isRepeated = createRepeats()
  let position = from
  for (let ended = false; !ended;) {
    const read = await readJournal(options.journalDir, position, { ...options, skipIntents: true })
    for (const { record } of read.records)
      if (record.type === 'outcome' && !isRepeated(record.record.requestId)) visit(record.record)
    ended = read.ended || isSame(read.position, position)
    position = read.position
  }
}

/** Several times what a batch of the journal's writer can hold: 1 MiB of records, none of which is below 300 bytes. */
const remembered = 10_000

/**
 * Whether an id was asked about before. A write that failed is written again as the same batch, at once, so that only the
 * newest ids are kept: twice `remembered` at most. A holder of mutable state.
 */
function createRepeats(): (id: RequestId) => boolean {
  let older = new Set<RequestId>()
  let newer = new Set<RequestId>()
  return (id) => {
    if (newer.has(id) || older.has(id)) return true
    newer.add(id)
    if (newer.size >= remembered) [older, newer] = [newer, new Set()]
    return false
  }
}
