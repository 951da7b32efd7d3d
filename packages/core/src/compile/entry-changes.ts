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
  /** The parts by their hash. */
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
  const came: SnapshotPart[] = []
  for (const [index, part] of snapshot.parts.entries()) {
    if (part.kind !== kind) continue
    const hash = snapshot.manifest.parts[index]?.hash ?? `part ${index}`
    if (!before.has(hash) || parts.has(hash)) came.push(part)
    parts.set(hash, part)
  }
  const went = new Map<string, unknown>()
  for (const [hash, part] of before) {
    if (parts.has(hash)) continue
    for (const { key, entry } of keyed(part)) went.set(key, entry)
    yield
  }
  const { changes, twice } = yield* changesBetween(went, came, has)
  return { changes, twice, parts } as KindDifference<Kind>
}

function* changesBetween(
  went: ReadonlyMap<string, unknown>,
  came: readonly SnapshotPart[],
  has: (key: string) => boolean,
): Steps<{ readonly changes: readonly EntryChange<unknown>[]; readonly twice: readonly string[] }> {
  const changes: EntryChange<unknown>[] = []
  const twice: string[] = []
  const seen = new Set<string>()
  for (const part of came) {
    for (const { key, entry } of keyed(part)) {
      const before = went.get(key)
      if (seen.has(key) || (before === undefined && has(key))) twice.push(key)
      seen.add(key)
      if (!sameJson(before, entry)) changes.push({ key, before, after: entry })
    }
    yield
  }
  for (const [key, before] of went) if (!seen.has(key)) changes.push({ key, before, after: undefined })
  return { changes, twice }
}

/** The entries of one kind by their key. */
export function* entriesByKey<Kind extends PartKind>(
  snapshot: Snapshot,
  kind: Kind,
): Steps<ReadonlyMap<string, SnapshotEntries[Kind][number]>> {
  const entries = new Map<string, SnapshotEntries[Kind][number]>()
  for (const part of snapshot.parts) {
    if (part.kind !== kind) continue
    for (const { key, entry } of keyed(part)) entries.set(key, entry as SnapshotEntries[Kind][number])
    yield
  }
  return entries
}
