import type { Actor, Revision, RevisionState, SnapshotManifest, SnapshotPart } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

export interface RevisionRow {
  readonly revision: Revision
  readonly state: RevisionState
  /** Who made it. */
  readonly actor: Actor
  readonly recordedAtMs: number
  /** When it was published or rejected. */
  readonly settledAtMs: number | null
  /** Why it was rejected, in words for people. */
  readonly error: string | null
  /** Hash of the manifest; null where none was made: not yet settled, or covered by a later one. */
  readonly manifestHash: string | null
}

/** This transaction's revision: allocated at the first call or the first change, the same one afterwards. Purpose `registry` or `sql` only. */
export declare function nextRevision(transaction: Transaction): Promise<Revision>
/** The newest revision in any state; null in a registry that was never written. */
export declare function latestRevision(database: Queryable): Promise<Revision | null>
export declare function findRevision(database: Queryable, number: number): Promise<RevisionRow | null>
/** Newest first; `cursor` from the page before. */
export declare function listRevisions(
  database: Queryable,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<{ readonly data: readonly RevisionRow[]; readonly nextCursor: string | null }>
/** Recorded and not yet settled, oldest first. The tables hold the state of the newest one, which is the one to publish. */
export declare function revisionsToPublish(database: Queryable): Promise<readonly Revision[]>

/**
 * Publishes a revision with its manifest and those parts that are not stored yet; older recorded ones are covered by
 * it and become published too. Their switches become `published`. Notifies. Throws `refused` when it was settled before.
 */
export declare function publishRevision(
  transaction: Transaction,
  publication: {
    readonly revision: Revision
    readonly manifest: SnapshotManifest
    readonly parts: readonly SnapshotPart[]
  },
): Promise<void>
/** Marks a recorded revision as rejected, its switches too. */
export declare function rejectRevision(
  transaction: Transaction,
  rejection: { readonly revision: Revision; readonly error: string },
): Promise<void>
