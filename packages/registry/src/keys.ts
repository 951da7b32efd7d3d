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
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'

export interface KeyRow {
  readonly key: Key
  /** The only characters of the key that are kept. */
  readonly lastFour: string
  readonly createdAtMs: number
  readonly revokedAtMs: number | null
  /** The key that took its place; until this one ends both are good. */
  readonly replacedBy: KeyId | null
  /** Its last request that is in the records; null = none. */
  readonly lastUsedAtMs: number | null
  /** Number of the revision of its last change. */
  readonly revision: number
}

/** A limit that is not set is left out: a key without it has the same content as before there was such a limit. */
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
  ...set('tokensPerMinute', read.numberOrNull(row, 'tokens_per_minute')),
  ...set('concurrentRequests', read.numberOrNull(row, 'concurrent_requests')),
  ...set('spendPerMonthNanoUsd', read.numberOrNull(row, 'spend_per_month_nano_usd')),
  ...set('budget', keyIdOrNull(row, 'budget_id')),
})

const set = <Name extends string, Value>(name: Name, value: Value | null): { [Key in Name]?: Value } =>
  value === null ? {} : ({ [name]: value } as { [Key in Name]: Value })

function keyIdOrNull(row: Row, column: string): KeyId | null {
  const id = read.textOrNull(row, column)
  return id === null ? null : keyId(id)
}

const readKeyRow = (row: Row): KeyRow => ({
  key: readKey(row),
  lastFour: read.text(row, 'last_four'),
  createdAtMs: read.instant(row, 'created_at'),
  revokedAtMs: read.instantOrNull(row, 'revoked_at'),
  replacedBy: keyIdOrNull(row, 'replaced_by'),
  lastUsedAtMs: read.instantOrNull(row, 'last_used_at'),
  revision: read.number(row, 'revision'),
})

const first = (rows: readonly Row[]): KeyRow | null => (rows[0] === undefined ? null : readKeyRow(rows[0]))

const shown =
  'keys.*, (SELECT last_used_at FROM pointsman.key_uses WHERE key_id = keys.id) AS last_used_at' as const

/** Throws `refused` where the id or the digest exists already. */
export async function insertKey(
  transaction: Transaction,
  { key, lastFour }: { readonly key: Key; readonly lastFour: string },
): Promise<KeyRow> {
  const { rows } = await transaction.query(
    `INSERT INTO pointsman.keys (id, name, workspace_id, digest, last_four, scopes, routes, models,
       requests_per_minute, spend_per_day_nano_usd, expires_at, tokens_per_minute, concurrent_requests,
       spend_per_month_nano_usd, budget_id)
     SELECT $1, $2, $3, $4, $5, $6::text[], $7::text[], $8::text[], $9::integer, $10::bigint, $11::timestamptz,
       $12::bigint, $13::integer, $14::bigint, $15::text
     WHERE NOT EXISTS (SELECT FROM pointsman.keys WHERE id = $1 OR digest = $4)
     RETURNING ${shown}`,
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
      key.tokensPerMinute ?? null,
      key.concurrentRequests ?? null,
      key.spendPerMonthNanoUsd ?? null,
      key.budget ?? null,
    ],
  )
  const made = first(rows)
  if (made === null)
    throw new PointsmanError('refused', `The key ${key.id} exists already. Make another one.`)
  return made
}

/** All of them, of every workspace; newest first. */
export async function listKeys(
  database: Queryable,
  { includeRevoked = false }: { readonly includeRevoked?: boolean } = {},
): Promise<readonly KeyRow[]> {
  const { rows } = await database.query(
    `SELECT keys.*, uses.last_used_at FROM pointsman.keys AS keys
     LEFT JOIN pointsman.key_uses AS uses ON uses.key_id = keys.id
     WHERE $1::boolean OR revoked_at IS NULL
     ORDER BY created_at DESC, id`,
    [includeRevoked],
  )
  return rows.map(readKeyRow)
}

/** Of one workspace; newest first. */
export async function pageOfKeys(
  database: Queryable,
  question: {
    readonly workspace: WorkspaceId
    readonly includeRevoked: boolean
    readonly limit: number
    readonly cursor: string | null
  },
): Promise<Page<KeyRow>> {
  const { cursor, includeRevoked, limit, workspace } = question
  const [beforeMs = null, beforeId = null] = cursor === null ? [] : readCursor(cursor, ['number', 'string'])
  const { rows } = await database.query(
    `SELECT ${shown} FROM pointsman.keys AS keys
     WHERE workspace_id = $1 AND ($2::boolean OR revoked_at IS NULL)
       AND ($3::bigint IS NULL OR (pointsman.epoch_ms(created_at), id) < ($3::bigint, $4::text))
     ORDER BY pointsman.epoch_ms(created_at) DESC, id DESC LIMIT $5`,
    [workspace, includeRevoked, beforeMs, beforeId, limit + 1],
  )
  return pageOf(rows, limit, readKeyRow, ({ createdAtMs, key }) => writeCursor(createdAtMs, key.id))
}

export async function findKey(database: Queryable, id: KeyId): Promise<KeyRow | null> {
  return first((await database.query(`SELECT ${shown} FROM pointsman.keys AS keys WHERE id = $1`, [id])).rows)
}

/** Its name, limits and end; what makes it itself stays. Throws `not_found` where there is none. */
export async function changeKey(transaction: Transaction, key: Key): Promise<KeyRow> {
  const { rows } = await transaction.query(
    `UPDATE pointsman.keys AS keys SET name = $2, routes = $3::text[], models = $4::text[],
       requests_per_minute = $5::integer, tokens_per_minute = $6::bigint, concurrent_requests = $7::integer,
       spend_per_day_nano_usd = $8::bigint, spend_per_month_nano_usd = $9::bigint, expires_at = $10::timestamptz
     WHERE id = $1 RETURNING ${shown}`,
    [
      ...[key.id, key.name, key.routes, key.models],
      ...[key.requestsPerMinute, key.tokensPerMinute ?? null, key.concurrentRequests ?? null],
      ...[key.spendPerDayNanoUsd, key.spendPerMonthNanoUsd ?? null],
      key.expiresAtMs === null ? null : new Date(key.expiresAtMs),
    ],
  )
  const changed = first(rows)
  if (changed === null) throw new PointsmanError('not_found', `There is no key ${key.id}.`)
  return changed
}

/** Null where there is none; a key that was revoked before keeps its date. */
export async function revokeKey(transaction: Transaction, id: KeyId): Promise<KeyRow | null> {
  const { rows } = await transaction.query(
    `UPDATE pointsman.keys AS keys SET revoked_at = coalesce(revoked_at, pointsman.now_ms()) WHERE id = $1
     RETURNING ${shown}`,
    [id],
  )
  return first(rows)
}

/** Another key has taken its place: it ends at the instant, or before where it would have; null = at once. */
export async function replaceKey(
  transaction: Transaction,
  id: KeyId,
  replacement: { readonly by: KeyId; readonly endsAtMs: number | null },
): Promise<void> {
  const { by, endsAtMs } = replacement
  await transaction.query(
    `UPDATE pointsman.keys SET replaced_by = $2, expires_at = least(expires_at, $3::timestamptz),
       revoked_at = CASE WHEN $3::timestamptz IS NULL THEN coalesce(revoked_at, pointsman.now_ms()) ELSE revoked_at END
     WHERE id = $1`,
    [id, by, endsAtMs === null ? null : new Date(endsAtMs)],
  )
}
