import type { Revision, Snapshot, SnapshotEntries } from '@pointsman/contract'

export interface SnapshotMaking {
  readonly revision: Revision
  readonly createdAtMs: number
  /** Hex SHA-256 of a text's UTF-8 bytes; handed in, because this room is pure. */
  readonly sha256Hex: (text: string) => string
}

/**
 * Splits entries into content-addressed parts of at most `maxEntriesPerPart` and writes their manifest. The
 * order in which entries are handed in does not matter: equal content gives an equal hash, and one edit
 * changes one part.
 */
export declare function snapshotFrom(entries: SnapshotEntries, making: SnapshotMaking): Snapshot

/** Checks every part against its hash and the manifest against its own; returns what is wrong, in words. */
export declare function verifySnapshot(
  snapshot: Snapshot,
  sha256Hex: (text: string) => string,
): readonly string[]
