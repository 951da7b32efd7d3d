import type { Database } from './database.ts'
import * as read from './row-values.ts'
import { readSetting } from './settings.ts'

/** What an operator looks at before anything else. */
export interface DatabaseFacts {
  readonly version: string
  readonly nowMs: number
  readonly maxConnections: number
  readonly freeConnections: number
  readonly migrated: boolean
  readonly migrations: readonly string[]
  readonly schemaVersion: string
  readonly masterKeyCheck: string | null
}

/** Of an empty database too. */
export async function readDatabaseFacts(database: Database): Promise<DatabaseFacts> {
  const { rows } = await database.query(
    `SELECT version() AS version, clock_timestamp() AS now, current_setting('max_connections')::integer AS most,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
       to_regclass('pointsman.settings') IS NOT NULL AS migrated`,
  )
  const row = rows[0] ?? {}
  const most = read.number(row, 'most')
  const migrated = read.boolean(row, 'migrated')
  const text = async (key: string): Promise<string | null> => {
    const value = migrated ? await readSetting(database, key) : null
    return typeof value === 'string' ? value : null
  }
  const applied = migrated
    ? (await database.query('SELECT version FROM supabase_migrations.schema_migrations ORDER BY version'))
        .rows
    : []
  return {
    ...{ migrated, maxConnections: most, version: read.text(row, 'version') },
    nowMs: read.instant(row, 'now'),
    freeConnections: Math.max(0, most - read.number(row, 'used')),
    migrations: applied.map((one) => read.text(one, 'version')),
    schemaVersion: (await text('schema-version')) ?? '',
    masterKeyCheck: await text('master-key-check'),
  }
}
