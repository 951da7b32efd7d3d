import {
  providerId,
  type Actor,
  type ProviderId,
  type ProviderKeyFacts,
  type SealedKey,
  type SealedParts,
} from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import * as read from './row-values.ts'

/** One version of a provider's key: the record, without what is sealed. */
export interface ProviderKeyRow extends Omit<ProviderKeyFacts, 'source'> {
  readonly setAtMs: number
  /** Null where its revision was pruned. */
  readonly setBy: Actor | null
  /** Another version took its place, or it was taken away; null = it is in force. */
  readonly endedAtMs: number | null
  readonly endedBy: Actor | null
  /** Number of the revision of its last change. */
  readonly revision: number
}

export interface NewProviderKey extends Omit<ProviderKeyFacts, 'source'>, SealedParts {}

const readFacts = (row: Row): Omit<ProviderKeyFacts, 'source'> => ({
  provider: providerId(read.text(row, 'provider')),
  id: read.text(row, 'id'),
  version: read.number(row, 'version'),
  kind: read.word(row, 'kind'),
  lastFour: read.textOrNull(row, 'last_four'),
  expiresAtMs: read.instantOrNull(row, 'expires_at'),
})

const actorOrNull = (row: Row, prefix: string): Actor | null => {
  const id = read.textOrNull(row, `${prefix}_id`)
  return id === null ? null : { kind: read.word(row, `${prefix}_kind`), id }
}

const readRow = (row: Row): ProviderKeyRow => ({
  ...readFacts(row),
  setAtMs: read.instant(row, 'set_at'),
  setBy: actorOrNull(row, 'set_by'),
  endedAtMs: read.instantOrNull(row, 'ended_at'),
  endedBy: actorOrNull(row, 'ended_by'),
  revision: read.number(row, 'revision'),
})

/** Newest first. */
export async function listProviderKeys(
  database: Queryable,
  provider: ProviderId,
): Promise<readonly ProviderKeyRow[]> {
  const { rows } = await database.query(
    `SELECT key.provider, key.id, version, kind, last_four, expires_at, set_at, ended_at, revision,
       setting.actor_kind AS set_by_kind, setting.actor_id AS set_by_id,
       ending.actor_kind AS ended_by_kind, ending.actor_id AS ended_by_id
     FROM pointsman.provider_keys AS key
     LEFT JOIN pointsman.revisions AS setting ON setting.number = key.set_revision
     LEFT JOIN pointsman.revisions AS ending ON key.ended_at IS NOT NULL AND ending.number = key.revision
     WHERE key.provider = $1 ORDER BY version DESC`,
    [provider],
  )
  return rows.map(readRow)
}

/** All that are in force, sealed. */
export async function sealedProviderKeys(database: Queryable): Promise<readonly SealedKey[]> {
  const { rows } = await database.query(
    `SELECT provider, id, version, kind, last_four, expires_at, set_at, wrapping_key,
       translate(encode(wrapped_key, 'base64'), chr(10), '') AS wrapped_key,
       translate(encode(sealed, 'base64'), chr(10), '') AS sealed
     FROM pointsman.provider_keys WHERE ended_at IS NULL ORDER BY provider`,
  )
  return rows.map((row) => ({
    ...readFacts(row),
    source: 'registry',
    setAtMs: read.instant(row, 'set_at'),
    wrappingKey: read.text(row, 'wrapping_key'),
    wrappedKey: read.text(row, 'wrapped_key'),
    sealed: read.text(row, 'sealed'),
  }))
}

/** Of the next key of this provider. The numbers of those that ended are not used again. */
export async function nextProviderKeyVersion(
  transaction: Transaction,
  provider: ProviderId,
): Promise<number> {
  const { rows } = await transaction.query(
    'SELECT coalesce(max(version), 0) + 1 AS version FROM pointsman.provider_keys WHERE provider = $1',
    [provider],
  )
  return read.number(rows[0] ?? {}, 'version')
}

/** The one before has to have ended: of a provider one key is in force. */
export async function insertProviderKey(transaction: Transaction, key: NewProviderKey): Promise<void> {
  await transaction.query(
    `INSERT INTO pointsman.provider_keys
       (provider, version, id, kind, last_four, expires_at, wrapping_key, wrapped_key, sealed, set_revision)
     VALUES ($1, $2::integer, $3, $4, $5, $6::timestamptz, $7, decode($8, 'base64'), decode($9, 'base64'),
       pointsman.next_revision())`,
    [
      ...[key.provider, key.version, key.id, key.kind, key.lastFour],
      key.expiresAtMs === null ? null : new Date(key.expiresAtMs),
      ...[key.wrappingKey, key.wrappedKey, key.sealed],
    ],
  )
}

/** What was sealed goes with it. False where none is in force. */
export async function endProviderKey(transaction: Transaction, provider: ProviderId): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `UPDATE pointsman.provider_keys
     SET ended_at = pointsman.now_ms(), wrapping_key = NULL, wrapped_key = NULL, sealed = NULL
     WHERE provider = $1 AND ended_at IS NULL`,
    [provider],
  )
  return rowCount > 0
}
