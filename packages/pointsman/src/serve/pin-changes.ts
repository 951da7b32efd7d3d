import type { Revision } from '@pointsman/contract'
import type { MovedPin, PinChanges } from '@pointsman/gateway'
import { pinChannel, pinsMovedBetween, type Database } from '@pointsman/registry'
import type { Log } from './log.ts'

export interface RegistryPinChanges extends PinChanges {
  /**
   * A snapshot was applied: resolves when it may be acknowledged, in the order of the calls. Every switch of a
   * conversation or a user makes a revision and answers only once that is acknowledged, so that no pin read before it
   * serves a request after it. The channel alone would not do: its notice may arrive after the switch's answer.
   */
  applied(revision: Revision): Promise<void>
  stop(): Promise<void>
}

/** News of moved pins, from the registry's channel and from this replica's revisions. */
export async function followPinChanges(database: Database, log: Log): Promise<RegistryPinChanges> {
  const listeners = new Set<(moved: readonly MovedPin[] | null) => Promise<void>>()
  const tell = async (moved: readonly MovedPin[] | null): Promise<void> => {
    await Promise.all([...listeners].map((listener) => listener(moved)))
  }
  const stop = await database.listen(pinChannel, (payload) => {
    const moved = movedPinOf(payload)
    void tell(moved === null ? null : [moved])
  })
  let told: Revision | null = null
  let telling = Promise.resolve()
  const tellMoved = async (revision: Revision): Promise<void> => {
    const moved = told === null ? null : await movedBetween(database, told, revision)
    told = revision
    await tell(moved)
  }
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    up() {
      const { state } = database.state()
      return state === 'ready' || state === 'full'
    },
    applied(revision) {
      // One that fails must not hold up the acknowledgement of all later revisions.
      telling = telling
        .then(() => tellMoved(revision))
        .catch((error: unknown) => log('warn', 'moved_pins_not_told', { error }))
      return telling
    },
    stop,
  }
}

/** A registry that cannot say what moved says that anything may have. */
const movedBetween = (database: Database, after: Revision, until: Revision) =>
  pinsMovedBetween(database, after, until).catch(() => null)

/** Null = any pin may have moved: what an empty payload, an interrupted channel and a payload of a later version say. */
export function movedPinOf(payload: string | null): MovedPin | null {
  if (payload === null || payload === '') return null
  let notice: unknown
  try {
    // eslint-disable-next-line no-restricted-syntax -- the registry's own trigger wrote it, and each field is checked below
    notice = JSON.parse(payload)
  } catch {
    return null
  }
  if (typeof notice !== 'object' || notice === null || !('workspace' in notice)) return null
  const { workspace } = notice
  if (typeof workspace !== 'string') return null
  if ('conversationId' in notice && typeof notice.conversationId === 'string') {
    return { workspace, conversationId: notice.conversationId }
  }
  return 'userId' in notice && typeof notice.userId === 'string' ? { workspace, userId: notice.userId } : null
}
