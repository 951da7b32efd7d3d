import type { Queryable, Row, Transaction } from './database.ts'
import * as read from './row-values.ts'

export type CostDimension = 'all' | 'route' | 'agent' | 'key' | 'model'
export type CostPeriod = 'hour' | 'day' | 'month'

/** What spending an operator wants to hear of. */
export interface CostAlarmRow {
  readonly name: string
  readonly dimension: CostDimension
  /** Of the dimension: `use-case/clinical`, an agent, a key's id, a model's id; empty for `all`. */
  readonly subject: string
  /** By UTC. */
  readonly period: CostPeriod
  /** Null = it is about what is unusual. */
  readonly aboveNanoUsd: number | null
  /** Of the mean hour or day of the seven days before; null = it is about an amount. */
  readonly aboveMeanPercent: number | null
  /** What is unusual but below this is not raised. */
  readonly leastNanoUsd: number
  readonly webhookUrl: string | null
  readonly createdAtMs: number
  readonly changedAtMs: number
  /** Begin of the window in which it was raised last; null = it never was. */
  readonly raisedWindowMs: number | null
}

export type CostAlarmOrder = Omit<CostAlarmRow, 'createdAtMs' | 'changedAtMs' | 'raisedWindowMs'>

const readCostAlarm = (row: Row): CostAlarmRow => ({
  name: read.text(row, 'name'),
  dimension: read.word<CostDimension>(row, 'dimension'),
  subject: read.text(row, 'subject'),
  period: read.word<CostPeriod>(row, 'period'),
  aboveNanoUsd: read.numberOrNull(row, 'above_nano_usd'),
  aboveMeanPercent: read.numberOrNull(row, 'above_mean_percent'),
  leastNanoUsd: read.number(row, 'least_nano_usd'),
  webhookUrl: read.textOrNull(row, 'webhook_url'),
  createdAtMs: read.instant(row, 'created_at'),
  changedAtMs: read.instant(row, 'changed_at'),
  raisedWindowMs: read.instantOrNull(row, 'raised_window'),
})

/** By name. */
export async function listCostAlarms(database: Queryable): Promise<readonly CostAlarmRow[]> {
  const { rows } = await database.query('SELECT * FROM pointsman.cost_alarms ORDER BY name')
  return rows.map(readCostAlarm)
}

export async function findCostAlarm(database: Queryable, name: string): Promise<CostAlarmRow | null> {
  const { rows } = await database.query('SELECT * FROM pointsman.cost_alarms WHERE name = $1', [name])
  return rows[0] === undefined ? null : readCostAlarm(rows[0])
}

/** Until the transaction's end nobody else writes one, not even one that does not exist yet. */
export async function lockCostAlarms(transaction: Transaction): Promise<void> {
  await transaction.query('LOCK TABLE pointsman.cost_alarms IN SHARE ROW EXCLUSIVE MODE')
}

/** One that is changed may be raised anew in the same window. Its time of change tells two states apart, within a millisecond too. */
export async function putCostAlarm(database: Queryable, order: CostAlarmOrder): Promise<CostAlarmRow> {
  const { rows } = await database.query(
    `INSERT INTO pointsman.cost_alarms
       (name, dimension, subject, period, above_nano_usd, above_mean_percent, least_nano_usd, webhook_url)
     VALUES ($1, $2, $3, $4, $5::bigint, $6::double precision, $7::bigint, $8)
     ON CONFLICT (name) DO UPDATE SET dimension = excluded.dimension, subject = excluded.subject,
       period = excluded.period, above_nano_usd = excluded.above_nano_usd,
       above_mean_percent = excluded.above_mean_percent, least_nano_usd = excluded.least_nano_usd,
       webhook_url = excluded.webhook_url, raised_window = NULL,
       changed_at = greatest(pointsman.now_ms(), cost_alarms.changed_at + interval '1 millisecond')
     RETURNING *`,
    [
      ...[order.name, order.dimension, order.subject, order.period, order.aboveNanoUsd],
      ...[order.aboveMeanPercent, order.leastNanoUsd, order.webhookUrl],
    ],
  )
  if (rows[0] === undefined) throw new TypeError('a cost alarm that was written is not there')
  return readCostAlarm(rows[0])
}

/** False where there was none. */
export async function deleteCostAlarm(database: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await database.query('DELETE FROM pointsman.cost_alarms WHERE name = $1', [name])
  return rowCount > 0
}

/** A rotated key goes on under another id, and what both cost counts into one budget. */
const names = `SELECT $2::text UNION SELECT id FROM pointsman.keys WHERE $1 = 'key' AND coalesce(budget_id, id) =
       (SELECT coalesce(budget_id, id) FROM pointsman.keys WHERE id = $2)`

/** What was spent, in nano-dollars, in hours from `fromMs` up to `toMs`. */
export async function spentBetween(
  database: Queryable,
  { dimension, subject }: Pick<CostAlarmRow, 'dimension' | 'subject'>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<number> {
  const { rows } = await database.query(
    `SELECT coalesce(sum(cost_nano_usd), 0) AS spent FROM pointsman.usage_rollups
     WHERE dimension = $1 AND name IN (${names}) AND hour >= $3::timestamptz AND hour < $4::timestamptz`,
    [dimension, subject, new Date(fromMs), new Date(toMs)],
  )
  return read.number(rows[0] ?? {}, 'spent')
}

/** The first hour with usage; null = there was none. */
export async function firstUsageMs(
  database: Queryable,
  { dimension, subject }: Pick<CostAlarmRow, 'dimension' | 'subject'>,
  fromMs: number,
): Promise<number | null> {
  const { rows } = await database.query(
    `SELECT min(hour) AS first FROM pointsman.usage_rollups
     WHERE dimension = $1 AND name IN (${names}) AND hour >= $3::timestamptz`,
    [dimension, subject, new Date(fromMs)],
  )
  return read.instantOrNull(rows[0] ?? {}, 'first')
}

/** Hosts whose clocks are further apart than this do not heed each other's windows. */
const clocksApartAtMostMs = 3_600_000

/**
 * Marks the window; false where it was raised in it or in a later one already, by this host or another. One that is to come is
 * none of these: a clock that ran ahead left it, and the alarm would be silent until then.
 */
export async function claimWindow(
  database: Queryable,
  name: string,
  { nowMs, windowMs }: { readonly windowMs: number; readonly nowMs: number },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE pointsman.cost_alarms SET raised_window = $2
     WHERE name = $1
       AND (raised_window IS NULL OR raised_window < $2::timestamptz OR raised_window > $3::timestamptz)`,
    [name, new Date(windowMs), new Date(nowMs + clocksApartAtMostMs)],
  )
  return rowCount > 0
}
