import type { Log } from '../ports.ts'
import type { ChangeParts } from './change-registry.ts'
import type { Rejection } from './publisher.ts'
import { recordUnrecorded } from './unrecorded-edits.ts'

/** Reading all tables is dearer than a look for new revisions. */
const unrecordedEveryMs = 30_000
/** A look that took long is not made again before so many times as long: it takes at most a fiftieth of the time. */
const restsAfterUnrecorded = 50
/** A clock that was put forward during a look makes it seem to have taken all that time. */
const longestRestMs = 3_600_000

export interface UnrecordedLook {
  /** What the last look found and could not publish: the tables still hold it, although a published revision is the newest. */
  rejection(): Rejection | null
  /** How many looks came to an end. */
  count(): number
  /** Now, or once the look under way has ended. */
  readonly look: () => Promise<void>
  /** Begins one where it is time and none is under way. */
  lookWhereDue(): void
  /** No look is under way. */
  ended(): Promise<void>
}

export interface UnrecordedLookParts extends ChangeParts {
  readonly log: Log
  /** An edit that passed the triggers by was found, and recorded as this revision. */
  readonly onUnrecorded: (number: number) => void
}

/**
 * The look for unrecorded edits, beside the publishing loop: a revision that comes does not wait for a reading of
 * everything. A holder of mutable state: the look under way, when the next one is due, and what the last one found.
 */
export function createUnrecordedLook(parts: UnrecordedLookParts): UnrecordedLook {
  const { clock, log } = parts
  let rejection: Rejection | null = null
  let count = 0
  let running: Promise<undefined> | null = null
  let endedAtMs = clock.nowMs()
  let restsMs = unrecordedEveryMs
  const look = async (): Promise<void> => {
    await running
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const beganAtMs = clock.nowMs()
    running = promise
    try {
      rejection = await lookOnce(parts, rejection)
      count += 1
    } finally {
      endedAtMs = clock.nowMs()
      const tookMs = endedAtMs - beganAtMs
      restsMs = Math.min(longestRestMs, Math.max(unrecordedEveryMs, restsAfterUnrecorded * tookMs))
      running = null
      resolve(undefined)
    }
  }
  return {
    rejection: () => rejection,
    count: () => count,
    look,
    lookWhereDue: () => {
      // Either way: after a clock was put back the look would rest until it had caught up.
      if (running !== null || Math.abs(clock.nowMs() - endedAtMs) < restsMs) return
      void look().catch((error: unknown) => log('error', 'unrecorded_edits_not_looked_for', { error }))
    },
    ended: async () => {
      await running
    },
  }
}

/** Publishes what it finds. `stood`: the rejection of the look before. */
async function lookOnce(parts: UnrecordedLookParts, stood: Rejection | null): Promise<Rejection | null> {
  const { log, holder, onUnrecorded } = parts
  const found = await recordUnrecorded(parts)
  if (found === null) return null
  if ('published' in found) {
    const { number } = found.published.snapshot.manifest.revision
    log('warn', 'unrecorded_edit_found', { revision: number })
    onUnrecorded(number)
    holder.adopt(found.published)
    return null
  }
  const { error: problem, revision } = found.rejected
  // Found again every 30 s for as long as it stands: said once.
  if (problem !== stood?.error)
    log('error', 'unrecorded_edit_rejected', { revision: revision.number, problem })
  return found.rejected
}
