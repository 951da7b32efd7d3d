import type { Database } from '@pointsman/registry'
import type { Clock, Log } from '../ports.ts'

export interface FailureLog {
  readonly log: Log
  /** Looks no more. What was counted is told. */
  stop(): void
}

export interface FailureLogParts {
  readonly database: Pick<Database, 'state'>
  readonly clock: Clock
  readonly log: Log
}

const lookEveryMs = 1_000

/**
 * The log of calls that failed. While the database is away all that need it fail alike, those with a key that nobody knows
 * too, and whoever repeats them would fill the log: the first one is told, and once it is over how many there were. A
 * holder of mutable state: that count and the timer of the next look.
 */
export function createFailureLog({ clock, database, log }: FailureLogParts): FailureLog {
  let failed = 0
  let cancel = (): void => undefined
  const isAway = (): boolean => database.state().state === 'away'
  const tell = (): void => {
    if (failed > 0) log('warn', 'requests_failed_while_database_away', { failed })
    failed = 0
  }
  const look = (): void => {
    if (isAway()) cancel = clock.after(lookEveryMs, look)
    else tell()
  }
  return {
    log: (level, event, facts) => {
      // What fails for a lock or its length says nothing of the next call.
      if (facts['code'] !== 'registry_unavailable' || !isAway()) return log(level, event, facts)
      failed += 1
      if (failed > 1) return
      log(level, event, facts)
      cancel = clock.after(lookEveryMs, look)
    },
    stop: () => {
      cancel()
      tell()
    },
  }
}
