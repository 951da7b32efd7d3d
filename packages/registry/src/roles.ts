import type { Role } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

export declare function listRoles(database: Queryable): Promise<readonly Role[]>
export declare function upsertRoles(transaction: Transaction, roles: readonly Role[]): Promise<number>
export declare function deleteRole(transaction: Transaction, name: string): Promise<boolean>
