import type { Digests } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import { createSnapshotHolder, type Clock, type Log, type SnapshotSource } from '@pointsman/engine'
import type { SnapshotHolding } from './snapshot-holding.ts'

export interface FollowedSnapshotParts {
  readonly source: SnapshotSource
  /** What serves until the server has answered once. */
  readonly local: CompiledSnapshot
  readonly digests: Digests
  readonly clock: Clock
  /** Its timers keep no process alive: for looks that nobody waits for. */
  readonly idleClock: Clock
  readonly log: Log
  readonly pollMs: number
}

/** A call waits at most so long for a look at the server; a server that hangs is not waited for by the next one. */
const longestWaitMs = 1_000

/**
 * Follows a server's snapshot. A process that was frozen, as Lambda's are between two invocations, looks before it answers:
 * what was switched meanwhile counts at its next call. A holder of mutable state: the snapshot holder, and when it looked.
 */
export function followSnapshot({
  clock,
  idleClock,
  digests,
  local,
  log,
  pollMs,
  source,
}: FollowedSnapshotParts): SnapshotHolding {
  let lookedAtMs: number | null = null
  let hangs = false
  const noted: SnapshotSource = {
    ...source,
    latest: async () => {
      try {
        return await source.latest()
      } finally {
        lookedAtMs = clock.nowMs()
        hangs = false
      }
    },
  }
  const holder = createSnapshotHolder(noted, {
    ...{ digests, log, pollMs, clock: steppingClock(clock, idleClock) },
    onApplied: ({ revision }) => log('info', 'snapshot_applied', { revision: revision.number }),
    onRefused: (revision, problem) =>
      log('error', 'snapshot_refused', { revision: revision.number, problem }),
  })
  let starting: Promise<void> | null = null
  const look = async (): Promise<void> => {
    if (hangs) return
    let cancel = (): void => undefined
    const over = new Promise<'over'>((resolve) => {
      cancel = idleClock.after(longestWaitMs, () => resolve('over'))
    })
    const ended = await Promise.race([holder.refresh(), over])
    cancel()
    hangs = ended === 'over'
  }
  return {
    pin: () => (holder.revision() === null ? local : holder.pin()),
    async fresh() {
      if (starting === null) {
        starting = holder.start().then(() => tellAway(holder.state().lastFailure?.message ?? null, log))
        return starting
      }
      await starting
      if (lookedAtMs === null || clock.nowMs() - lookedAtMs > 2 * pollMs) await look()
    },
    close: () => holder.close(),
  }
}

/** Between two steps of compiling nothing else may be left that keeps the process alive, and a call waits for the last one. */
const steppingClock = (clock: Clock, idleClock: Clock): Clock => ({
  nowMs: () => clock.nowMs(),
  nowUs: () => clock.nowUs(),
  after: (delayMs, callback) => (delayMs === 0 ? clock : idleClock).after(delayMs, callback),
})

function tellAway(failure: string | null, log: Log): void {
  if (failure === null) return
  log('warn', 'snapshot_not_read', {
    failure,
    next: 'The configuration file and the catalogue of this package decide until the server answers.',
  })
}
