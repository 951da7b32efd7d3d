import type { Queryable } from '../database.ts'
import * as read from '../row-values.ts'
import { isThrough } from './sums-statement.ts'

/** When keys were last used, of `inserted` records: one row a key and batch, in one order. */
export const notingKeyUses = `
  INSERT INTO pointsman.key_uses AS present (key_id, last_used_at)
  SELECT key_id, max(received_at) FROM inserted WHERE key_id IS NOT NULL AND ${isThrough('minutes')}
  GROUP BY key_id ORDER BY key_id
  ON CONFLICT (key_id) DO UPDATE SET last_used_at = greatest(present.last_used_at, excluded.last_used_at)`

/** What the keys of one budget have spent, as far as their records are in the rollups. */
export interface BudgetSpend {
  readonly budget: string
  readonly dayNanoUsd: number
  readonly monthNanoUsd: number
}

/** From the begin of a UTC day and of its month on; budgets that spent nothing are left out. */
export async function readBudgetSpend(
  database: Queryable,
  from: { readonly dayMs: number; readonly monthMs: number },
): Promise<readonly BudgetSpend[]> {
  const { rows } = await database.query(
    `SELECT coalesce(keys.budget_id, keys.id) AS budget, sum(cost_nano_usd) AS month,
       coalesce(sum(cost_nano_usd) FILTER (WHERE hour >= $1::timestamptz), 0) AS day
     FROM pointsman.usage_rollups AS rollups JOIN pointsman.keys AS keys ON keys.id = rollups.name
     WHERE dimension = 'key' AND hour >= $2::timestamptz
     GROUP BY 1 HAVING sum(cost_nano_usd) > 0 ORDER BY 1`,
    [new Date(from.dayMs), new Date(from.monthMs)],
  )
  return rows.map((row) => ({
    budget: read.text(row, 'budget'),
    dayNanoUsd: read.number(row, 'day'),
    monthNanoUsd: read.number(row, 'month'),
  }))
}
