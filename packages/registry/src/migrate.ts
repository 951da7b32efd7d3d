import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { PointsmanError } from '@pointsman/contract'
import type { Database, Queryable, Transaction } from './database.ts'
import { SqlError } from './sql-error.ts'

export interface MigrationReport {
  /** Versions that were run now, in order. */
  readonly applied: readonly string[]
  /** The newest version that the database has. */
  readonly version: string
}

export interface MigrationOptions {
  /** Default: the repository's `supabase/migrations/`. */
  readonly directory?: URL
  readonly onApplied?: (version: string, name: string) => void
  /** Told once for each migration that finds a table locked by another session, and is tried again. */
  readonly onWaiting?: (version: string, name: string) => void
  /** How long one migration is tried again. Default 600,000. */
  readonly lockWaitMs?: number
}

export interface Migration {
  readonly version: string
  readonly name: string
  readonly text: string
}

const repositoryMigrations = new URL('../../../supabase/migrations/', import.meta.url)

const fileName = /^(\d{14})_([a-z0-9_]+)\.sql$/
/** A migration may build an index over a large table, and another starter waits for it meanwhile. */
const timeoutMs = 600_000
/**
 * Whatever asks for a table after a migration waits behind it, also edits of hosts that still serve, and those give up
 * after 2 s: a try lasts less, and lets them through before the next.
 */
const oneTryMs = 1_000
const betweenTriesMs = 1_000

/** The files in order. */
export async function readMigrations(directory: URL = repositoryMigrations): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (file) => {
      const [, version, name] = fileName.exec(file) ?? []
      if (version === undefined || name === undefined) {
        throw new PointsmanError(
          'refused',
          `${file} in ${directory.pathname} is not named YYYYMMDDHHMMSS_name.sql.`,
        )
      }
      return { version, name, text: await readFile(new URL(file, directory), 'utf8') }
    }),
  )
}

/**
 * Runs the files of `supabase/migrations` that the database does not have yet, each in a transaction with its row in
 * `supabase_migrations.schema_migrations`. Safe to call from several processes at once. Throws `refused` where a newer
 * version of the program has written the database, `registry_unavailable` (`data.migration`) where another session kept its
 * lock.
 */
export async function migrate(database: Database, options: MigrationOptions = {}): Promise<MigrationReport> {
  const migrations = await readMigrations(options.directory)
  const version = migrations.at(-1)?.version ?? ''
  await refuseNewer(database, migrations)
  const done = await appliedVersions(database)
  // As at nearly every start: to try each of them is a third of a second on the embedded database.
  if (migrations.every((migration) => done.has(migration.version))) return { applied: [], version }
  await database.transaction({ purpose: 'plain', lockTimeoutMs: timeoutMs }, makeRegister)
  const applied: string[] = []
  for (const migration of migrations) {
    const ran = await onceUnlocked(migration, options, () =>
      database.transaction(
        { purpose: 'plain', lockTimeoutMs: timeoutMs, statementTimeoutMs: timeoutMs },
        (transaction) => applyMigration(transaction, migration, oneTryMs),
      ),
    )
    if (!ran) continue
    applied.push(migration.version)
    options.onApplied?.(migration.version, migration.name)
  }
  return { applied, version }
}

/** Tried again for as long as others hold what it locks. */
async function onceUnlocked<Result>(
  { name, version }: Migration,
  { lockWaitMs = timeoutMs, onWaiting }: MigrationOptions,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const beganAtMs = performance.now()
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!isLockTimeout(error)) throw error
      if (tries === 1) onWaiting?.(version, name)
      if (performance.now() - beganAtMs >= lockWaitMs)
        throw stillLocked(`${version}_${name}`, lockWaitMs, error)
    }
    await sleep(betweenTriesMs)
  }
}

const isLockTimeout = (error: unknown): boolean =>
  error instanceof PointsmanError && error.cause instanceof SqlError && error.cause.facts.code === '55P03'

const stillLocked = (migration: string, lockWaitMs: number, cause: unknown): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    `The migration ${migration} waited ${lockWaitMs / 1_000} seconds for a lock that another session holds, such as a pg_dump or an open query of a reporting tool. ${lockHolder} End it, or wait for its end, and try again. Nothing of the migration was done.`,
    { cause, data: { migration } },
  )

/** Where to look for who holds it. */
export const lockHolder = 'It stands in pg_stat_activity with an old xact_start.'

async function appliedVersions(database: Database): Promise<ReadonlySet<unknown>> {
  const { rows: registers } = await database.query(
    "SELECT to_regclass('supabase_migrations.schema_migrations') IS NOT NULL AS there",
  )
  if (registers[0]?.['there'] !== true) return new Set()
  const { rows } = await database.query('SELECT version FROM supabase_migrations.schema_migrations')
  return new Set(rows.map(({ version }) => version))
}

/** Supabase's own table, in Supabase's own form. Two starters that make it at once would collide in the catalogue. */
export async function makeRegister(transaction: Transaction): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock(70707072)')
  await transaction.query('CREATE SCHEMA IF NOT EXISTS supabase_migrations')
  await transaction.query(
    'CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text)',
  )
}

/**
 * The newest migration sets `schema-version`, so that an older program sees a newer one's database. The register alone
 * would not do: on a shared Supabase project an operator's own migrations stand in it too.
 */
async function refuseNewer(database: Database, migrations: readonly Migration[]): Promise<void> {
  const version = await readSchemaVersion(database)
  const newest = migrations.at(-1)?.version ?? ''
  if (version === null || version <= newest) return
  throw new PointsmanError(
    'refused',
    `The database was migrated to ${version} by a newer version of Pointsman; this one knows up to ${newest}. Start the newer one, or restore a backup that was made before. Nothing was changed.`,
  )
}

/** Of the newest migration that the database has; null = it has none of ours. */
export async function readSchemaVersion(database: Queryable): Promise<string | null> {
  const { rows: tables } = await database.query(
    "SELECT to_regclass('pointsman.settings') IS NOT NULL AS there",
  )
  if (tables[0]?.['there'] !== true) return null
  const { rows } = await database.query("SELECT value FROM pointsman.settings WHERE key = 'schema-version'")
  const version = rows[0]?.['value']
  return typeof version === 'string' ? version : null
}

/**
 * The row first: a second starter waits on its key, however long, and finds the migration done. `lockTimeoutMs`: of what the
 * migration itself locks. False where it was done before.
 */
export async function applyMigration(
  transaction: Transaction,
  migration: Migration,
  lockTimeoutMs?: number,
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    'INSERT INTO supabase_migrations.schema_migrations (version, statements, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [migration.version, [migration.text], migration.name],
  )
  if (rowCount === 0) return false
  if (lockTimeoutMs !== undefined)
    await transaction.query("SELECT set_config('lock_timeout', $1, true)", [`${lockTimeoutMs}ms`])
  // lint-allow sql-text -- a migration of this repository
  await transaction.script(migration.text)
  return true
}
