import type { Queryable, Row, SqlValue } from '../database.ts'
import * as read from '../row-values.ts'
import { readingOf } from './days.ts'
import { bucketCount, quantileMs, readCounts } from './latency-buckets.ts'

export type UsageDimension =
  | 'all'
  | 'model'
  | 'provider'
  | 'agent'
  | 'useCase'
  | 'user'
  | 'key'
  | 'route'
  | 'operation'
  | 'fallbackCause'

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
  /** These groups alone, however many requests others had. */
  readonly groups?: readonly string[]
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
  fallbackCause: 'fallback-cause',
}

const defaultLimit = 1_000
const places = Array.from({ length: bucketCount }, (_, place) => place + 1)

/**
 * Adds lists of counts up place by place, as text: a column a place is ten times as fast as an aggregate that hands lists on
 * (1.5 µs a list against 18), and doubles, which are exact to 2^53, four times as fast to write as numerics. Places behind the
 * end of every list are null and not written.
 */
const summedList = (column: string): string =>
  `array_to_string(ARRAY[${places.map((place) => `sum(${column}[${place}]::double precision)`).join(', ')}], ',')`

/** Days that were added up, and the hours of all others: a branch each, which the planner can judge. */
const source = (columns: string, where: string): string => `(
    SELECT day AS hour, ${columns} FROM pointsman.usage_daily
    WHERE dimension = $1 AND day = ANY ($3::text[]::timestamptz[]) AND ${where}
    UNION ALL
    SELECT hour, ${columns} FROM pointsman.usage_rollups
    WHERE dimension = $1 AND hour = ANY ($4::text[]::timestamptz[]) AND ${where})`

const ofWorkspace = '($2::text IS NULL OR workspace_id = $2)'

const leaders = `
  SELECT name FROM ${source('name, requests', ofWorkspace)} AS counted
  GROUP BY name ORDER BY sum(requests) DESC, name LIMIT $5`

const counted = [
  'requests',
  'errors',
  'fallbacks',
  'unpriced_requests',
  'input_tokens',
  'cache_read_tokens',
].concat('cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, cost_nano_usd'.split(', '))
const lists = ['duration_buckets', 'first_content_buckets']
const rollup = source(
  ['name, refused', ...counted, ...lists].join(', '),
  `${ofWorkspace} AND name = ANY ($5::text[])`,
)

const summed = (start: string): string => `
  SELECT name, ${start} AS start, CASE WHEN bool_and(refused IS NOT NULL) THEN sum(refused) END AS refused,
    ${counted.map((column) => `sum(${column}) AS ${column}`).join(', ')},
    ${lists.map((column) => `${summedList(column)} AS ${column}`).join(', ')}
  FROM ${rollup} AS rollup GROUP BY 1, 2 ORDER BY 2, sum(requests) DESC, 1`

/** A name has one row an hour in each workspace: there is nothing to add up, which is half of the time of 2,500 rows. */
const hoursOfOneWorkspace = `
  SELECT name, hour AS start, refused, ${counted.join(', ')},
    ${lists.map((column) => `array_to_string(${column}, ',') AS ${column}`).join(', ')}
  FROM ${rollup} AS rollup ORDER BY hour, requests DESC, name`

const statements = {
  hour: summed('hour'),
  day: summed("date_trunc('day', hour, 'UTC')"),
  none: summed('NULL::timestamptz'),
} as const

/**
 * By begin, then by requests, most first. Who is told of is decided first, by what is cheap to add: of 100,000 users the
 * latencies of those alone are read who are shown.
 */
export async function usageTotals(
  database: Queryable,
  question: UsageQuestion,
): Promise<readonly UsageTotal[]> {
  const { groupBy, interval, limit = defaultLimit, toMs, workspace = null } = question
  const time = { fromMs: Math.floor(question.fromMs / hourMs) * hourMs, toMs }
  const { daysMs, hoursMs } = await readingOf(database, time, interval === 'hour')
  const asked = [dimensions[groupBy], workspace, daysMs.map(instantText), hoursMs.map(instantText)]
  const groups = question.groups ?? (await leadersOf(database, [...asked, limit]))
  const text =
    interval === 'hour' && workspace !== null ? hoursOfOneWorkspace : statements[interval ?? 'none']
  const { rows } = await database.query(text, [...asked, groups])
  return rows.map(readTotal)
}

async function leadersOf(database: Queryable, values: readonly SqlValue[]): Promise<readonly string[]> {
  const { rows } = await database.query(leaders, values)
  return rows.map((row) => read.text(row, 'name'))
}

const hourMs = 3_600_000
const instantText = (atMs: number): string => new Date(atMs).toISOString()

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
    cacheWriteTokens: read.number(row, 'cache_write_5m_tokens') + read.number(row, 'cache_write_1h_tokens'),
    outputTokens: read.number(row, 'output_tokens'),
    costUsd: read.number(row, 'cost_nano_usd') / 1e9,
    unpricedRequests: read.number(row, 'unpriced_requests'),
    latency: quantiles(readCounts(read.text(row, 'duration_buckets'))),
    firstContent: quantiles(readCounts(read.text(row, 'first_content_buckets'))),
  }
}

const quantiles = (counts: readonly number[]): LatencyQuantiles => ({
  p50Ms: quantileMs(counts, 0.5),
  p90Ms: quantileMs(counts, 0.9),
  p99Ms: quantileMs(counts, 0.99),
})
