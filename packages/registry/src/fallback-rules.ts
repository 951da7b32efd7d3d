import type { FallbackRule } from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { mergeStatement } from './merge.ts'
import * as read from './row-values.ts'

const mergeRules = mergeStatement({
  table: 'pointsman.fallback_rules',
  key: ['family', 'tier'],
  comparesAll: true,
  columns: { family: 'text', tier: 'text', to_family: 'text', to_tier: 'text' },
})

export const readFallbackRule = (row: Row): FallbackRule => ({
  family: read.text(row, 'family'),
  tier: read.textOrNull(row, 'tier'),
  toFamily: read.text(row, 'to_family'),
  toTier: read.text(row, 'to_tier'),
})

/** In the order in which they were given. */
export async function listFallbackRules(database: Queryable): Promise<readonly FallbackRule[]> {
  const { rows } = await database.query(
    'SELECT family, tier, to_family, to_tier FROM pointsman.fallback_rules ORDER BY position',
  )
  return rows.map(readFallbackRule)
}

/** Adds rules, or changes where an existing family and tier falls back to. Returns how many changed. */
export async function upsertFallbackRules(
  transaction: Transaction,
  rules: readonly FallbackRule[],
): Promise<number> {
  if (rules.length === 0) return 0
  const given = rules.map(({ family, tier, toFamily, toTier }) => ({
    family,
    tier,
    to_family: toFamily,
    to_tier: toTier,
  }))
  return (await transaction.query(mergeRules, [read.storableJson(given)])).rowCount
}
