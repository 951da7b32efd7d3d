import type { Revision, SnapshotEntries, SnapshotManifest, SnapshotPart } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

/** Everything a snapshot holds, from the tables as they stand in this transaction. Revoked keys are left out. */
export declare function readSnapshotEntries(database: Queryable): Promise<SnapshotEntries>
/** The manifest of a revision, or of the newest published one; null where there is none. */
export declare function readManifest(
  database: Queryable,
  which: Revision | 'latest',
): Promise<SnapshotManifest | null>
/** The parts of these hashes, those that are stored; in no promised order. */
export declare function readParts(
  database: Queryable,
  hashes: readonly string[],
): Promise<readonly { readonly hash: string; readonly part: SnapshotPart }[]>
/** Forgets manifests but the newest `keepRevisions`, and the parts that no manifest names. Returns how many parts went. */
export declare function pruneSnapshotParts(transaction: Transaction, keepRevisions: number): Promise<number>
