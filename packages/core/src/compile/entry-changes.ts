import type { PartKind, Snapshot, SnapshotEntries, SnapshotPart } from '@pointsman/contract'
import type { Steps } from './compile-index.ts'
import { sameJson } from './same-json.ts'
import { keyed } from './snapshot-parts.ts'

/** An entry that came, went or is another now. */
export interface EntryChange<Entry> {
  readonly key: string
  readonly before: Entry | undefined
  readonly after: Entry | undefined
}

export interface KindDifference<Kind extends PartKind> {
  readonly changes: readonly EntryChange<SnapshotEntries[Kind][number]>[]
  /** Keys under which two entries stand now. */
  readonly twice: readonly string[]
  /**
   * The parts by their hash. An entry that did not change is the object that stood there before: what was read of it dies
   * young, and no part that changes now and then is held twice over.
   */
  readonly parts: ReadonlyMap<string, SnapshotPart>
}

/**
 * What differs within one kind between the parts before and those of a snapshot: parts are told by their hash, and only
 * those that came or went are read. `has`: whether an entry stood under a key before.
 */
export function* differenceOf<Kind extends PartKind>(
  kind: Kind,
  before: ReadonlyMap<string, SnapshotPart>,
  snapshot: Snapshot,
  has: (key: string) => boolean,
): Steps<KindDifference<Kind>> {
  const parts = new Map<string, SnapshotPart>()
  const came: (readonly [hash: string, SnapshotPart])[] = []
  for (const [index, part] of snapshot.parts.entries()) {
    if (part.kind !== kind) continue
    const hash = snapshot.manifest.parts[index]?.hash ?? `part ${index}`
    if (!before.has(hash) || parts.has(hash)) came.push([hash, part])
    parts.set(hash, before.get(hash) ?? part)
  }
  const went = new Map<string, unknown>()
  for (const [hash, part] of before) {
    if (parts.has(hash)) continue
    for (const { key, entry } of keyed(part)) went.set(key, entry)
    yield
  }
  const { changes, shared, twice } = yield* changesBetween(went, came, has)
  for (const [hash, part] of shared) parts.set(hash, part)
  return { changes, twice, parts } as KindDifference<Kind>
}

function* changesBetween(
  went: ReadonlyMap<string, unknown>,
  came: readonly (readonly [hash: string, SnapshotPart])[],
  has: (key: string) => boolean,
): Steps<{
  readonly changes: readonly EntryChange<unknown>[]
  readonly twice: readonly string[]
  /** Those of the parts that came in which something stayed as it was, by their hash. */
  readonly shared: ReadonlyMap<string, SnapshotPart>
}> {
  const changes: EntryChange<unknown>[] = []
  const twice: string[] = []
  const shared = new Map<string, SnapshotPart>()
  const seen = new Set<string>()
  for (const [hash, part] of came) {
    const entries = keyed(part).map(({ key, entry }) => {
      const before = went.get(key)
      if (seen.has(key) || (before === undefined && has(key))) twice.push(key)
      seen.add(key)
      if (sameJson(before, entry)) return before
      changes.push({ key, before, after: entry })
      return entry
    })
    if (entries.some((entry, place) => entry !== part.entries[place]))
      shared.set(hash, { ...part, entries } as SnapshotPart)
    yield
  }
  for (const [key, before] of went) if (!seen.has(key)) changes.push({ key, before, after: undefined })
  return { changes, twice, shared }
}

/** The entries of one kind by their key; the map is the caller's own. */
export function* entriesByKey<Kind extends PartKind>(
  snapshot: Snapshot,
  kind: Kind,
): Steps<Map<string, SnapshotEntries[Kind][number]>> {
  const entries = new Map<string, SnapshotEntries[Kind][number]>()
  for (const part of snapshot.parts) {
    if (part.kind !== kind) continue
    for (const { key, entry } of keyed(part)) entries.set(key, entry as SnapshotEntries[Kind][number])
    yield
  }
  return entries
}
