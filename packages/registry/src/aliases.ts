import type { Alias } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

export declare function listAliases(
  database: Queryable,
): Promise<readonly { readonly alias: Alias; readonly revision: number }[]>
export declare function upsertAlias(transaction: Transaction, alias: Alias): Promise<void>
export declare function upsertAliases(transaction: Transaction, aliases: readonly Alias[]): Promise<number>
export declare function deleteAlias(transaction: Transaction, name: string): Promise<boolean>
