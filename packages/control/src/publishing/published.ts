import {
  compareRevisions,
  PointsmanError,
  type Revision,
  type Snapshot,
  type SnapshotManifest,
  type SnapshotPart,
} from '@pointsman/contract'
import { compileSnapshot, snapshotFrom, verifySnapshot, type CompiledSnapshot } from '@pointsman/core'
import {
  readManifest,
  readParts,
  readSnapshotEntries,
  type Database,
  type Queryable,
} from '@pointsman/registry'
import type { Digests } from '@pointsman/contract'

/** A revision as both planes hold it. */
export interface Published {
  readonly snapshot: Snapshot
  readonly compiled: CompiledSnapshot
}

export interface SnapshotMaker {
  readonly digests: Digests
  readonly nowMs: () => number
}

/** The tables as they stand, as a compiled snapshot. Throws PointsmanError `revision_rejected`. */
export async function snapshotOfTables(
  database: Queryable,
  revision: Revision,
  maker: SnapshotMaker,
  previous: CompiledSnapshot | null,
): Promise<Published> {
  const entries = await readSnapshotEntries(database)
  const snapshot = snapshotFrom(entries, {
    revision,
    createdAtMs: maker.nowMs(),
    sha256Hex: (text) => maker.digests.sha256Hex(text),
  })
  return { snapshot, compiled: compileSnapshot(snapshot, previous ?? undefined) }
}

/**
 * The newest published revision where it is newer than what this process holds, else null. Its parts are checked
 * against their hashes, so that a stored snapshot that was altered is never served.
 */
export async function loadNewer(
  database: Database,
  held: Published | null,
  maker: SnapshotMaker,
): Promise<Published | null> {
  const manifest = await readManifest(database, 'latest')
  if (manifest === null) return null
  if (held !== null && compareRevisions(manifest.revision, held.snapshot.manifest.revision) <= 0) return null
  return loadManifest(database, manifest, held, maker)
}

/** What a stored manifest says, with its parts. Throws PointsmanError `revision_rejected` where it is damaged. */
export async function loadManifest(
  database: Queryable,
  manifest: SnapshotManifest,
  held: Published | null,
  maker: SnapshotMaker,
): Promise<Published> {
  const parts = partsByHash(held)
  const missing = manifest.parts.map((part) => part.hash).filter((hash) => !parts.has(hash))
  for (const { hash, part } of missing.length === 0 ? [] : await readParts(database, missing))
    parts.set(hash, part)
  const snapshot: Snapshot = {
    manifest,
    parts: manifest.parts.map(({ hash }) => stored(parts, hash, manifest)),
  }
  const problems = verifySnapshot(snapshot, (text) => maker.digests.sha256Hex(text))
  if (problems.length > 0) {
    throw new PointsmanError(
      'revision_rejected',
      `The stored snapshot of revision ${manifest.revision.number} is damaged: ${problems.join('; ')}.`,
      { data: { problems } },
    )
  }
  return { snapshot, compiled: compileSnapshot(snapshot, held?.compiled) }
}

export const partsByHash = (published: Published | null): Map<string, SnapshotPart> =>
  new Map(
    published?.snapshot.manifest.parts.flatMap(({ hash }, index) => {
      const part = published.snapshot.parts[index]
      return part === undefined ? [] : [[hash, part] as const]
    }),
  )

function stored(
  parts: ReadonlyMap<string, SnapshotPart>,
  hash: string,
  manifest: SnapshotManifest,
): SnapshotPart {
  const part = parts.get(hash)
  if (part !== undefined) return part
  throw new PointsmanError(
    'revision_rejected',
    `The snapshot of revision ${manifest.revision.number} lacks its part ${hash}.`,
  )
}
