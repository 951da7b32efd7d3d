import type { Revision } from '@pointsman/contract'
import type { MovedPin, PinChanges } from '@pointsman/gateway'
import type { PinNews } from './control-link.ts'
import type { Log } from './log.ts'

export interface ReplicaPinChanges extends PinChanges {
  /**
   * A snapshot was applied: resolves when it may be acknowledged, in the order of the calls. Every switch of a
   * conversation or a user makes a revision and answers only once that is acknowledged, so that no pin read before it
   * serves a request after it. The channel alone would not do: its notice may arrive after the switch's answer.
   */
  applied(revision: Revision): Promise<void>
  stop(): void
}

/** News of moved pins, from the registry's channel and from this replica's revisions. */
export function followPinChanges(news: PinNews, log: Log): ReplicaPinChanges {
  const listeners = new Set<(moved: readonly MovedPin[] | null) => Promise<void>>()
  const tell = async (moved: readonly MovedPin[] | null): Promise<void> => {
    await Promise.all([...listeners].map((listener) => listener(moved)))
  }
  const stop = news.onMoved((moved) => void tell(moved === null ? null : [moved]))
  let told: Revision | null = null
  let telling = Promise.resolve()
  const tellMoved = async (revision: Revision): Promise<void> => {
    // One that cannot say what moved says that anything may have.
    const moved = told === null ? null : await news.movedBetween(told, revision).catch(() => null)
    told = revision
    await tell(moved)
  }
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    up: () => news.up(),
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
