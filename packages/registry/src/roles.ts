import type { Role } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'
import { mergeStatement } from './merge.ts'
import * as read from './row-values.ts'

const mergeRoles = mergeStatement({
  table: 'pointsman.roles',
  key: ['name'],
  columns: { name: 'text', use_case: 'text' },
})

export interface RoleRow {
  readonly role: Role
  /** Revision of its last change. */
  readonly revision: number
}

/** By name. */
export async function listRoles(database: Queryable): Promise<readonly Role[]> {
  return (await listRoleRows(database)).map(({ role }) => role)
}

/** By name. */
export async function listRoleRows(database: Queryable): Promise<readonly RoleRow[]> {
  const { rows } = await database.query('SELECT name, use_case, revision FROM pointsman.roles ORDER BY name')
  return rows.map((row) => ({
    role: { name: read.text(row, 'name'), useCase: read.text(row, 'use_case') },
    revision: read.number(row, 'revision'),
  }))
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
