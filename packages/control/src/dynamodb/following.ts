import type { Condition } from '../ports.ts'
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
  const look = async (): Promise<void> => {
    for (const follower of followers) await follower.tick()
  }
  const failed = (error: unknown): void => house.log('error', 'tables_not_followed', { error })
  const rounds = createRepeating(look, { clock: house.clock, everyMs: tickMs, failed })
  const notes = (): readonly string[] => followers.flatMap((follower) => follower.problem() ?? [])
  return {
    look,
    notes,
    conditions: () =>
      notes().length === 0
        ? []
        : [{ kind: 'followed_table', subject: house.host ?? 'host', message: notes().join(' ') }],
    watch: () => {
      if (followers.length > 0) void rounds.start()
    },
    unwatch: async () => {
      await rounds.stop()
      await Promise.allSettled(followers.map((follower) => follower.release()))
    },
  }
}
