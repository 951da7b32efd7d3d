import type { Queryable, Row } from '../database.ts'
import * as read from '../row-values.ts'
import { mostSpans, readingOf } from './days.ts'
import { bucketCount, quantileMs } from './latency-buckets.ts'

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
  /** The groups with the most requests, at most so many; 1,000 unless given. */
  readonly limit?: number
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
const defaultLimit = 1_000
const places = Array.from({ length: bucketCount }, (_, place) => place + 1)

/**
 * Adds lists of counts up place by place, as text: a column a place is ten times as fast as an aggregate that hands lists on
 * (1.5 µs a list against 18), and doubles, which are exact to 2^53, four times as fast to write as numerics.
 */
const summed = (column: string): string =>
  `array_to_string(ARRAY[${places.map((place) => `sum(${column}[${place}]::double precision)`).join(', ')}], ',', '0')`

/** Days that were added up, and the hours between them: a branch a span, each of which the planner can judge. */
const source = (columns: string, spans: number): string => {
  const hours = Array.from(
    { length: spans },
    (_, at) => `
    SELECT hour, ${columns} FROM pointsman.usage_rollups
    WHERE dimension = $1 AND hour >= $${5 + 2 * at}::timestamptz AND hour < $${6 + 2 * at}::timestamptz
      AND ($2::text IS NULL OR workspace_id = $2)`,
  )
  const days = `
    SELECT day AS hour, ${columns} FROM pointsman.usage_daily
    WHERE dimension = $1 AND day = ANY ($4::text[]::timestamptz[]) AND ($2::text IS NULL OR workspace_id = $2)`
  return `(${[days, ...hours].join(' UNION ALL')})`
}

const sums = [
  'fallbacks',
  'unpriced_requests',
  'input_tokens',
  'cache_read_tokens',
  'output_tokens',
  'cost_nano_usd',
]

const added = ['name, requests, errors, refused', ...sums, 'cache_write_5m_tokens, cache_write_1h_tokens']
  .concat('duration_buckets, first_content_buckets')
  .join(', ')

/**
 * Which groups are told of is decided first, by what is cheap to add: of 100,000 users latencies are added up for those alone
 * who are shown.
 */
const statement = (start: string, spans: number): string => `
  WITH told AS MATERIALIZED (
    SELECT name FROM ${source('name, requests', spans)} AS counted
    GROUP BY name ORDER BY sum(requests) DESC, name LIMIT $3
  )
  SELECT name, ${start} AS start, sum(requests) AS requests, sum(errors) AS errors,
    CASE WHEN bool_and(refused IS NOT NULL) THEN sum(refused) END AS refused,
    ${sums.map((column) => `sum(${column}) AS ${column}`).join(', ')},
    sum(cache_write_5m_tokens + cache_write_1h_tokens) AS cache_write_tokens,
    ${summed('duration_buckets')} AS durations, ${summed('first_content_buckets')} AS first_contents
  FROM ${source(added, spans)} AS rollup JOIN told USING (name)
  GROUP BY 1, 2 ORDER BY 2, 3 DESC, 1`

const withSpans = (start: string): readonly string[] =>
  Array.from({ length: mostSpans + 1 }, (_, spans) => statement(start, spans))

/** By interval and number of spans. */
const statements = {
  hour: withSpans(starts.hour),
  day: withSpans(starts.day),
  none: withSpans(starts.none),
} as const

/** By begin, then by requests, most first. */
export async function usageTotals(
  database: Queryable,
  question: UsageQuestion,
): Promise<readonly UsageTotal[]> {
  const { groupBy, interval, limit = defaultLimit, toMs, workspace = null } = question
  const time = { fromMs: Math.floor(question.fromMs / hourMs) * hourMs, toMs }
  const { daysMs, spans } =
    interval === 'hour' ? { daysMs: [], spans: [time] } : await readingOf(database, time)
  const text = statements[interval ?? 'none'][spans.length]
  if (text === undefined) throw new RangeError(`no statement reads ${spans.length} spans`)
  const { rows } = await database.query(text, [
    ...[dimensions[groupBy], workspace, limit],
    daysMs.map((day) => new Date(day).toISOString()),
    ...spans.flatMap((span) => [new Date(span.fromMs), new Date(span.toMs)]),
  ])
  return rows.map(readTotal)
}

const hourMs = 3_600_000

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
    latency: quantiles(counts(row, 'durations')),
    firstContent: quantiles(counts(row, 'first_contents')),
  }
}

const counts = (row: Row, column: string): readonly number[] => read.text(row, column).split(',').map(Number)

const quantiles = (counts: readonly number[]): LatencyQuantiles => ({
  p50Ms: quantileMs(counts, 0.5),
  p90Ms: quantileMs(counts, 0.9),
  p99Ms: quantileMs(counts, 0.99),
})
