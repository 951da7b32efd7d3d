import type { FallbackRule } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

/** In the order in which they were given. */
export declare function listFallbackRules(database: Queryable): Promise<readonly FallbackRule[]>
/** Adds rules, or changes where an existing family and tier falls back to. Returns how many changed. */
export declare function upsertFallbackRules(
  transaction: Transaction,
  rules: readonly FallbackRule[],
): Promise<number>
export declare function deleteFallbackRule(
  transaction: Transaction,
  rule: Pick<FallbackRule, 'family' | 'tier'>,
): Promise<boolean>
