import { join } from 'node:path'
import { spendAtStart, spendInJournals, type Spend } from '@pointsman/control/ingest'
import { createMemoryLedger, windowOf, type LimitsOptions } from '@pointsman/gateway'
import * as registry from '@pointsman/registry'
import type { Database } from '@pointsman/registry'
import { systemClock } from './clock.ts'
import type { Log } from './log.ts'

/** The counts of this host, which begin where the last start's ended, so that a restart gives no spent key its money back. */
export interface HostLimits {
  readonly forDataPlane: Pick<LimitsOptions, 'leases' | 'share'>
  /** From the rollups and the unread journal. To be called before the ingest of this host starts. */
  open(database: Database): Promise<void>
  /** Where the database does not answer: what this host's own journals still hold. Never rejects. */
  openWithout(): Promise<void>
}

/** Minutes and slots begin empty; spend is what is opened with. A holder of mutable state: one entry for each budget that spent. */
export function createHostLimits({
  dataDir,
  log,
}: {
  readonly dataDir: string
  readonly log: Log
}): HostLimits {
  const journalDir = join(dataDir, 'journal')
  let opened = openingAt(systemClock.nowMs(), new Map())
  let isOpen = false
  const ledger = createMemoryLedger({
    nowMs: systemClock.nowMs,
    opening: ({ budget, kind, windowMs }) => {
      const spent = opened.spend.get(budget)
      if (kind === 'spend-day' && windowMs === opened.dayMs) return spent?.dayNanoUsd ?? 0
      if (kind === 'spend-month' && windowMs === opened.monthMs) return spent?.monthNanoUsd ?? 0
      return 0
    },
  })
  const take = (opening: Opening): void => {
    opened = opening
    // What was counted meanwhile stands where it is more.
    ledger.raise()
  }
  /** The database may have answered while the journals were read. */
  const takeUnlessOpen = (opening: Opening): void => {
    if (!isOpen) take(opening)
  }
  return {
    forDataPlane: { leases: ledger, share: 0 },
    async open(database) {
      const begins = openingAt(systemClock.nowMs(), new Map())
      take({ ...begins, spend: await spendAtStart({ ...begins, journalDir, database, registry }) })
      isOpen = true
    },
    async openWithout() {
      if (isOpen) return
      const begins = openingAt(systemClock.nowMs(), new Map())
      try {
        const spend = await spendInJournals({ ...begins, journalDir })
        takeUnlessOpen({ ...begins, spend })
        log('warn', 'limits_opened_from_journals', { budgets: spend.size })
      } catch (error) {
        log('error', 'limits_not_opened', { error })
      }
    },
  }
}

interface Opening {
  readonly dayMs: number
  readonly monthMs: number
  readonly spend: ReadonlyMap<string, Spend>
}

const openingAt = (nowMs: number, spend: Opening['spend']): Opening => ({
  dayMs: windowOf('spend-day', nowMs),
  monthMs: windowOf('spend-month', nowMs),
  spend,
})
