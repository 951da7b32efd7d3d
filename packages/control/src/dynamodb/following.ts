import type { Clock, Condition } from '../ports.ts'
import { createRepeating } from '../repeating.ts'
import { tablesOf, type FollowedTables } from './followed-tables.ts'
import { createFollower, type FollowerParts } from './follower.ts'

/** The tables that are followed from this process. */
export interface Following {
  /** What is due, now; what happens by itself twice a second. */
  look(): Promise<void>
  /** What an operator should know of. */
  notes(): readonly string[]
  conditions(): readonly Condition[]
  watch(): void
  unwatch(): Promise<void>
}

/** How late a look may begin that is due. */
const tickMs = 500

export interface FollowingParts extends Omit<FollowerParts, 'followed' | 'writeBack'> {
  readonly tables: FollowedTables
}

export function createFollowing(parts: FollowingParts): Following {
  const { house, tables } = parts
  // Models first: an agent may name one that was added in the same breath.
  const followers = tablesOf(tables).map((followed) =>
    createFollower({ ...parts, followed, writeBack: tables.writeBack }),
  )
  const failed = (error: unknown): void => house.log('error', 'tables_not_followed', { error })
  const rounds = followers.map((follower, at) => {
    const work = async (): Promise<void> => {
      for (const before of followers.slice(0, at)) await endsSoon(before.tick(), house.clock)
      await follower.tick()
    }
    return createRepeating(work, { clock: house.clock, everyMs: tickMs, failed })
  })
  const notes = (): readonly string[] => followers.flatMap((follower) => follower.problem() ?? [])
  return {
    look: async () => {
      for (const follower of followers) await follower.tick()
    },
    notes,
    conditions: () =>
      notes().length === 0
        ? []
        : [{ kind: 'followed_table', subject: house.host ?? 'host', message: notes().join(' ') }],
    watch: () => {
      for (const round of rounds) void round.start()
    },
    unwatch: async () => {
      await Promise.all(rounds.map((round) => round.stop()))
      await Promise.allSettled(followers.map((follower) => follower.release()))
    },
  }
}

/** A table that hangs does not hold up the next one. */
const waitAtMostMs = 1_000

function endsSoon(work: Promise<void>, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(waitAtMostMs, resolve)
    void work.finally(() => {
      cancel()
      resolve()
    })
  })
}
