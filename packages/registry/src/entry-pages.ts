import type { PartKind, SnapshotEntries } from '@pointsman/contract'
import type { Queryable, Row, SqlValue } from './database.ts'
import { readFallbackRule } from './fallback-rules.ts'
import { readKey } from './keys.ts'
import { readModel } from './models.ts'
import { readPrice } from './prices.ts'
import { readRoute, selectRoutes } from './routes.ts'
import * as read from './row-values.ts'

/** An entry of a snapshot as its row has it. */
export interface EntryRow<Entry> {
  /** Null: the row stands, and is no entry any more (a key that was revoked). */
  readonly entry: Entry | null
  /** The words of its name. */
  readonly name: readonly (string | null)[]
  /** Number of the revision of its last change. */
  readonly revision: number
}

interface EntryTable<Entry> {
  readonly table: string
  /** Absent: all its columns. */
  readonly select?: string
  readonly revision: string
  /** The columns in whose order the rows are read: a key of the table. */
  readonly order: readonly string[]
  /** The columns of the entry's name. */
  readonly name: readonly string[]
  readonly read: (row: Row) => Entry | null
}

/** Of a reading within a transaction, where each page is a round trip and may be a sort of all that changed. */
const usualRows = 400

const tables: { readonly [Kind in PartKind]: EntryTable<SnapshotEntries[Kind][number]> } = {
  models: {
    table: 'public.bedrock_models',
    revision: 'revision',
    order: ['model_id'],
    name: ['model_id'],
    read: readModel,
  },
  prices: {
    table: 'pointsman.prices',
    revision: 'revision',
    order: ['id'],
    name: ['id'],
    read: readPrice,
  },
  routes: {
    table: 'pointsman.routes',
    select: selectRoutes,
    revision: 'route.revision',
    order: ['route.kind', 'route.name'],
    name: ['kind', 'name'],
    read: readRoute,
  },
  roles: {
    table: 'pointsman.roles',
    revision: 'revision',
    order: ['name'],
    name: ['name'],
    read: (row) => ({ name: read.text(row, 'name'), useCase: read.text(row, 'use_case') }),
  },
  aliases: {
    table: 'pointsman.aliases',
    revision: 'revision',
    order: ['name'],
    name: ['name'],
    read: (row) => ({ name: read.text(row, 'name'), target: read.text(row, 'target') }),
  },
  keys: {
    table: 'pointsman.keys',
    revision: 'revision',
    order: ['id'],
    name: ['id'],
    read: (row) => (row['revoked_at'] === null ? readKey(row) : null),
  },
  'fallback-rules': {
    table: 'pointsman.fallback_rules',
    revision: 'revision',
    order: ['position'],
    name: ['family', 'tier'],
    read: readFallbackRule,
  },
}

export interface PageWish {
  /** Only rows whose last change came after this revision; null = all. */
  readonly changedAfter?: number | null
  /** Fewer hold up the loop for less at a time. */
  readonly rowsAtOnce?: number
}

/**
 * The rows of one kind in pages: all of them, or those whose last change came after a revision. A page is a statement
 * of its own; whoever wants one view of them all reads them in one transaction.
 */
export async function* entryPages<Kind extends PartKind>(
  database: Queryable,
  kind: Kind,
  { changedAfter = null, rowsAtOnce = usualRows }: PageWish = {},
): AsyncGenerator<readonly EntryRow<SnapshotEntries[Kind][number]>[]> {
  const table = tables[kind] as EntryTable<SnapshotEntries[Kind][number]>
  let last: readonly SqlValue[] | null = null
  for (;;) {
    const { text, values } = pageStatement(table, { changedAfter, rowsAtOnce }, last)
    // lint-allow sql-text -- made of the tables above; values go beside it
    const { rows } = await database.query(text, values)
    if (rows.length > 0) yield rows.map((row) => readEntryRow(table, row))
    const end = rows.at(-1)
    if (rows.length < rowsAtOnce || end === undefined) return
    last = table.order.map((column) => end[column.split('.').at(-1) ?? column] as SqlValue)
  }
}

function pageStatement(
  table: EntryTable<unknown>,
  { changedAfter, rowsAtOnce }: Required<PageWish>,
  last: readonly SqlValue[] | null,
): { readonly text: string; readonly values: readonly SqlValue[] } {
  const values: SqlValue[] = []
  const conditions: string[] = []
  if (changedAfter !== null) conditions.push(`${table.revision} > $${values.push(changedAfter)}::bigint`)
  if (last !== null) {
    const places = last.map((value) => `$${values.push(value)}`)
    conditions.push(`(${table.order.join(', ')}) > (${places.join(', ')})`)
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const select = table.select ?? `SELECT * FROM ${table.table}`
  return { text: `${select}${where} ORDER BY ${table.order.join(', ')} LIMIT ${rowsAtOnce}`, values }
}

const readEntryRow = <Entry>(table: EntryTable<Entry>, row: Row): EntryRow<Entry> => ({
  entry: table.read(row),
  name: table.name.map((column) => read.textOrNull(row, column)),
  revision: read.number(row, 'revision'),
})

/** A name that left the registry; one that came again stands in its table. */
export interface RemovedEntry {
  readonly kind: PartKind
  readonly name: readonly (string | null)[]
}

/** The names that left after a revision. */
export async function removedAfter(database: Queryable, number: number): Promise<readonly RemovedEntry[]> {
  const { rows } = await database.query(
    'SELECT DISTINCT kind, name FROM pointsman.removed_entries WHERE revision > $1',
    [number],
  )
  return rows.map((row) => ({
    kind: read.word(row, 'kind'),
    name: row['name'] as readonly (string | null)[],
  }))
}

/** The kinds of which rows changed after a revision, removals left aside. */
export async function kindsChangedAfter(database: Queryable, number: number): Promise<readonly PartKind[]> {
  const each = Object.entries(tables).map(
    ([kind, { table }]) =>
      `SELECT '${kind}' AS kind WHERE EXISTS (SELECT FROM ${table} WHERE revision > $1::bigint)`,
  )
  const { rows } = await database.query(each.join(' UNION ALL '), [number])
  return rows.map((row) => read.word<PartKind>(row, 'kind'))
}
