import type { Role } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'
import { mergeStatement } from './merge.ts'
import * as read from './row-values.ts'

const mergeRoles = mergeStatement({
  table: 'pointsman.roles',
  key: ['name'],
  columns: { name: 'text', use_case: 'text' },
})

/** By name. */
export async function listRoles(database: Queryable): Promise<readonly Role[]> {
  const { rows } = await database.query('SELECT name, use_case FROM pointsman.roles ORDER BY name')
  return rows.map((row) => ({ name: read.text(row, 'name'), useCase: read.text(row, 'use_case') }))
}

/** Returns how many changed. */
export async function upsertRoles(transaction: Transaction, roles: readonly Role[]): Promise<number> {
  if (roles.length === 0) return 0
  const given = roles.map(({ name, useCase }) => ({ name, use_case: useCase }))
  return (await transaction.query(mergeRoles, [read.storableJson(given)])).rowCount
}

export async function deleteRole(transaction: Transaction, name: string): Promise<boolean> {
  return (await transaction.query('DELETE FROM pointsman.roles WHERE name = $1', [name])).rowCount > 0
}
