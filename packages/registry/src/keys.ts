import type { Key, KeyId, WorkspaceId } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

export interface KeyRow {
  readonly key: Key
  /** The only characters of the key that are kept. */
  readonly lastFour: string
  readonly createdAtMs: number
  readonly revokedAtMs: number | null
  /** Number of the revision of its last change. */
  readonly revision: number
}

/** Throws `refused` where the id or the digest exists already. */
export declare function insertKey(
  transaction: Transaction,
  key: { readonly key: Key; readonly lastFour: string },
): Promise<KeyRow>
/** Newest first. */
export declare function listKeys(
  database: Queryable,
  filter?: { readonly workspace?: WorkspaceId; readonly includeRevoked?: boolean },
): Promise<readonly KeyRow[]>
export declare function findKey(database: Queryable, id: KeyId): Promise<KeyRow | null>
/** By the digest of the whole key; revoked ones too. */
export declare function findKeyByDigest(database: Queryable, digest: string): Promise<KeyRow | null>
/** Null where there is none; a key that was revoked before keeps its date. */
export declare function revokeKey(transaction: Transaction, id: KeyId): Promise<KeyRow | null>
