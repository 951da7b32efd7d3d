import { PointsmanError, type JournalPosition, type Revision } from '@pointsman/contract'
import type { Database, Transaction } from '../database.ts'
import { latestRevision } from '../revisions.ts'
import * as read from '../row-values.ts'
import { readSetting } from '../settings.ts'
import { chainHead, type ChainAnchor } from '../switch-chain.ts'
import { readCheckpoints } from '../usage/ingest.ts'
import { backupTables, quoted, quotedTable, type BackupRow, type BackupTable } from './tables.ts'

/** What stands at the same instant as the rows. */
export interface BackupFacts {
  /** Migrations that the database has, of those that this program knows. */
  readonly migrations: readonly string[]
  readonly schemaVersion: string
  /** `PostgreSQL 18.6 …` */
  readonly madeOn: string
  readonly kind: Database['kind']
  readonly epoch: number
  readonly revision: Revision | null
  readonly chainHead: ChainAnchor
  /** How far each journal has been read into the database. */
  readonly journals: readonly JournalPosition[]
  /** Months (`2026_11`) whose usage records have a partition. */
  readonly usageMonths: readonly string[]
  readonly masterKeyCheck: string | null
}

export interface OpenedBackup {
  readonly facts: BackupFacts
  readonly tables: readonly BackupTable[]
  /** A table's rows in pages, in the order of its key. */
  rows(table: BackupTable): AsyncGenerator<readonly BackupRow[]>
}

const pageRows = 500
const longMs = 600_000

/**
 * One consistent view of everything, in one transaction that only reads: nothing is locked on a server, and the embedded
 * database, which has one session, serves others again when `work` has ended. Throws `refused` where a newer version of the
 * program has migrated it.
 */
export function readBackup<Result>(
  database: Database,
  knownMigrations: readonly string[],
  work: (backup: OpenedBackup) => Promise<Result>,
): Promise<Result> {
  return database.transaction({ purpose: 'read', statementTimeoutMs: longMs }, async (transaction) => {
    // Texts of instants, intervals and bytes are the same whatever the server's settings are.
    await transaction.query(
      "SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true), set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)",
    )
    return work({
      facts: await readFacts(database, transaction, knownMigrations),
      tables: await backupTables(transaction),
      rows: (table) => readRows(transaction, table),
    })
  })
}

async function readFacts(
  { kind }: Database,
  transaction: Transaction,
  known: readonly string[],
): Promise<BackupFacts> {
  const text = async (statement: string): Promise<readonly string[]> => {
    // lint-allow sql-text -- every caller stands below, with a text of its own
    const { rows } = await transaction.query(statement)
    return rows.map((row) => read.text(row, 'value'))
  }
  const [madeOn = ''] = await text('SELECT version() AS value')
  const applied = await text(
    'SELECT version AS value FROM supabase_migrations.schema_migrations ORDER BY version',
  )
  const schemaVersion = await readSetting(transaction, 'schema-version')
  refuseNewer(schemaVersion, known)
  const masterKeyCheck = await readSetting(transaction, 'master-key-check')
  return {
    migrations: applied.filter((version) => known.includes(version)),
    schemaVersion: typeof schemaVersion === 'string' ? schemaVersion : '',
    ...{ madeOn, kind },
    epoch: Number(await readSetting(transaction, 'epoch')),
    revision: await latestRevision(transaction),
    chainHead: await chainHead(transaction),
    journals: await readCheckpoints(transaction),
    usageMonths: await text(
      `SELECT right(class.relname, 7) AS value FROM pg_inherits AS tree JOIN pg_class AS class ON class.oid = tree.inhrelid
       WHERE tree.inhparent = 'pointsman.usage_records'::regclass AND class.relname ~ '^usage_records_\\d{4}_\\d{2}$'
       ORDER BY 1`,
    ),
    masterKeyCheck: typeof masterKeyCheck === 'string' ? masterKeyCheck : null,
  }
}

/** Its columns would stand beside the older migrations: neither version could restore such a backup. */
function refuseNewer(schemaVersion: unknown, known: readonly string[]): void {
  const newest = known.at(-1) ?? ''
  if (typeof schemaVersion !== 'string' || schemaVersion <= newest) return
  throw new PointsmanError(
    'refused',
    `The database was migrated to ${schemaVersion} by a newer version of Pointsman; this one knows up to ${newest}. Make the backup with the version that migrated it: one of this version could not be restored.`,
  )
}

/** By a cursor: a table may be larger than memory. */
async function* readRows(transaction: Transaction, table: BackupTable): AsyncGenerator<readonly BackupRow[]> {
  const columns = table.columns.map(({ name }) => `${quoted(name)}::text`)
  const order = table.key.length === 0 ? '' : ` ORDER BY ${table.key.map(quoted).join(', ')}`
  // lint-allow sql-text -- quoted names of the tables and columns of this database
  await transaction.query(
    `DECLARE backup_rows NO SCROLL CURSOR FOR SELECT ARRAY[${columns.join(', ')}] AS cells FROM ${quotedTable(table.name)}${order}`,
  )
  for (;;) {
    const { rows } = await transaction.query(`FETCH ${pageRows} FROM backup_rows`)
    if (rows.length > 0) yield rows.map((row) => row['cells'] as BackupRow)
    if (rows.length < pageRows) break
  }
  await transaction.query('CLOSE backup_rows')
}
