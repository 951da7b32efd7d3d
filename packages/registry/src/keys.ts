import {
  keyId,
  modelId,
  PointsmanError,
  workspaceId,
  type Key,
  type KeyId,
  type KeyScope,
  type WorkspaceId,
} from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import * as read from './row-values.ts'

export interface KeyRow {
  readonly key: Key
  /** The only characters of the key that are kept. */
  readonly lastFour: string
  readonly createdAtMs: number
  readonly revokedAtMs: number | null
  /** Number of the revision of its last change. */
  readonly revision: number
}

export const readKey = (row: Row): Key => ({
  id: keyId(read.text(row, 'id')),
  name: read.text(row, 'name'),
  workspace: workspaceId(read.text(row, 'workspace_id')),
  digest: read.text(row, 'digest'),
  scopes: read.texts(row, 'scopes') as readonly KeyScope[],
  routes: read.textsOrNull(row, 'routes'),
  models: read.textsOrNull(row, 'models')?.map(modelId) ?? null,
  requestsPerMinute: read.numberOrNull(row, 'requests_per_minute'),
  spendPerDayNanoUsd: read.numberOrNull(row, 'spend_per_day_nano_usd'),
  expiresAtMs: read.instantOrNull(row, 'expires_at'),
})

const readKeyRow = (row: Row): KeyRow => ({
  key: readKey(row),
  lastFour: read.text(row, 'last_four'),
  createdAtMs: read.instant(row, 'created_at'),
  revokedAtMs: read.instantOrNull(row, 'revoked_at'),
  revision: read.number(row, 'revision'),
})

const first = (rows: readonly Row[]): KeyRow | null => (rows[0] === undefined ? null : readKeyRow(rows[0]))

/** Throws `refused` where the id or the digest exists already. */
export async function insertKey(
  transaction: Transaction,
  { key, lastFour }: { readonly key: Key; readonly lastFour: string },
): Promise<KeyRow> {
  const { rows } = await transaction.query(
    `INSERT INTO pointsman.keys (id, name, workspace_id, digest, last_four, scopes, routes, models,
       requests_per_minute, spend_per_day_nano_usd, expires_at)
     SELECT $1, $2, $3, $4, $5, $6::text[], $7::text[], $8::text[], $9::integer, $10::bigint, $11::timestamptz
     WHERE NOT EXISTS (SELECT FROM pointsman.keys WHERE id = $1 OR digest = $4)
     RETURNING *`,
    [
      key.id,
      key.name,
      key.workspace,
      key.digest,
      lastFour,
      key.scopes,
      key.routes,
      key.models,
      key.requestsPerMinute,
      key.spendPerDayNanoUsd,
      key.expiresAtMs === null ? null : new Date(key.expiresAtMs),
    ],
  )
  const made = first(rows)
  if (made === null)
    throw new PointsmanError('refused', `The key ${key.id} exists already. Make another one.`)
  return made
}

/** Newest first. */
export async function listKeys(
  database: Queryable,
  filter: { readonly workspace?: WorkspaceId; readonly includeRevoked?: boolean } = {},
): Promise<readonly KeyRow[]> {
  const { rows } = await database.query(
    `SELECT * FROM pointsman.keys
     WHERE ($1::text IS NULL OR workspace_id = $1) AND ($2::boolean OR revoked_at IS NULL)
     ORDER BY created_at DESC, id`,
    [filter.workspace ?? null, filter.includeRevoked ?? false],
  )
  return rows.map(readKeyRow)
}

export async function findKey(database: Queryable, id: KeyId): Promise<KeyRow | null> {
  return first((await database.query('SELECT * FROM pointsman.keys WHERE id = $1', [id])).rows)
}

/** By the digest of the whole key; revoked ones too. */
export async function findKeyByDigest(database: Queryable, digest: string): Promise<KeyRow | null> {
  return first((await database.query('SELECT * FROM pointsman.keys WHERE digest = $1', [digest])).rows)
}

/** Null where there is none; a key that was revoked before keeps its date. */
export async function revokeKey(transaction: Transaction, id: KeyId): Promise<KeyRow | null> {
  const { rows } = await transaction.query(
    'UPDATE pointsman.keys SET revoked_at = coalesce(revoked_at, pointsman.now_ms()) WHERE id = $1 RETURNING *',
    [id],
  )
  return first(rows)
}
