import { PointsmanError } from '@pointsman/contract'
import type { Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { quoted, quotedTable, type BackupRow, type BackupTable } from './tables.ts'

/** A table as a backup hands it over. */
export interface GivenTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly pages: AsyncIterable<readonly BackupRow[]>
}

export interface LoadedTable {
  readonly name: string
  readonly rows: number
}

/** Names from the backup are looked up among those of the schema, and never become SQL by themselves. */
export async function loadRows(
  transaction: Transaction,
  tables: readonly BackupTable[],
  given: AsyncIterable<GivenTable>,
): Promise<readonly LoadedTable[]> {
  const known = new Map(tables.map((table) => [table.name, table]))
  const loaded: LoadedTable[] = []
  for await (const one of given) {
    const table = known.get(one.name)
    if (table === undefined) throw unknown(one.name)
    loaded.push({ name: one.name, rows: await loadTable(transaction, table, one) })
  }
  return loaded
}

async function loadTable(
  transaction: Transaction,
  table: BackupTable,
  { columns, name, pages }: GivenTable,
): Promise<number> {
  const types = new Map(table.columns.map((column) => [column.name, column.type]))
  const cells = columns.map((column, index) => {
    const type = types.get(column)
    if (type === undefined) throw unknown(`${name}.${column}`)
    return `(row_cells ->> ${index})::${type}`
  })
  const insert = `INSERT INTO ${quotedTable(name)} (${columns.map(quoted).join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${cells.join(', ')} FROM jsonb_array_elements($1::jsonb) AS row_cells`
  let sent = 0
  for await (const rows of pages) {
    // lint-allow sql-text -- quoted names and types of the columns of this database
    await transaction.query(insert, [JSON.stringify(rows)])
    sent += rows.length
  }
  const { rows: counted } = await transaction.query(`SELECT count(*) AS n FROM ${quotedTable(name)}`)
  const there = counted[0] === undefined ? 0 : read.number(counted[0], 'n')
  if (there === sent) return sent
  throw new PointsmanError('refused', `${name} has ${there} rows after ${sent} were written to it.`)
}

const unknown = (what: string): PointsmanError =>
  new PointsmanError(
    'refused',
    `The backup holds ${what}, which its migrations do not make: it was altered, or written by another program. Nothing was changed.`,
  )
