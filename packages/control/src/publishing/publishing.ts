import { latestSettled, revisionChannel, type Database } from '@pointsman/registry'
import type { Replicas } from '../acknowledgements/replicas.ts'
import type { Clock, Log, SnapshotSource } from '../ports.ts'
import { createRepeating } from '../repeating.ts'
import { createRegistryChanges, type ChangeParts, type RegistryChanges } from './change-registry.ts'
import { loadNewer } from './published.ts'
import { publishRecorded, type Rejection } from './publisher.ts'
import { createPublishedHolder, type PublishedHolder } from './published-holder.ts'
import { createUnrecordedLook } from './unrecorded-look.ts'
import type { Digests } from '@pointsman/contract'

export interface Publishing extends RegistryChanges {
  readonly holder: PublishedHolder
  readonly source: SnapshotSource
  /** The alarm of a direct edit that could not be published; null = none stands. */
  rejection(): Rejection | null
  /** The same of the registry, whichever process it was that could not publish the newest revision. */
  standing(): Promise<Rejection | null>
  /** What the looks for unrecorded edits found here: how many there were, and what the last one could not publish. */
  unrecorded(): { readonly rejection: Rejection | null; readonly count: number }
  /** Publishes what waits and takes what is newer, now; what the loop does by itself every 500 ms and at every notice. */
  look(): Promise<void>
  /** Compares the tables with the revision in force; what happens beside the loop, at most every 30 s. */
  lookForUnrecorded(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PublishingParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly digests: Digests
  readonly replicas: Replicas
  /** An edit that passed the triggers by was found, and recorded as this revision. */
  readonly onUnrecorded: (number: number) => void
}

const pollMs = 500
/** A holder of mutable state: the alarm, the loop's timer and the instants of its last looks. */
export function createPublishing(parts: PublishingParts): Publishing {
  const { database, clock, log, digests, replicas } = parts
  const holder = createPublishedHolder(database, log)
  const change: ChangeParts = { database, holder, digests, clock }
  let rejection: Rejection | null = null
  const unrecorded = createUnrecordedLook({ ...change, log, onUnrecorded: parts.onUnrecorded })

  const publish = async (): Promise<void> => {
    const outcome = await publishRecorded(change)
    if (outcome !== null && 'rejected' in outcome) {
      rejection = outcome.rejected
      log('error', 'revision_rejected', { revision: rejection.revision.number, problem: rejection.error })
    } else if (outcome !== null) holder.adopt(outcome.published)
  }
  const takeNewer = async (): Promise<void> => {
    const newer = await loadNewer(database, () => holder.current(), change)
    if (newer !== null) holder.adopt(newer)
  }
  const look = async (): Promise<void> => {
    try {
      await publish()
    } finally {
      // Another process may hold the lock for long (an import): what is published is served meanwhile.
      await takeNewer()
    }
    const held = holder.current()
    if (held === null) return
    await replicas.review(held.snapshot.manifest.revision)
    unrecorded.lookWhereDue()
  }

  const loop = createRepeating(look, {
    ...{ clock, everyMs: pollMs },
    failed: (error) => log('error', 'publishing_failed', { error }),
    recovered: () => log('info', 'publishing_recovered', {}),
  })
  let unlisten: (() => Promise<void>) | null = null
  const uncovered = (one: Rejection | null): Rejection | null =>
    one === null || isCovered(one, holder) ? null : one
  return {
    ...createRegistryChanges(change),
    holder,
    source: holder.source,
    // A later revision that was published holds what the rejected one was about.
    rejection: () => uncovered(rejection) ?? uncovered(unrecorded.rejection()),
    standing: () => standingRejection(database),
    unrecorded: () => ({ rejection: uncovered(unrecorded.rejection()), count: unrecorded.count() }),
    look,
    lookForUnrecorded: unrecorded.look,
    start: async () => {
      // Whatever comes of the first look: a data plane may start on its last good snapshot.
      await loop.start()
      rejection ??= await standingRejection(database)
      unlisten = await database.listen(revisionChannel, () => loop.wake())
    },
    stop: async () => {
      await unlisten?.()
      unlisten = null
      await loop.stop()
      await unrecorded.ended()
    },
  }
}

const isCovered = ({ revision }: Rejection, holder: PublishedHolder): boolean =>
  (holder.current()?.compiled.revision.number ?? 0) > revision.number

/** An alarm outlives the process that raised it: the newest revision that does not wait is still the rejected one. */
async function standingRejection(database: Database): Promise<Rejection | null> {
  const row = await latestSettled(database)
  return row?.state === 'rejected'
    ? { revision: row.revision, error: row.error ?? 'no reason was kept' }
    : null
}
