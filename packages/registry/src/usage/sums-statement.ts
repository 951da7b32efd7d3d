import { errorTable } from '@pointsman/contract'
import { bucketStarts } from './latency-buckets.ts'

/** What of a record decides where it is counted, and what it adds. */
export const factsOfRecord = `
  received_at, workspace_id, key_id, principal, user_id, conversation_id, face, operation, route, use_case, agent, switch_id,
  outcome, error_code, status, model_id, provider, reason, input_tokens, cache_read_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, output_tokens, cost_nano_usd, duration_ms, first_content_ms, overhead_us,
  CASE WHEN reason = 'fallback' THEN coalesce(
    jsonb_path_query_first(record, '$.attempts[*] ? (@.error != null).error.code') #>> '{}',
    record #>> '{plan,excluded,0,rule}') END AS fallback_cause`

const numbers = (values: readonly number[]): string => `'{${values.join(',')}}'::double precision[]`
const texts = (values: readonly string[]): string =>
  `ARRAY[${values.map((value) => `'${value}'`).join(', ')}]`

const bucketOf = (duration: string): string => `width_bucket(${duration}, ${numbers(bucketStarts)})`

/** What the caller did wrong. A code that is not known here comes from a newer version, and may be ours. */
const callersMistakes = Object.entries(errorTable).flatMap(([code, { status }]) =>
  status < 500 ? [code] : [],
)

/** What requests are counted by: columns of records, and how they are called here. Compared by their bytes, which sorts them fastest. */
const names = {
  operation: 'operation',
  model_id: 'model',
  provider: 'provider',
  agent: 'agent',
  use_case: 'use_case',
  route: 'route',
  user_id: 'by_user',
  key_id: 'by_key',
  fallback_cause: 'cause',
}

/**
 * Of each new record. A caller's own mistake is not an error of the service, but a refusal by us is: no usable candidate, not
 * ready. Unpriced is what a model served at a cost that is not known, or may have served before the process died: how long that
 * took nobody knows.
 */
const counted = `
  SELECT date_bin('1 hour', received_at, 'epoch') AS hour, date_bin('1 minute', received_at, 'epoch') AS minute, workspace_id,
    ${Object.entries(names)
      .map(([column, as]) => `coalesce(${column}, '') COLLATE "C" AS ${as}`)
      .join(', ')},
    operation IS DISTINCT FROM 'count-tokens' AS is_use,
    reason IS NOT DISTINCT FROM 'fallback' AS is_fallback,
    outcome IN ('failed', 'partial', 'unknown') OR outcome = 'refused' AND is_by_us AS is_error,
    outcome = 'refused' AND NOT is_by_us AS is_refusal,
    cost_nano_usd IS NULL AND (model_id IS NOT NULL OR outcome = 'unknown') AS is_unpriced,
    input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, cost_nano_usd,
    CASE WHEN outcome <> 'unknown' THEN ${bucketOf('duration_ms')} END AS duration,
    ${bucketOf('first_content_ms')} AS first_content,
    CASE WHEN outcome <> 'unknown' THEN ${bucketOf('overhead_us')} END AS overhead
  FROM inserted CROSS JOIN LATERAL (SELECT coalesce(status,
    CASE WHEN error_code = ANY (${texts(callersMistakes)}) THEN 400 WHEN error_code IS NULL THEN 0 ELSE 500 END) >= 500
  ) AS refusal (is_by_us)`

const added = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'cost_nano_usd',
]
const lists = ['duration', 'first_content', 'overhead']

/**
 * All sums of a batch in one pass: by operation, by what a use is counted by, and all uses of an hour and of a minute. Of which
 * a row is, its one column that is not null says; where a request had none it is an empty text.
 */
const summed = `
  SELECT hour, minute, workspace_id, operation, model, provider, agent, use_case, route, by_user, by_key, cause, is_use,
    is_fallback, count(*) AS requests,
    count(*) FILTER (WHERE is_error) AS errors, count(*) FILTER (WHERE is_refusal) AS refused,
    count(*) FILTER (WHERE is_fallback) AS fallbacks, count(*) FILTER (WHERE is_unpriced) AS unpriced_requests,
    ${added.map((column) => `coalesce(sum(${column}), 0)::bigint AS ${column}`).join(', ')},
    ${lists.map((list) => `array_agg(${list}) FILTER (WHERE ${list} IS NOT NULL) AS ${list}, max(${list}) AS last_${list}`).join(', ')}
  FROM counted GROUP BY GROUPING SETS (${[
    'operation, hour, workspace_id',
    ...['model', 'provider', 'agent', 'use_case', 'route', 'model, route', 'by_user', 'by_key'].map(
      (by) => `${by}, hour, workspace_id, is_use`,
    ),
    'cause, is_fallback, hour, workspace_id, is_use',
    'hour, workspace_id, is_use',
    'minute, workspace_id, is_use',
  ]
    .map((set) => `(${set})`)
    .join(', ')})`

const key = {
  usage_rollups: ['hour', 'workspace_id', 'dimension', 'name', 'route'],
  usage_minutes: ['minute', 'workspace_id'],
} as const
const sums = ['requests', 'errors', 'refused', 'fallbacks', 'unpriced_requests', ...added]

const dimension = `CASE
  WHEN operation IS NOT NULL THEN 'operation' WHEN model IS NOT NULL AND route IS NOT NULL THEN 'model-route'
  WHEN model IS NOT NULL THEN 'model' WHEN provider IS NOT NULL THEN 'provider' WHEN agent IS NOT NULL THEN 'agent'
  WHEN use_case IS NOT NULL THEN 'use-case' WHEN route IS NOT NULL THEN 'route' WHEN by_user IS NOT NULL THEN 'user'
  WHEN by_key IS NOT NULL THEN 'key' WHEN cause IS NOT NULL THEN 'fallback-cause' ELSE 'all' END`
const name = `coalesce(operation, model, provider, agent, use_case, route, by_user, by_key, cause, '')`

/** A count of tokens is no use of a model, and stands by its operation alone: elsewhere it would be a request without tokens. */
const hourRows = `
  SELECT hour, workspace_id, ${dimension}, ${name}, CASE WHEN model IS NULL THEN '' ELSE coalesce(route, '') END,
    ${sums.join(', ')}, ${listsOf('duration', 'first_content')},
    CASE WHEN ${dimension} = 'all' THEN ${listsOf('overhead')} END
  FROM summed
  WHERE hour IS NOT NULL AND (operation IS NOT NULL OR is_use AND is_fallback IS NOT FALSE)
    -- Where a day was added up it is opened first: who adds up days waits for that.
    AND (SELECT count(*) FROM opened) >= 0`
const minuteRows = `
  SELECT minute, workspace_id, ${sums.join(', ')}, ${listsOf(...lists)} FROM summed
  WHERE minute IS NOT NULL AND is_use AND ${isThrough('hours')}`

function listsOf(...names: readonly string[]): string {
  return names
    .map(
      (
        list,
      ) => `CASE WHEN cardinality(${list}) = 1 THEN array_fill(0::bigint, ARRAY[last_${list}]) || 1::bigint
        ELSE coalesce(pointsman.count_buckets(${list}, last_${list}), '{}') END`,
    )
    .join(', ')
}

/**
 * True, once all rows of that part are in. In which order parts of a statement take their rows, PostgreSQL leaves open, and does
 * the last one first; all that ingest must keep to one, hours, minutes, keys, which is also that of versions that took them in
 * statements of their own: hosts of both ingest at once while one is replaced by the other.
 */
export function isThrough(part: 'hours' | 'minutes'): string {
  return `(SELECT count(*) FROM ${part}) >= 0`
}

/** In one order: two that ingest at once never wait for each other in a circle. */
function adding(table: keyof typeof key, rows: string): string {
  const columns = key[table]
  const buckets = lists.map((list) => `${list}_buckets`)
  const isText = (column: string): boolean => column !== 'hour' && column !== 'minute'
  return `
  INSERT INTO pointsman.${table} AS present (${[...columns, ...sums, ...buckets].join(', ')})
  SELECT * FROM (${rows}) AS given (${[...columns, ...sums, ...buckets].join(', ')})
  ORDER BY ${columns.map((column) => (isText(column) ? `${column} COLLATE "C"` : column)).join(', ')}
  ON CONFLICT (${columns.join(', ')}) DO UPDATE SET ${[
    ...sums.map((sum) => `${sum} = present.${sum} + excluded.${sum}`),
    ...buckets.map(
      (list) =>
        `${list} = coalesce(pointsman.add_buckets(present.${list}, excluded.${list}), present.${list}, excluded.${list})`,
    ),
  ].join(', ')}`
}

/**
 * Parts of a statement in which `inserted` has the facts of each new record. Of the present day none is added up, so that ingest
 * need not wait for it; but a clock that ran ahead may have had it added up, and days after it.
 */
export const addingSums = `
  counted AS MATERIALIZED (${counted}),
  summed AS MATERIALIZED (${summed}),
  opened AS MATERIALIZED (
    SELECT pointsman.unfold_usage_days(array_agg(DISTINCT date_trunc('day', received_at, 'UTC')))
    FROM inserted WHERE received_at < (
      SELECT greatest(date_trunc('day', now(), 'UTC'), max(day) + interval '24 hours') FROM pointsman.usage_folded_days)
    HAVING count(*) > 0
  ),
  hours AS (${adding('usage_rollups', hourRows)} RETURNING 1),
  minutes AS (${adding('usage_minutes', minuteRows)} RETURNING 1)`
