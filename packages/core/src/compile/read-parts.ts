import {
  maxEntriesPerPart,
  partKinds,
  type PartKind,
  type Snapshot,
  type SnapshotEntries,
} from '@pointsman/contract'

type MutableEntries = { -readonly [Kind in PartKind]: SnapshotEntries[Kind][number][] }

const emptyEntries = (): MutableEntries => ({
  models: [],
  prices: [],
  routes: [],
  roles: [],
  aliases: [],
  keys: [],
  'fallback-rules': [],
})

/**
 * Joins a snapshot's parts by kind, and checks that manifest and parts tell the same. A kind that this reader
 * does not know is refused, not skipped: it may hold a rule that restricts.
 */
export function readParts(snapshot: Snapshot, problems: string[]): SnapshotEntries {
  const { manifest, parts } = snapshot
  const entries = emptyEntries()
  checkSchema(manifest.schema, problems)
  if (manifest.parts.length !== parts.length) {
    problems.push(`the manifest names ${manifest.parts.length} parts, the snapshot has ${parts.length}`)
  }
  let lastPlace = 0
  for (const [index, part] of parts.entries()) {
    const place = partKinds.indexOf(part.kind)
    if (place === -1) {
      problems.push(`part ${index} is of the unknown kind '${part.kind}'`)
      continue
    }
    if (place < lastPlace) problems.push(`part ${index} (${part.kind}) stands after a part of a later kind`)
    lastPlace = Math.max(lastPlace, place)
    checkReference(snapshot, index, problems)
    const target: unknown[] = entries[part.kind]
    for (const entry of part.entries) target.push(entry)
  }
  return entries
}

/** A snapshot arrives as JSON from elsewhere: the type promises what is checked here. */
function checkSchema(schema: string, problems: string[]): void {
  if (schema !== 'v1') problems.push(`the snapshot's schema is '${schema}', not 'v1'`)
}

function checkReference(snapshot: Snapshot, index: number, problems: string[]): void {
  const reference = snapshot.manifest.parts[index]
  const part = snapshot.parts[index]
  if (reference === undefined || part === undefined) return
  const count = part.entries.length
  if (reference.kind !== part.kind) {
    problems.push(`the manifest calls part ${index} '${reference.kind}', it is '${part.kind}'`)
  }
  if (reference.count !== count) {
    problems.push(
      `the manifest counts ${reference.count} entries in part ${index} (${part.kind}), it has ${count}`,
    )
  }
  if (count > maxEntriesPerPart) {
    problems.push(
      `part ${index} (${part.kind}) has ${count} entries; at most ${maxEntriesPerPart} are allowed`,
    )
  }
}

/** Each kind's part hashes, joined: equal text, equal content, because parts are content-addressed. */
export function hashesByKind(snapshot: Snapshot): ReadonlyMap<PartKind, string> {
  const hashes = new Map<PartKind, string>(partKinds.map((kind) => [kind, '']))
  for (const { kind, hash } of snapshot.manifest.parts) hashes.set(kind, `${hashes.get(kind) ?? ''}${hash} `)
  return hashes
}
