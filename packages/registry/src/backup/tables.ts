import type { Queryable, Row } from '../database.ts'
import * as read from '../row-values.ts'

/** A table whose rows a backup holds. */
export interface BackupTable {
  /** `schema.table`. */
  readonly name: string
  /** In the order of the table; generated ones are left out. */
  readonly columns: readonly BackupColumn[]
  /** Columns of the primary key: the order of the rows. */
  readonly key: readonly string[]
}

export interface BackupColumn {
  readonly name: string
  /** As PostgreSQL writes it: `text[]`, `timestamp with time zone`. */
  readonly type: string
  /** Its values come from a sequence of its own. */
  readonly identity: boolean
}

/** What belongs to transactions and processes of the database that was backed up, and means nothing in another one. */
const left = [
  'pointsman.unsettled_edits',
  'pointsman.route_edits',
  'pointsman.fitness_edits',
  'pointsman.replicas',
]

/** Tables of ours in `public`: others there are the operator's own. */
const inPublic = ['bedrock_models']

/** Every table with rows of ours, by name; a partitioned one stands for its partitions. */
export async function backupTables(database: Queryable): Promise<readonly BackupTable[]> {
  const { rows } = await database.query(
    `SELECT space.nspname || '.' || class.relname AS name, attribute.attname AS column,
       format_type(attribute.atttypid, attribute.atttypmod) AS type, attribute.attidentity <> '' AS identity,
       coalesce(array_position(key.columns, attribute.attnum), 0) AS key_place
     FROM pg_class AS class
     JOIN pg_namespace AS space ON space.oid = class.relnamespace
     JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0
       AND NOT attribute.attisdropped AND attribute.attgenerated = ''
     LEFT JOIN LATERAL (
       SELECT conkey AS columns FROM pg_constraint WHERE conrelid = class.oid AND contype = 'p') AS key ON true
     WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition
       AND (space.nspname = 'pointsman' OR space.nspname = 'public' AND class.relname = ANY ($1))
     ORDER BY 1, attribute.attnum`,
    [inPublic],
  )
  const byName = Map.groupBy(rows, (row) => read.text(row, 'name'))
  return [...byName].filter(([name]) => !left.includes(name)).map(([name, columns]) => tableOf(name, columns))
}

function tableOf(name: string, rows: readonly Row[]): BackupTable {
  const key = rows
    .filter((row) => read.number(row, 'key_place') > 0)
    .sort((one, other) => read.number(one, 'key_place') - read.number(other, 'key_place'))
  return {
    name,
    columns: rows.map((row) => ({
      name: read.text(row, 'column'),
      type: read.text(row, 'type'),
      identity: read.boolean(row, 'identity'),
    })),
    key: key.map((row) => read.text(row, 'column')),
  }
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** `schema.table` as SQL takes it. */
export const quotedTable = (name: string): string => name.split('.').map(quoted).join('.')

/** A row as the backup holds it: each value as PostgreSQL's own text. */
export type BackupRow = readonly (string | null)[]
