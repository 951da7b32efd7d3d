import type { JsonValue } from '@pointsman/contract'
import type { Queryable } from './database.ts'
import * as read from './row-values.ts'

/** Names in use: `region` (prices are today's in it), `epoch`, `schema-version`, `master-key-check`; others are the caller's. */
export async function readSetting(database: Queryable, key: string): Promise<JsonValue | null> {
  const { rows } = await database.query('SELECT value FROM pointsman.settings WHERE key = $1', [key])
  return rows[0] === undefined ? null : read.json<JsonValue>(rows[0], 'value')
}

export async function writeSetting(database: Queryable, key: string, value: JsonValue): Promise<void> {
  await database.query(
    `INSERT INTO pointsman.settings (key, value) VALUES ($1, $2::jsonb)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = now()
     WHERE settings.value IS DISTINCT FROM excluded.value`,
    [key, read.storableJson(value)],
  )
}

/** Writes where none stands; returns what stands. Two starters agree on one value. */
export async function claimSetting(database: Queryable, key: string, value: JsonValue): Promise<JsonValue> {
  await database.query(
    'INSERT INTO pointsman.settings (key, value) VALUES ($1, $2::jsonb) ON CONFLICT (key) DO NOTHING',
    [key, read.storableJson(value)],
  )
  return (await readSetting(database, key)) ?? value
}
