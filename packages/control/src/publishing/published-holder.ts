import { compareRevisions, PointsmanError } from '@pointsman/contract'
import { partIn, readParts, type Database } from '@pointsman/registry'
import type { Log, SnapshotSource } from '../ports.ts'
import { partsAtOnce, partsByHash, type Published } from './published.ts'

/** The revision that this process publishes from: the control plane's one mutable reference to it. */
export interface PublishedHolder {
  current(): Published | null
  /** Throws PointsmanError `not_ready` before the first revision. */
  required(): Published
  /** Takes a newer revision and tells the data planes of this process; an older or equal one changes nothing. */
  adopt(published: Published): void
  readonly source: SnapshotSource
}

export function createPublishedHolder(database: Database, log: Log): PublishedHolder {
  let current: Published | null = null
  const listeners = new Set<() => void>()
  return {
    current: () => current,
    required: () => {
      if (current !== null) return current
      throw new PointsmanError(
        'not_ready',
        'No revision is published yet: the registry is empty or cannot be read. See the log, and GET /readyz.',
      )
    },
    adopt: (published) => {
      if (current !== null && !isNewer(published, current)) return
      current = published
      for (const listener of listeners) tell(listener, log)
    },
    source: {
      latest: () => Promise.resolve(current?.snapshot.manifest ?? null),
      parts: async (hashes) => {
        const held = partsByHash(current)
        const missing = hashes.filter((hash) => !held.has(hash))
        for (let from = 0; from < missing.length; from += partsAtOnce) {
          const read = await readParts(database, missing.slice(from, from + partsAtOnce))
          for (const part of read) held.set(part.hash, partIn(part))
        }
        return hashes.flatMap((hash) => held.get(hash) ?? [])
      },
      onChange: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
  }
}

const isNewer = (a: Published, b: Published): boolean =>
  compareRevisions(a.snapshot.manifest.revision, b.snapshot.manifest.revision) > 0

/** A listener that throws must not undo a revision that is committed, nor keep the others from hearing of it. */
function tell(listener: () => void, log: Log): void {
  try {
    listener()
  } catch (error) {
    log('error', 'snapshot_listener_failed', { error })
  }
}
