import {
  compareRevisions,
  PointsmanError,
  type Digests,
  type Revision,
  type Snapshot,
  type SnapshotManifest,
  type SnapshotPart,
} from '@pointsman/contract'
import {
  compilingSnapshot,
  heldParts,
  inSteps,
  keyOfName,
  verifySnapshot,
  writingSnapshot,
  writingSnapshotAfter,
  type CompiledSnapshot,
  type SnapshotChanges,
  type SnapshotMaking,
  type WrittenPart,
  type WrittenSnapshot,
} from '@pointsman/core'
import {
  partIn,
  readChangesAfter,
  readManifest,
  readManifestAfter,
  readParts,
  readSnapshotEntries,
  type Database,
  type EntryChanges,
  type Queryable,
} from '@pointsman/registry'
import type { Clock } from '../ports.ts'

/** A revision as both planes hold it. */
export interface Published {
  readonly snapshot: Snapshot
  readonly compiled: CompiledSnapshot
}

/** One that was just made, with the parts that may not be stored yet. */
export interface Made extends Published {
  readonly written: readonly WrittenPart[]
}

export interface SnapshotMaker {
  readonly digests: Digests
  readonly clock: Clock
}

/**
 * The tables as they stand, as a compiled snapshot. Where `held` is a revision that this registry published, only what
 * changed since is read, written and compiled; else everything. Throws PointsmanError `revision_rejected`.
 */
export async function snapshotOfTables(
  database: Queryable,
  revision: Revision,
  maker: SnapshotMaker,
  held: Published | null,
): Promise<Made> {
  const changes = held === null ? null : await readChangesAfter(database, held.snapshot.manifest)
  if (held === null || changes === null) return wholeSnapshot(database, revision, maker, held?.compiled)
  const writing = writingSnapshotAfter(held.snapshot, changesByKind(changes), makingOf(revision, maker))
  return inSteps(making(writing, held.compiled), maker.clock)
}

/** The same from all rows, whatever their revision: what an edit that passed the triggers by asks for. */
export async function wholeSnapshot(
  database: Queryable,
  revision: Revision,
  maker: SnapshotMaker,
  previous?: CompiledSnapshot,
): Promise<Made> {
  const entries = await readSnapshotEntries(database)
  return inSteps(making(writingSnapshot(entries, makingOf(revision, maker)), previous), maker.clock)
}

const makingOf = (revision: Revision, { clock, digests }: SnapshotMaker): SnapshotMaking => ({
  revision,
  createdAtMs: clock.nowMs(),
  sha256Hex: (text) => digests.sha256Hex(text),
})

/** Both in one row of steps, so that the second does not begin in the turn of the loop that the first has used up. */
function* making(
  writing: Generator<undefined, WrittenSnapshot>,
  previous: CompiledSnapshot | undefined,
): Generator<undefined, Made> {
  const { snapshot, written } = yield* writing
  const { manifest } = snapshot
  const compiled = yield* compilingSnapshot(snapshot, previous)
  // What did not change is held as the one before has it: the rows just read would stay beside it, revision for revision.
  return { snapshot: { manifest, parts: heldParts(compiled, manifest) }, written, compiled }
}

function changesByKind({ changed, removed }: EntryChanges): SnapshotChanges {
  const byKind = new Map<string, { changed: unknown[]; removed: string[] }>()
  const of = (kind: string): { changed: unknown[]; removed: string[] } => {
    const own = byKind.get(kind) ?? { changed: [], removed: [] }
    byKind.set(kind, own)
    return own
  }
  for (const { kind, name } of removed) {
    const key = keyOfName(kind, name)
    if (key !== null) of(kind).removed.push(key)
  }
  for (const [kind, rows] of Object.entries(changed)) {
    for (const { entry, name } of rows) {
      const key = keyOfName(kind as keyof SnapshotChanges, name)
      if (entry !== null) of(kind).changed.push(entry)
      else if (key !== null) of(kind).removed.push(key)
    }
  }
  return Object.fromEntries(byKind)
}

/**
 * The newest published revision where it is newer than what this process holds, else null. Its parts are checked
 * against their hashes, so that a stored snapshot that was altered is never served. `holds` is asked again after the
 * look: a revision of this process's own is told of by the database, too, and may have been taken meanwhile.
 */
export async function loadNewer(
  database: Database,
  holds: () => Published | null,
  maker: SnapshotMaker,
): Promise<Published | null> {
  const before = holds()
  const manifest =
    before === null
      ? await readManifest(database, 'latest')
      : await readManifestAfter(database, before.snapshot.manifest.revision)
  const held = holds()
  if (manifest === null) return null
  if (held !== null && compareRevisions(manifest.revision, held.snapshot.manifest.revision) <= 0) return null
  return loadManifest(database, manifest, held, maker)
}

/** Few enough that reading them holds up nobody else. */
export const partsAtOnce = 8

/** What a stored manifest says, with its parts. Throws PointsmanError `revision_rejected` where it is damaged. */
export async function loadManifest(
  database: Queryable,
  manifest: SnapshotManifest,
  held: Published | null,
  { clock, digests }: SnapshotMaker,
): Promise<Published> {
  const parts = partsByHash(held)
  const sha256Hex = (text: string): string => digests.sha256Hex(text)
  const problems = [...verifySnapshot({ manifest, parts: [] }, sha256Hex)]
  const missing = manifest.parts.map((part) => part.hash).filter((hash) => !parts.has(hash))
  for (let from = 0; from < missing.length; from += partsAtOnce) {
    for (const part of await readParts(database, missing.slice(from, from + partsAtOnce))) {
      if (sha256Hex(part.text) === part.hash) parts.set(part.hash, partIn(part))
      else problems.push(`the part ${part.hash} does not have the hash that the manifest names`)
    }
  }
  if (problems.length > 0) {
    throw new PointsmanError(
      'revision_rejected',
      `The stored snapshot of revision ${manifest.revision.number} is damaged: ${problems.join('; ')}.`,
      { data: { problems } },
    )
  }
  const snapshot: Snapshot = {
    manifest,
    parts: manifest.parts.map(({ hash }) => stored(parts, hash, manifest)),
  }
  const compiled = await inSteps(compilingSnapshot(snapshot, held?.compiled), clock)
  return { snapshot: { manifest, parts: heldParts(compiled, manifest) }, compiled }
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
