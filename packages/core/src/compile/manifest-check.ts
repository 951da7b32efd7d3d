import { maxEntriesPerPart, partKinds, type Snapshot } from '@pointsman/contract'

/**
 * Checks that manifest and parts tell the same. A kind that this reader does not know is refused, not skipped: it may
 * hold a rule that restricts.
 */
export function checkManifest(snapshot: Snapshot, problems: Set<string>): void {
  const { manifest, parts } = snapshot
  checkSchema(manifest.schema, problems)
  if (manifest.parts.length !== parts.length) {
    problems.add(`the manifest names ${manifest.parts.length} parts, the snapshot has ${parts.length}`)
  }
  let lastPlace = 0
  for (const [index, part] of parts.entries()) {
    const place = partKinds.indexOf(part.kind)
    if (place === -1) {
      problems.add(`part ${index} is of the unknown kind '${part.kind}'`)
      continue
    }
    if (place < lastPlace) problems.add(`part ${index} (${part.kind}) stands after a part of a later kind`)
    lastPlace = Math.max(lastPlace, place)
    checkReference(snapshot, index, problems)
  }
}

/** A snapshot arrives as JSON from elsewhere: the type promises what is checked here. */
function checkSchema(schema: string, problems: Set<string>): void {
  if (schema !== 'v1') problems.add(`the snapshot's schema is '${schema}', not 'v1'`)
}

function checkReference(snapshot: Snapshot, index: number, problems: Set<string>): void {
  const reference = snapshot.manifest.parts[index]
  const part = snapshot.parts[index]
  if (reference === undefined || part === undefined) return
  const count = part.entries.length
  if (reference.kind !== part.kind) {
    problems.add(`the manifest calls part ${index} '${reference.kind}', it is '${part.kind}'`)
  }
  if (reference.count !== count) {
    problems.add(
      `the manifest counts ${reference.count} entries in part ${index} (${part.kind}), it has ${count}`,
    )
  }
  if (count > maxEntriesPerPart) {
    problems.add(
      `part ${index} (${part.kind}) has ${count} entries; at most ${maxEntriesPerPart} are allowed`,
    )
  }
}
