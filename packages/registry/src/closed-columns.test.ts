import { beforeAll, expect, test } from 'vitest'
import { writeSetting } from './settings.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, novaPro } from './testing/sample-registry.ts'

const digest = 'd'.repeat(64)

onBothDatabases('service_role', (registry) => {
  beforeAll(async () => {
    const database = registry.database()
    await writeSetting(database, 'master-key-check', 'fingerprint')
    await database.query(
      `INSERT INTO pointsman.keys (id, name, workspace_id, digest, last_four, scopes)
       VALUES ('key-1', 'A key', 'default', '${digest}', 'abcd', '{invoke}')`,
    )
    await database.query(
      `INSERT INTO pointsman.snapshot_parts (hash, kind, entry_count, body)
       VALUES ('${'1'.repeat(64)}', 'keys', 1, '${digest}'), ('${'2'.repeat(64)}', 'models', 1, '{}')`,
    )
  })

  test('reads what a key may do, and its digest nowhere', async () => {
    const database = registry.database()
    const { rows } = await edit(
      database,
      `SELECT id, name, workspace_id, last_four, scopes, routes, models, requests_per_minute,
         spend_per_day_nano_usd, created_at, expires_at, revoked_at, revision FROM pointsman.keys`,
    )
    expect(rows).toMatchObject([{ id: 'key-1', last_four: 'abcd', scopes: ['invoke'] }])
    for (const statement of [
      'SELECT digest FROM pointsman.keys',
      'SELECT * FROM pointsman.keys',
      `SELECT id FROM pointsman.keys WHERE digest = '${digest}'`,
      'SELECT keys FROM pointsman.keys',
    ]) {
      await expect(edit(database, statement), statement).rejects.toThrow(/permission denied/)
    }
    const parts = await edit(database, 'SELECT kind FROM pointsman.snapshot_parts')
    expect(parts.rows).toEqual([{ kind: 'models' }])
  })

  test('reads the settings that say what prices and revisions mean, and no other', async () => {
    const database = registry.database()
    const { rows } = await edit(database, 'SELECT key FROM pointsman.settings ORDER BY key')
    expect(rows.map((row) => row['key'])).toEqual(['epoch', 'region', 'schema-version'])
    const costs = await edit(
      database,
      `SELECT input_cost_per_mtok AS cost FROM pointsman.kept_model_columns WHERE model_id = '${novaPro}'`,
    )
    expect(costs.rows).toEqual([{ cost: 1.05 }])
  })
})
