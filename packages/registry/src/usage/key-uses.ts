import type { Queryable } from '../database.ts'
import * as read from '../row-values.ts'
import { isThrough } from './sums-statement.ts'

/** When keys were last used, of `inserted` records: one row a key and batch, in one order. */
export const notingKeyUses = `
  INSERT INTO pointsman.key_uses AS present (key_id, last_used_at)
  SELECT key_id, max(received_at) FROM inserted WHERE key_id IS NOT NULL AND ${isThrough('minutes')}
  GROUP BY key_id ORDER BY key_id
  ON CONFLICT (key_id) DO UPDATE SET last_used_at = greatest(present.last_used_at, excluded.last_used_at)`

const dayMs = 86_400_000

/** What the keys of one budget have spent, as far as their records are in the rollups. */
export interface BudgetSpend {
  readonly budget: string
  readonly dayNanoUsd: number
  readonly monthNanoUsd: number
}

// Hour by hour, as the primary key begins: a range of hours would be read with every key that spent in it.
const ofBudgets = `hour = ANY (ARRAY(SELECT generate_series($3::timestamptz, $4::timestamptz - interval '1 hour', '1 hour')))
       AND (keys.budget_id = ANY ($5::text[]) OR keys.budget_id IS NULL AND keys.id = ANY ($5::text[]))`

/**
 * In the UTC day and the month that begin there; budgets that spent nothing are left out. Not what is dated later, by a host
 * whose clock ran ahead: it would count in every day until then. Nor what somebody told of another workspace's key.
 */
export async function readBudgetSpend(
  database: Queryable,
  from: {
    readonly dayMs: number
    readonly monthMs: number
    /** Of these alone. */
    readonly budgets?: readonly string[]
  },
): Promise<readonly BudgetSpend[]> {
  const { budgets } = from
  const month = new Date(from.monthMs)
  const monthEnds = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1))
  const { rows } = await database.query(
    `SELECT coalesce(keys.budget_id, keys.id) AS budget, sum(cost_nano_usd) AS month,
       coalesce(sum(cost_nano_usd) FILTER (WHERE hour >= $1::timestamptz AND hour < $2::timestamptz), 0) AS day
     FROM pointsman.usage_rollups AS rollups JOIN pointsman.keys AS keys
       ON keys.id = rollups.name AND keys.workspace_id = rollups.workspace_id
     WHERE dimension = 'key' AND ${budgets === undefined ? 'hour >= $3::timestamptz AND hour < $4::timestamptz' : ofBudgets}
     GROUP BY 1 HAVING sum(cost_nano_usd) > 0 ORDER BY 1`,
    [
      ...[new Date(from.dayMs), new Date(from.dayMs + dayMs), month, monthEnds],
      ...(budgets === undefined ? [] : [budgets]),
    ],
  )
  return rows.map((row) => ({
    budget: read.text(row, 'budget'),
    dayNanoUsd: read.number(row, 'day'),
    monthNanoUsd: read.number(row, 'month'),
  }))
}
