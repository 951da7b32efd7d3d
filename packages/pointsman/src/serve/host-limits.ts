import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PointsmanError } from '@pointsman/contract'
import { budgetsOf, spendAtStart, spendInJournals, type Spend } from '@pointsman/control/ingest'
import {
  createMemoryLedger,
  createSharedLedger,
  type LimitCount,
  type LimitLeases,
  type LimitSource,
  type LimitsOptions,
} from '@pointsman/gateway'
import type { SnapshotSource } from '@pointsman/engine'
import * as registry from '@pointsman/registry'
import type { Database } from '@pointsman/registry'
import type { Settings } from '../settings.ts'
import { endsWithin, systemClock } from './clock.ts'
import { lastGoodFolder } from './last-good.ts'
import { followSpendLimits, readingSpend } from './later-spend-limits.ts'
import type { Log } from './log.ts'
import { createSpendOpenings, spendWindowsAt, type SpendWindows } from './spend-openings.ts'

/** The counts of this host, which begin where the last start's ended, so that a restart gives no spent key its money back. */
export interface HostLimits {
  readonly forDataPlane: Pick<LimitsOptions, 'leases' | 'share'>
  /** From the rollups and the unread journal. To be called before the ingest of this host starts. */
  open(database: Database): Promise<void>
  /** Where the database does not answer: what this host's own journals still hold. Never rejects. */
  openWithout(): Promise<void>
  /** Limits of spend that keys are given from now on. */
  follow(database: Database, source: SnapshotSource): { stop(): void }
  /** Gives back to other hosts what is not used. Never rejects. */
  stop(): Promise<void>
}

interface HostLimitsParts {
  readonly settings: Pick<Settings, 'dataDir' | 'databaseUrl' | 'limitsWhenAway'>
  readonly log: Log
}

/** Minutes and slots begin empty; spend is what is opened with. A holder of mutable state: whether the database was read, or the journals. */
export function createHostLimits({ settings, log }: HostLimitsParts): HostLimits {
  const journalDir = join(settings.dataDir, 'journal')
  const openings = createSpendOpenings()
  let isOpen = false
  let without: Promise<void> | null = null
  const ledger =
    settings.databaseUrl === null
      ? { ...ownLedger(openings.of), open: () => undefined, stop: () => Promise.resolve() }
      : sharedLedger({ opening: openings.of, log, whenAway: settings.limitsWhenAway })
  const take = (windows: SpendWindows, spend: ReadonlyMap<string, Spend>): void => {
    openings.add(
      windows,
      [...spend].map(([budget, spent]) => ({ budget, ...spent })),
    )
    // What was counted meanwhile stands where it is more.
    ledger.raise()
  }
  const openWithout = async (): Promise<void> => {
    const windows = spendWindowsAt(systemClock.nowMs())
    try {
      const budgets = await keptBudgets(settings.dataDir, log)
      const spend = await spendInJournals({ ...windows, journalDir, log, budgets })
      // The database may have answered while the journals were read.
      if (!isOpen) take(windows, spend)
      log('warn', 'limits_opened_from_journals', { budgets: spend.size })
    } catch (error) {
      without = null
      log('error', 'limits_not_opened', { error })
    }
  }
  return {
    forDataPlane: { leases: ledger, share: 0 },
    async open(database) {
      const windows = spendWindowsAt(systemClock.nowMs())
      take(windows, await spendAtStart({ ...windows, journalDir, log, database, registry }))
      isOpen = true
      ledger.open(database)
    },
    async openWithout() {
      // Once a start, unless it failed: each retry would read days of journals anew, and what was spent since the first is counted here.
      if (!isOpen) await (without ??= openWithout())
    },
    follow: (database, source) =>
      followSpendLimits({ source, log, read: readingSpend(database, openings, () => ledger.raise()) }),
    stop: () => ledger.stop(),
  }
}

/** Which keys share a budget, as the last good snapshot says: a journal's records name their key alone. */
async function keptBudgets(dataDir: string, log: Log): Promise<ReadonlyMap<string, string>> {
  try {
    const kept = await lastGoodFolder(dataDir).load()
    return budgetsOf((kept?.parts ?? []).flatMap((part) => (part.kind === 'keys' ? part.entries : [])))
  } catch (error) {
    log('warn', 'shared_budgets_not_known', { error })
    return new Map()
  }
}

interface HostLedger extends LimitLeases {
  raise(): void
  open(database: Database): void
  stop(): Promise<void>
}

const ownLedger = (opening: (count: LimitCount) => number) =>
  createMemoryLedger({ nowMs: systemClock.nowMs, opening })

/** A host that was not heard of for so long holds no slots and no slices: three times the longest silence of one that lives. */
const livesMs = 15_000
const tidyEveryMs = 60_000
/** A database that hangs must not hold up a stop: what is held ends by itself. */
const stopWithinMs = 1_000

function sharedLedger({
  log,
  opening,
  whenAway,
}: {
  readonly log: Log
  readonly opening: (count: LimitCount) => number
  readonly whenAway: Settings['limitsWhenAway']
}): HostLedger {
  const source = createSource()
  let isTold = false
  const ledger = createSharedLedger({
    source,
    clock: systemClock,
    opening,
    whenAway,
    onFailure: (error) => {
      // Said once: each second would fill the log.
      if (!isTold) log('warn', 'limits_not_shared', { error, whenAway })
      isTold = true
    },
  })
  return {
    lease: (asks) => ledger.lease(asks),
    charge: (changes) => ledger.charge(changes),
    used: (count) => ledger.used?.(count) ?? 0,
    raise: () => ledger.raise(),
    open(database) {
      isTold = false
      source.open(database)
    },
    stop: async () => {
      source.end()
      await endsWithin(stopWithinMs, ledger.stop())
    },
  }
}

/** The database's counts; away until it is open. A holder of mutable state: the database, and when past counts went last. */
function createSource(): LimitSource & { open(database: Database): void; end(): void } {
  const holder = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
  let present: Database | null = null
  let ends = false
  let tidiedAtMs = systemClock.nowMs()
  return {
    open(database) {
      present = database
    },
    end() {
      ends = true
    },
    up: () => present?.state().state === 'ready',
    async lease(reports) {
      if (present === null) throw new PointsmanError('registry_unavailable', 'The registry is not open yet.')
      const lease = { holder, livesMs: ends ? 0 : livesMs }
      const answers = await registry.leaseLimits(present, lease, reports)
      if (systemClock.nowMs() - tidiedAtMs > tidyEveryMs) {
        tidiedAtMs = systemClock.nowMs()
        await registry.forgetPastLimits(present)
      }
      return answers
    },
  }
}
