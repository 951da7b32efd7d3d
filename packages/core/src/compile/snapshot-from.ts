import {
  partKinds,
  type Revision,
  type Snapshot,
  type SnapshotEntries,
  type SnapshotPart,
} from '@pointsman/contract'
import { inOneGo } from './in-steps.ts'
import {
  keyedOf,
  manifestHash,
  partText,
  spread,
  writePart,
  type Sha256Hex,
  type WrittenPart,
} from './snapshot-parts.ts'

export interface SnapshotMaking {
  readonly revision: Revision
  readonly createdAtMs: number
  /** Hex SHA-256 of a text's UTF-8 bytes; handed in, because this room is pure. */
  readonly sha256Hex: Sha256Hex
}

/** A snapshot, and those of its parts that were written for it. */
export interface WrittenSnapshot {
  readonly snapshot: Snapshot
  readonly written: readonly WrittenPart[]
}

/** A manifest of these parts, in their order. */
export function snapshotOfParts(
  parts: readonly Pick<WrittenPart, 'part' | 'reference'>[],
  { createdAtMs, revision, sha256Hex }: SnapshotMaking,
): Snapshot {
  const references = parts.map(({ reference }) => reference)
  const hash = manifestHash(references, sha256Hex)
  return {
    manifest: { schema: 'v1', revision, hash, createdAtMs, parts: references },
    parts: parts.map(({ part }) => part),
  }
}

/**
 * Splits entries into content-addressed parts and writes their manifest, part after part; between two of them it may
 * be left alone. The order in which entries are handed in does not matter: equal content gives an equal hash, and one
 * edit changes one part. Kinds without entries have no part.
 */
export function* writingSnapshot(
  entries: SnapshotEntries,
  making: SnapshotMaking,
): Generator<undefined, WrittenSnapshot> {
  const written: WrittenPart[] = []
  for (const kind of partKinds) {
    for (const part of spread(keyedOf(kind, entries[kind]))) {
      written.push(writePart(kind, part, making.sha256Hex))
      yield
    }
  }
  return { snapshot: snapshotOfParts(written, making), written }
}

/** The same in one go. */
export const snapshotFrom = (entries: SnapshotEntries, making: SnapshotMaking): Snapshot =>
  inOneGo(writingSnapshot(entries, making)).snapshot

/** Whether a part is what its hash says. */
export const isPart = (part: SnapshotPart, hash: string, sha256Hex: Sha256Hex): boolean =>
  sha256Hex(partText(part)) === hash

/** Checks every part against its hash and the manifest against its own; returns what is wrong, in words. */
export function verifySnapshot(snapshot: Snapshot, sha256Hex: Sha256Hex): readonly string[] {
  const { manifest, parts } = snapshot
  const problems = parts.flatMap((part, index) =>
    isPart(part, manifest.parts[index]?.hash ?? '', sha256Hex)
      ? []
      : [`part ${index} (${part.kind}) does not have the hash that the manifest names`],
  )
  if (manifestHash(manifest.parts, sha256Hex) !== manifest.hash) {
    problems.push('the manifest does not have the hash that it names')
  }
  return problems
}
