import type { Row } from '../database.ts'
import * as read from '../row-values.ts'
import { bucketCount, quantileOf, readCounts } from './latency-buckets.ts'

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
  /** The gateway's own time. Of all requests together alone, null for other dimensions and for hours before it was counted. */
  readonly overhead: LatencyQuantiles
}

/** Columns that add up, of rollups and of minutes. */
export const counted = [
  'requests',
  'errors',
  'fallbacks',
  'unpriced_requests',
  'input_tokens',
  'cache_read_tokens',
].concat('cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, cost_nano_usd'.split(', '))
const places = Array.from({ length: bucketCount }, (_, place) => place + 1)

/**
 * Adds lists of counts up place by place, as text: a column a place is ten times as fast as an aggregate that hands lists on
 * (1.5 µs a list against 18), and doubles, which are exact to 2^53, four times as fast to write as numerics. Places behind the
 * end of every list are null and not written.
 */
export const summedList = (column: string): string =>
  `array_to_string(ARRAY[${places.map((place) => `sum(${column}[${place}]::double precision)`).join(', ')}], ',')`

/** As the database writes a list that has nothing to be added to. */
export const writtenList = (column: string): string => `array_to_string(${column}, ',')`

/** A row of sums, with lists of counts as text. */
export function readTotal(row: Row): UsageTotal {
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
    latency: quantiles(read.text(row, 'duration_buckets'), 1),
    firstContent: quantiles(read.text(row, 'first_content_buckets'), 1),
    overhead: quantiles(read.textOrNull(row, 'overhead_buckets') ?? '', usOfMs),
  }
}

const usOfMs = 1_000

function quantiles(written: string, perMs: number): LatencyQuantiles {
  const counts = readCounts(written)
  const of = (share: number): number | null => {
    const value = quantileOf(counts, share)
    return value === null ? null : value / perMs
  }
  return { p50Ms: of(0.5), p90Ms: of(0.9), p99Ms: of(0.99) }
}
