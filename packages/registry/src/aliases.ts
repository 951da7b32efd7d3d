import type { Alias } from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { mergeStatement } from './merge.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'

const mergeAliases = mergeStatement({
  table: 'pointsman.aliases',
  key: ['name'],
  columns: { name: 'text', target: 'text' },
})

export interface AliasRow {
  readonly alias: Alias
  /** Number of the revision of its last change. */
  readonly revision: number
}

const readAliasRow = (row: Row): AliasRow => ({
  alias: { name: read.text(row, 'name'), target: read.text(row, 'target') },
  revision: read.number(row, 'revision'),
})

const selectAliases = 'SELECT name, target, revision FROM pointsman.aliases'

/** By name. `target`: only those that stand for it. */
export async function pageOfAliases(
  database: Queryable,
  question: { readonly target?: string | undefined; readonly limit: number; readonly cursor: string | null },
): Promise<Page<AliasRow>> {
  const { cursor, limit, target = null } = question
  const after = cursor === null ? null : readCursor(cursor, ['string'])[0]
  const { rows } = await database.query(
    `${selectAliases} WHERE ($1::text IS NULL OR target = $1) AND ($2::text IS NULL OR name > $2)
     ORDER BY name LIMIT $3`,
    [target, after, limit + 1],
  )
  return pageOf(rows, limit, readAliasRow, ({ alias }) => writeCursor(alias.name))
}

export async function findAlias(database: Queryable, name: string): Promise<AliasRow | null> {
  const { rows } = await database.query(`${selectAliases} WHERE name = $1`, [name])
  return rows[0] === undefined ? null : readAliasRow(rows[0])
}

export async function upsertAlias(transaction: Transaction, alias: Alias): Promise<void> {
  await upsertAliases(transaction, [alias])
}

/** Returns how many changed. */
export async function upsertAliases(transaction: Transaction, aliases: readonly Alias[]): Promise<number> {
  if (aliases.length === 0) return 0
  const given = aliases.map(({ name, target }) => ({ name, target }))
  return (await transaction.query(mergeAliases, [read.storableJson(given)])).rowCount
}

export async function deleteAlias(transaction: Transaction, name: string): Promise<boolean> {
  return (await transaction.query('DELETE FROM pointsman.aliases WHERE name = $1', [name])).rowCount > 0
}
