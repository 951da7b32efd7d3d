import type { Alias } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'
import { mergeStatement } from './merge.ts'
import * as read from './row-values.ts'

const mergeAliases = mergeStatement({
  table: 'pointsman.aliases',
  key: ['name'],
  columns: { name: 'text', target: 'text' },
})

/** By name. */
export async function listAliases(
  database: Queryable,
): Promise<readonly { readonly alias: Alias; readonly revision: number }[]> {
  const { rows } = await database.query('SELECT name, target, revision FROM pointsman.aliases ORDER BY name')
  return rows.map((row) => ({
    alias: { name: read.text(row, 'name'), target: read.text(row, 'target') },
    revision: read.number(row, 'revision'),
  }))
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
