import type { Queryable, Row } from '../database.ts'
import * as read from '../row-values.ts'
import { quantileMs } from './latency-buckets.ts'

export type UsageDimension =
  'all' | 'model' | 'provider' | 'agent' | 'useCase' | 'user' | 'key' | 'route' | 'operation'

export interface UsageQuestion {
  readonly groupBy: UsageDimension
  readonly fromMs: number
  /** Not included. Hours are counted whole. */
  readonly toMs: number
  /** One row per group and interval; absent = one row per group. */
  readonly interval?: 'hour' | 'day'
  readonly workspace?: string
}
/** Quantiles in milliseconds, from buckets that are 19 % wide; null without requests. */
export interface LatencyQuantiles {
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly p99Ms: number | null
}
export interface UsageTotal {
  /** Empty where the requests had none. */
  readonly group: string
  /** Begin of the interval; null where none was asked for. */
  readonly startMs: number | null
  readonly requests: number
  readonly errors: number
  /** Refused as they were asked for (4xx), and neither served nor failed; null = not known of all of them. */
  readonly refused: number | null
  readonly fallbacks: number
  /** Shares of the requests that were not refused, 0 … 1; null without such. */
  readonly errorRate: number | null
  readonly fallbackRate: number | null
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
  readonly costUsd: number
  /** Requests that a model served, or may have, at a cost that is not known: they are not in `costUsd`. */
  readonly unpricedRequests: number
  readonly latency: LatencyQuantiles
  readonly firstContent: LatencyQuantiles
}

const dimensions: { readonly [Dimension in UsageDimension]: string } = {
  all: 'all',
  model: 'model',
  provider: 'provider',
  agent: 'agent',
  useCase: 'use-case',
  user: 'user',
  key: 'key',
  route: 'route',
  operation: 'operation',
}

const starts = {
  hour: "date_trunc('hour', hour, 'UTC')",
  day: "date_trunc('day', hour, 'UTC')",
  none: 'NULL::timestamptz',
} as const

/** By begin, then by requests, most first. */
export async function usageTotals(
  database: Queryable,
  question: UsageQuestion,
): Promise<readonly UsageTotal[]> {
  const start = starts[question.interval ?? 'none']
  const { rows } = await database.query(
    `SELECT name, ${start} AS start, sum(requests) AS requests, sum(errors) AS errors,
       CASE WHEN bool_and(refused IS NOT NULL) THEN sum(refused) END AS refused, sum(fallbacks) AS fallbacks,
       sum(unpriced_requests) AS unpriced_requests, sum(input_tokens) AS input_tokens,
       sum(cache_read_tokens) AS cache_read_tokens,
       sum(cache_write_5m_tokens + cache_write_1h_tokens) AS cache_write_tokens,
       sum(output_tokens) AS output_tokens, sum(cost_nano_usd) AS cost_nano_usd,
       to_jsonb(pointsman.sum_buckets(duration_buckets)) AS durations,
       to_jsonb(pointsman.sum_buckets(first_content_buckets)) AS first_contents
     FROM pointsman.usage_rollups
     WHERE dimension = $1 AND hour >= date_trunc('hour', $2::timestamptz) AND hour < $3::timestamptz
       AND ($4::text IS NULL OR workspace_id = $4)
     GROUP BY 1, 2 ORDER BY 2, 3 DESC, 1`,
    [
      dimensions[question.groupBy],
      new Date(question.fromMs),
      new Date(question.toMs),
      question.workspace ?? null,
    ],
  )
  return rows.map(readTotal)
}

function readTotal(row: Row): UsageTotal {
  const requests = read.number(row, 'requests')
  const refused = read.numberOrNull(row, 'refused')
  const judged = requests - (refused ?? 0)
  const share = (column: string): number | null => (judged === 0 ? null : read.number(row, column) / judged)
  return {
    group: read.text(row, 'name'),
    startMs: read.instantOrNull(row, 'start'),
    requests,
    errors: read.number(row, 'errors'),
    refused,
    fallbacks: read.number(row, 'fallbacks'),
    errorRate: share('errors'),
    fallbackRate: share('fallbacks'),
    inputTokens: read.number(row, 'input_tokens'),
    cacheReadTokens: read.number(row, 'cache_read_tokens'),
    cacheWriteTokens: read.number(row, 'cache_write_tokens'),
    outputTokens: read.number(row, 'output_tokens'),
    costUsd: read.number(row, 'cost_nano_usd') / 1e9,
    unpricedRequests: read.number(row, 'unpriced_requests'),
    latency: quantiles(read.json<readonly number[]>(row, 'durations')),
    firstContent: quantiles(read.json<readonly number[]>(row, 'first_contents')),
  }
}

const quantiles = (counts: readonly number[]): LatencyQuantiles => ({
  p50Ms: quantileMs(counts, 0.5),
  p90Ms: quantileMs(counts, 0.9),
  p99Ms: quantileMs(counts, 0.99),
})
