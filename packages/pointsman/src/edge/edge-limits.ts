import type { SnapshotSource } from '@pointsman/engine'
import { createSharedLedger, type LimitsOptions } from '@pointsman/gateway'
import { leaseLimits, readBudgetSpend, type Database } from '@pointsman/registry'
import type { Settings } from '../settings.ts'
import { systemClock } from '../serve/clock.ts'
import type { Closers } from '../serve/closers.ts'
import { followSpendLimits, readingSpend } from '../serve/later-spend-limits.ts'
import type { Log } from '../serve/log.ts'
import { createSpendOpenings, spendWindowsAt } from '../serve/spend-openings.ts'

/** Without a word for so long a process holds nothing: it may have been ended between two requests. */
const livesMs = 15_000

interface EdgeLimitsParts {
  readonly closers: Closers
  readonly holder: string
  readonly log: Log
  /** Of keys that are given a limit of spend from now on. */
  readonly source: SnapshotSource
  readonly whenAway: Settings['limitsWhenAway']
}

/** The counts that keys share with all hosts; spend begins where the records stand. */
export async function openEdgeLimits(
  database: Database,
  { closers, holder, log, source, whenAway }: EdgeLimitsParts,
): Promise<Pick<LimitsOptions, 'leases' | 'share'>> {
  const openings = createSpendOpenings()
  const windows = spendWindowsAt(systemClock.nowMs())
  openings.add(windows, await readBudgetSpend(database, windows))
  const leases = createSharedLedger({
    source: {
      up: () => database.state().state === 'ready',
      lease: (reports) => leaseLimits(database, { holder, livesMs }, reports),
    },
    ...{ clock: systemClock, opening: openings.of, whenAway },
    onFailure: (error) => log('warn', 'limits_not_shared', { error, whenAway }),
  })
  const read = readingSpend(database, openings, () => leases.raise())
  const later = followSpendLimits({ source, log, read })
  closers.add('later limits', async () => later.stop())
  return { leases, share: 0 }
}
