import type { Queryable, Row } from '../database.ts'
import * as read from '../row-values.ts'

/** How requests ended for those who sent them. */
export interface RequestCounts {
  readonly requests: number
  readonly ok: number
  readonly partial: number
  readonly failed: number
  readonly refused: number
  /** The caller left before the end. */
  readonly clientClosed: number
  /** The process died before the end. */
  readonly unknown: number
  /** Served by another model than the one decided on. */
  readonly fallbacks: number
  readonly costUsd: number
  /** In milliseconds; null without requests. */
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly longestMs: number | null
}

/** Requests by the model that served and the status that its caller saw; null = none served, none was sent. */
export interface SeenBy {
  readonly modelId: string | null
  readonly status: number | null
  readonly outcome: string
  readonly requests: number
}

export interface DrilledRequests {
  /** Those that the drill drew. */
  readonly drawn: RequestCounts
  /** The route's others meanwhile. */
  readonly others: RequestCounts
  /** Of those drawn, most first. */
  readonly seen: readonly SeenBy[]
  /** Calls upstream of those drawn, and how many of them the drill hit. */
  readonly calls: number
  readonly hits: number
}

export interface DrillSpan {
  readonly id: string
  /** `use-case/clinical`, `default`. */
  readonly route: string
  readonly fromMs: number
  readonly toMs: number
}

const counts = `
  count(*) AS requests, count(*) FILTER (WHERE outcome = 'ok') AS ok,
  count(*) FILTER (WHERE outcome = 'partial') AS partial, count(*) FILTER (WHERE outcome = 'failed') AS failed,
  count(*) FILTER (WHERE outcome = 'refused') AS refused,
  count(*) FILTER (WHERE outcome = 'client-closed') AS client_closed,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  count(*) FILTER (WHERE reason = 'fallback') AS fallbacks, coalesce(sum(cost_nano_usd), 0) AS cost_nano_usd,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE outcome <> 'unknown') AS p50_ms,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE outcome <> 'unknown') AS p90_ms,
  max(duration_ms) AS longest_ms`

const rounded = (row: Row, column: string): number | null => {
  const value = read.numberOrNull(row, column)
  return value === null ? null : Math.round(value * 10) / 10
}

const readCounts = (row: Row): RequestCounts => ({
  requests: read.number(row, 'requests'),
  ok: read.number(row, 'ok'),
  partial: read.number(row, 'partial'),
  failed: read.number(row, 'failed'),
  refused: read.number(row, 'refused'),
  clientClosed: read.number(row, 'client_closed'),
  unknown: read.number(row, 'unknown'),
  fallbacks: read.number(row, 'fallbacks'),
  costUsd: read.number(row, 'cost_nano_usd') / 1e9,
  p50Ms: rounded(row, 'p50_ms'),
  p90Ms: rounded(row, 'p90_ms'),
  longestMs: rounded(row, 'longest_ms'),
})

/** Two hundred thousand take a second; a busy route has millions in an hour, and nobody waits for them. */
const mostCounted = 200_000

const newest = (where: string): string =>
  `SELECT * FROM pointsman.usage_records WHERE ${where} ORDER BY received_at DESC LIMIT ${mostCounted}`

/** What the records say of a drill, the newest 200,000 of those drawn and of the others; those still in a journal are not in it yet. */
export async function drilledRequests(database: Queryable, span: DrillSpan): Promise<DrilledRequests> {
  const drawn = await database.query(
    `SELECT ${counts}, coalesce(sum(attempt_count), 0) AS calls, coalesce(sum(drill_hits), 0) AS hits
     FROM (${newest('drill_id = $1')}) AS drawn`,
    [span.id],
  )
  const others = await database.query(
    `SELECT ${counts} FROM (${newest(
      'route = $1 AND drill_id IS NULL AND received_at >= $2::timestamptz AND received_at < $3::timestamptz',
    )}) AS others`,
    [span.route, new Date(span.fromMs), new Date(span.toMs)],
  )
  const seen = await database.query(
    `SELECT model_id, status, outcome, count(*) AS requests FROM (${newest('drill_id = $1')}) AS drawn
     GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`,
    [span.id],
  )
  const told = drawn.rows[0] ?? {}
  return {
    drawn: readCounts(told),
    others: readCounts(others.rows[0] ?? {}),
    seen: seen.rows.map((row) => ({
      modelId: read.textOrNull(row, 'model_id'),
      status: read.numberOrNull(row, 'status'),
      outcome: read.text(row, 'outcome'),
      requests: read.number(row, 'requests'),
    })),
    calls: read.number(told, 'calls'),
    hits: read.number(told, 'hits'),
  }
}

/** A route's answers since then, whether a drill drew them or not, and those that failed: as their callers saw them. */
export async function failedShare(
  database: Queryable,
  route: string,
  sinceMs: number,
): Promise<{ readonly answers: number; readonly failed: number }> {
  const { rows } = await database.query(
    `SELECT count(*) AS answers,
       count(*) FILTER (WHERE outcome IN ('failed', 'partial', 'unknown') OR outcome = 'refused' AND status >= 500) AS failed
     FROM pointsman.usage_records
     WHERE route = $1 AND received_at >= $2::timestamptz AND outcome <> 'client-closed'
       AND (outcome <> 'refused' OR status >= 500)`,
    [route, new Date(sinceMs)],
  )
  const row = rows[0] ?? {}
  return { answers: read.number(row, 'answers'), failed: read.number(row, 'failed') }
}
