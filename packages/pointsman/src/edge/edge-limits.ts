import { createSharedLedger, windowOf, type LimitCount, type LimitsOptions } from '@pointsman/gateway'
import { leaseLimits, readBudgetSpend, type Database } from '@pointsman/registry'
import type { Settings } from '../settings.ts'
import { systemClock } from '../serve/clock.ts'
import type { Log } from '../serve/log.ts'

/** Without a word for so long a process holds nothing: it may have been ended between two requests. */
const livesMs = 15_000

/** The counts that keys share with all hosts; spend begins where the records stand. */
export async function openEdgeLimits(
  database: Database,
  { holder, log, whenAway }: { holder: string; log: Log; whenAway: Settings['limitsWhenAway'] },
): Promise<Pick<LimitsOptions, 'leases' | 'share'>> {
  const nowMs = systemClock.nowMs()
  const begins = { dayMs: windowOf('spend-day', nowMs), monthMs: windowOf('spend-month', nowMs) }
  const spent = new Map((await readBudgetSpend(database, begins)).map((one) => [one.budget, one]))
  const opening = ({ budget, kind, windowMs }: LimitCount): number => {
    if (kind === 'spend-day' && windowMs === begins.dayMs) return spent.get(budget)?.dayNanoUsd ?? 0
    if (kind === 'spend-month' && windowMs === begins.monthMs) return spent.get(budget)?.monthNanoUsd ?? 0
    return 0
  }
  const leases = createSharedLedger({
    source: {
      up: () => database.state().state === 'ready',
      lease: (reports) => leaseLimits(database, { holder, livesMs }, reports),
    },
    ...{ clock: systemClock, opening, whenAway },
    onFailure: (error) => log('warn', 'limits_not_shared', { error, whenAway }),
  })
  return { leases, share: 0 }
}
