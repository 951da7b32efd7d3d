import { PointsmanError, type JsonValue } from '@pointsman/contract'
import type { Database, Queryable, Row, SqlValue, Transaction } from '../database.ts'
import { applyMigration, makeRegister, readMigrations, type Migration } from '../migrate.ts'
import * as read from '../row-values.ts'
import { verifyChain, type ChainAnchor, type ChainReport } from '../switch-chain.ts'
import { loadRows, type GivenTable, type LoadedTable } from './load-rows.ts'
import { backupTables, quoted, quotedTable, type BackupTable } from './tables.ts'

/** What a restore puts into an empty database. */
export interface GivenBackup {
  /** Of the schema that the rows were written under: these are run first, the newer ones after the rows are in. */
  readonly migrations: readonly string[]
  readonly usageMonths: readonly string[]
  readonly chainHead: ChainAnchor
  /** In the backup's order. */
  tables(): AsyncIterable<GivenTable>
  /** For the record of the restore. */
  readonly reason: string
  readonly evidence: { readonly [name: string]: JsonValue }
}

export interface LoadedBackup {
  readonly tables: readonly LoadedTable[]
  /** The whole chain, with the record of the restore at its end. */
  readonly chain: ChainReport
  readonly epoch: number
  readonly revision: number
  /** Migrations that were run after the rows were in. */
  readonly upgraded: readonly string[]
}

const longMs = 600_000
const monthPattern = /^\d{4}_(0[1-9]|1[0-2])$/

/** Throws `refused` where something of ours is in it already. */
export async function requireEmpty(database: Queryable): Promise<void> {
  const { rows } = await database.query("SELECT to_regnamespace('pointsman') IS NOT NULL AS there")
  if (rows[0]?.['there'] !== true) return
  throw new PointsmanError(
    'refused',
    'The database is not empty: it has a schema "pointsman". A restore writes into an empty database only. Make a new one (CREATE DATABASE …) and name it in DATABASE_URL, or name a new folder with --data-dir. Nothing was changed.',
  )
}

/**
 * Everything in one transaction: either the whole backup is in, its chain verified and the new epoch recorded, or the
 * database is as it was.
 */
export async function loadBackup(database: Database, given: GivenBackup): Promise<LoadedBackup> {
  const migrations = await readMigrations()
  const before = migrations.filter(({ version }) => given.migrations.includes(version))
  const after = migrations.filter(({ version }) => !given.migrations.includes(version))
  return database.transaction(
    { purpose: 'plain', lockTimeoutMs: longMs, statementTimeoutMs: longMs },
    async (transaction) => {
      await makeRegister(transaction)
      await requireEmpty(transaction)
      await runMigrations(transaction, before)
      const tables = await loadTables(transaction, given)
      await runMigrations(transaction, after)
      const { epoch, revision } = await startEpoch(transaction, given)
      const chain = await verifyChain(transaction, given.chainHead)
      refuseBroken(chain, given.chainHead)
      return { tables, chain, epoch, revision, upgraded: after.map(({ version }) => version) }
    },
  )
}

function refuseBroken(chain: ChainReport, head: ChainAnchor): void {
  if (chain.valid && chain.count === head.sequence + 1) return
  throw new PointsmanError(
    'refused',
    `The chain of switches does not hold after the restore: ${chain.firstBad?.problem ?? `it has ${chain.count} records, not ${head.sequence + 1}`}. Nothing was changed.`,
  )
}

async function runMigrations(transaction: Transaction, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) {
    await applyMigration(transaction, migration)
    await settle(transaction)
  }
}

/** What waits for the end of a transaction is done now: tables with waiting triggers cannot be altered. */
async function settle(transaction: Transaction): Promise<void> {
  await transaction.query('SET CONSTRAINTS ALL IMMEDIATE')
  await transaction.query('SET CONSTRAINTS ALL DEFERRED')
}

/**
 * Without triggers, foreign keys and our own checks: most rows were held by them when they were written. Those that are
 * older than a rule stand as they stood, and are held to it in what the next edit changes.
 */
async function loadTables(transaction: Transaction, given: GivenBackup): Promise<readonly LoadedTable[]> {
  await makePartitions(transaction, given.usageMonths)
  const tables = await backupTables(transaction)
  const names = tables.map(({ name }) => quotedTable(name))
  const constraints = await droppedConstraints(transaction)
  const always = await alwaysTriggers(transaction)
  // lint-allow sql-text -- names of the tables of this database, quoted, and what PostgreSQL says of them
  const alter = (table: string, how: string) => transaction.query(`ALTER TABLE ${table} ${how}`)
  for (const name of names) await alter(name, 'DISABLE TRIGGER USER')
  for (const { table, name } of constraints) await alter(table, `DROP CONSTRAINT ${quoted(name)}`)
  // What the migrations put in stands in the backup, too.
  // lint-allow sql-text -- names of the tables of this database, quoted, and what PostgreSQL says of them
  await transaction.query(`TRUNCATE ${names.join(', ')}`)
  const loaded = await loadRows(transaction, tables, given.tables())
  for (const { table, name, definition } of constraints)
    await alter(table, `ADD CONSTRAINT ${quoted(name)} ${definition}`)
  await continueIdentities(transaction, tables)
  await settle(transaction)
  for (const name of names) await alter(name, 'ENABLE TRIGGER USER')
  // That made them ordinary ones.
  for (const { table, name } of always) await alter(table, `ENABLE ALWAYS TRIGGER ${quoted(name)}`)
  return loaded
}

interface NamedOfTable {
  readonly table: string
  readonly name: string
}

interface Constraint extends NamedOfTable {
  readonly definition: string
}

/**
 * A check of ours is made again without a look at the rows that are there. PostgreSQL leaves the schema out of its words where
 * that is in the search path, as it is for a role of that name.
 */
async function droppedConstraints(transaction: Transaction): Promise<readonly Constraint[]> {
  const { rows } = await transaction.query(
    `SELECT space.nspname || '.' || class.relname AS table_name, item.conname AS name,
       pg_get_constraintdef(item.oid) || CASE WHEN item.contype = 'c' AND item.convalidated THEN ' NOT VALID' ELSE '' END AS definition
     FROM pg_constraint AS item
     JOIN pg_class AS class ON class.oid = item.conrelid
     JOIN pg_namespace AS space ON space.oid = class.relnamespace
     WHERE item.conparentid = 0 AND (item.contype = 'f' AND space.nspname = 'pointsman'
       OR item.contype = 'c' AND pg_get_constraintdef(item.oid) ~ '^CHECK \\((pointsman\\.)?check_') ORDER BY 1, 2`,
  )
  return rows.map((row) => ({ ...namedOfTable(row), definition: read.text(row, 'definition') }))
}

async function alwaysTriggers(transaction: Transaction): Promise<readonly NamedOfTable[]> {
  const { rows } = await transaction.query(
    `SELECT space.nspname || '.' || class.relname AS table_name, item.tgname AS name
     FROM pg_trigger AS item
     JOIN pg_class AS class ON class.oid = item.tgrelid
     JOIN pg_namespace AS space ON space.oid = class.relnamespace
     WHERE item.tgenabled = 'A' AND NOT item.tgisinternal AND space.nspname IN ('pointsman', 'public') ORDER BY 1, 2`,
  )
  return rows.map(namedOfTable)
}

const namedOfTable = (row: Row): NamedOfTable => ({
  table: quotedTable(read.text(row, 'table_name')),
  name: read.text(row, 'name'),
})

/** The months that the backup had, so that old records can be pruned a month at a time. */
async function makePartitions(transaction: Transaction, months: readonly string[]): Promise<void> {
  for (const month of months.filter((name) => monthPattern.test(name))) {
    const partition = quotedTable(`pointsman.usage_records_${month}`)
    const [year = 0, index = 0] = month.split('_').map(Number)
    const edge = (monthIndex: number): string => new Date(Date.UTC(year, monthIndex, 1)).toISOString()
    // lint-allow sql-text -- instants that were computed from digits
    await transaction.query(
      `CREATE TABLE IF NOT EXISTS ${partition} PARTITION OF pointsman.usage_records FOR VALUES FROM ('${edge(index - 1)}') TO ('${edge(index)}')`,
    )
    await transaction.query(`ALTER TABLE ${partition} ENABLE ROW LEVEL SECURITY`)
  }
}

async function continueIdentities(transaction: Transaction, tables: readonly BackupTable[]): Promise<void> {
  for (const { name, columns } of tables) {
    for (const { name: column } of columns.filter(({ identity }) => identity)) {
      await transaction.query(
        `SELECT setval(pg_get_serial_sequence($1, $2), coalesce(max(${quoted(column)}), 0) + 1, false) FROM ${quotedTable(name)}`,
        [name, column],
      )
    }
  }
}

/** Replicas that know the old history must not take the restored one for its continuation. */
async function startEpoch(
  transaction: Transaction,
  { reason, evidence }: GivenBackup,
): Promise<{ readonly epoch: number; readonly revision: number }> {
  const ask = async (text: string, values: readonly SqlValue[] = []) =>
    // lint-allow sql-text -- every caller stands below, with a text of its own
    (await transaction.query(text, values)).rows[0] ?? {}
  const actor = { kind: 'service', id: 'restore' }
  await ask("SELECT set_config('pointsman.actor', $1, true)", [JSON.stringify(actor)])
  const { epoch } = await ask(
    `UPDATE pointsman.settings SET value = to_jsonb((value #>> '{}')::integer + 1), updated_at = now()
     WHERE key = 'epoch' RETURNING (value #>> '{}')::integer AS epoch`,
  )
  const { target_model_id: target = null } = await ask(
    "SELECT target_model_id FROM pointsman.routes WHERE kind = 'default'",
  )
  await endDrills(transaction)
  const row = await ask('SELECT revision_number FROM pointsman.record_switch($1::jsonb)', [
    read.storableJson({
      ...{ actor, action: 'manual_switch', type: 'manual', scope: { kind: 'global' } },
      ...{ from: target, to: target, reason, evidence },
    }),
  ])
  await settle(transaction)
  return { epoch: Number(epoch), revision: read.number(row, 'revision_number') }
}

/** It may have been stopped since the backup was made: nothing is to fail on purpose because of a restore. */
async function endDrills(transaction: Transaction): Promise<void> {
  await transaction.query(
    `UPDATE pointsman.drills SET ended_at = greatest(started_at, least(ends_at, pointsman.now_ms())), end_cause = 'stopped',
       end_reason = 'The registry was restored from a backup.', changed_at = pointsman.now_ms()
     WHERE ended_at IS NULL`,
  )
}
