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
  const gathered = gather((moved) => void tell(moved))
  const stop = news.onMoved(gathered.add)
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
    stop() {
      stop()
      gathered.stop()
    },
  }
}

/** More are told as "any": each that is named is kept, and looked for among what is remembered. */
const mostNamed = 1_000

/**
 * What comes in one turn of the loop is told at its end, once. A switch of all conversations moves thousands of pins, and for
 * each news everything that is remembered is looked through.
 */
function gather(tell: (moved: readonly MovedPin[] | null) => void) {
  let waiting: MovedPin[] | null = []
  let due: NodeJS.Immediate | undefined
  const take = (): readonly MovedPin[] | null => {
    const taken = waiting
    clearImmediate(due)
    due = undefined
    waiting = []
    return taken
  }
  return {
    add: (moved: MovedPin | null): void => {
      if (moved === null) {
        take()
        // At once: a channel that is up again is trusted from now on.
        return tell(null)
      }
      due ??= setImmediate(() => tell(take()))
      if (waiting?.length === mostNamed) waiting = null
      waiting?.push(moved)
    },
    stop: () => void take(),
  }
}
