import type { Needs } from '@pointsman/contract'
import type { Queryable } from '../database.ts'
import * as read from '../row-values.ts'

/** A mean day of a route: totals of the day. Equal in shape to core's. */
export interface MeanDailyUsage {
  readonly requests: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWrite5mTokens: number
  readonly cacheWrite1hTokens: number
  readonly outputTokens: number
  readonly days: number
}

/** `route` as in usage records (`use-case/clinical`, `default`); null = all traffic. Over the `days` times 24 hours before `nowMs`. */
export async function meanDailyUsage(
  database: Queryable,
  route: string | null,
  { nowMs, days }: { readonly nowMs: number; readonly days: number },
): Promise<MeanDailyUsage> {
  const { rows } = await database.query(
    `SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(input_tokens), 0) AS input_tokens,
       coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
       coalesce(sum(cache_write_5m_tokens), 0) AS cache_write_5m_tokens,
       coalesce(sum(cache_write_1h_tokens), 0) AS cache_write_1h_tokens,
       coalesce(sum(output_tokens), 0) AS output_tokens
     FROM pointsman.usage_rollups
     WHERE dimension = $1 AND name = $2 AND hour > $3::timestamptz`,
    [route === null ? 'all' : 'route', route ?? '', new Date(nowMs - days * 86_400_000)],
  )
  const row = rows[0] ?? {}
  const mean = (column: string): number => read.number(row, column) / days
  return {
    requests: mean('requests'),
    inputTokens: mean('input_tokens'),
    cacheReadTokens: mean('cache_read_tokens'),
    cacheWrite5mTokens: mean('cache_write_5m_tokens'),
    cacheWrite1hTokens: mean('cache_write_1h_tokens'),
    outputTokens: mean('output_tokens'),
    days,
  }
}

/** How a model did lately, over all replicas. Equal in shape to core's ModelHealth. */
export interface RecentHealth {
  readonly requests: number
  /** Failures other than 429 that were the model's or its provider's. */
  readonly errors: number
  /** Answers 429. */
  readonly throttled: number
  /** Median to the first content; null = not measured. */
  readonly latencyMs: number | null
}

/**
 * At most this many of the newest records are looked at: PostgreSQL unpacks each one's JSON, and a switch waits for it.
 * At 20,000, samples of a switch on a loaded machine showed nearly all of its time here.
 */
const recordLimit = 2_000
/** Errors of an attempt that say nothing about the model. */
const notTheModels = "('client_closed', 'upstream_rejected', 'upstream_content_policy', 'upstream_throttled')"

/** By model id, from the attempts of requests since then; models without traffic are absent. What a drill did says nothing of a model. */
export async function recentFailures(
  database: Queryable,
  sinceMs: number,
): Promise<ReadonlyMap<string, RecentHealth>> {
  const { rows } = await database.query(
    `SELECT attempt ->> 'modelId' AS model_id, count(*) AS requests,
       count(*) FILTER (WHERE attempt #>> '{error,code}' NOT IN ${notTheModels}) AS errors,
       count(*) FILTER (WHERE attempt #>> '{error,code}' = 'upstream_throttled') AS throttled,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (attempt ->> 'firstContentAfterMs')::double precision) AS latency_ms
     FROM (SELECT record FROM pointsman.usage_records WHERE received_at >= $1::timestamptz
           ORDER BY received_at DESC LIMIT ${recordLimit}) AS recent,
       jsonb_array_elements(recent.record -> 'attempts') AS attempt
     WHERE NOT attempt ? 'drill' AND attempt ->> 'modelId' IS NOT NULL
     GROUP BY 1`,
    [new Date(sinceMs)],
  )
  return new Map(
    rows.map((row) => [
      read.text(row, 'model_id'),
      {
        requests: read.number(row, 'requests'),
        errors: read.number(row, 'errors'),
        throttled: read.number(row, 'throttled'),
        latencyMs: read.numberOrNull(row, 'latency_ms'),
      },
    ]),
  )
}

const any = (need: keyof Needs): string =>
  `coalesce(bool_or((recent.record #>> '{needs,${need}}')::boolean), false) AS ${need.toLowerCase()}`

/** So many records are looked through, whosever they are: a route that is seldom asked must not make a switch read a week. */
const lookedThrough = 50_000

/** The newest hours in which the route was asked, until they hold enough of its requests or too many of others. */
const hoursOfRoute = `
  SELECT hour FROM (
    SELECT own.hour, sum(own.requests) OVER newest - own.requests AS own_later, sum(every.requests) OVER newest - every.requests AS later
    FROM pointsman.usage_rollups AS own
    JOIN pointsman.usage_rollups AS every ON every.hour = own.hour AND every.workspace_id = own.workspace_id
      AND every.dimension = 'all' AND every.name = '' AND every.route = ''
    WHERE own.dimension = 'route' AND own.name = $2 AND own.hour > $1::timestamptz - interval '1 hour'
    WINDOW newest AS (ORDER BY own.hour DESC)
  ) AS counted
  WHERE own_later < ${recordLimit} AND later < ${lookedThrough}`

/** What a route's requests since then needed, any of the newest of them; null without requests. */
export async function recentNeeds(
  database: Queryable,
  route: string,
  sinceMs: number,
): Promise<Needs | null> {
  const { rows } = await database.query(
    `SELECT count(*) AS requests, ${any('tools')}, ${any('images')}, ${any('documents')}, ${any('streaming')},
       ${any('jsonSchema')}, ${any('reasoning')},
       coalesce(max((recent.record #>> '{needs,inputTokensEstimate}')::double precision), 0) AS input_tokens
     FROM (
       SELECT record FROM (${hoursOfRoute}) AS asked CROSS JOIN LATERAL (
         SELECT record, received_at FROM (
           SELECT record, route, received_at FROM pointsman.usage_records
           WHERE received_at >= greatest(asked.hour, $1::timestamptz) AND received_at < asked.hour + interval '1 hour'
           ORDER BY received_at DESC LIMIT ${lookedThrough}) AS looked_through
         WHERE route = $2 LIMIT ${recordLimit}) AS own
       ORDER BY received_at DESC LIMIT ${recordLimit}) AS recent`,
    [new Date(sinceMs), route],
  )
  const row = rows[0]
  if (row === undefined || read.number(row, 'requests') === 0) return null
  return {
    tools: read.boolean(row, 'tools'),
    images: read.boolean(row, 'images'),
    documents: read.boolean(row, 'documents'),
    streaming: read.boolean(row, 'streaming'),
    jsonSchema: read.boolean(row, 'jsonschema'),
    reasoning: read.boolean(row, 'reasoning'),
    inputTokensEstimate: read.number(row, 'input_tokens'),
  }
}
