import pg from 'pg'

/** A month of traffic, as the registry holds it. */
export interface Month {
  readonly records: number
  /** Users with a request in an hour, of five times as many in the month. */
  readonly usersAnHour: number
}

const hours = 720
/** Further than anybody scrolls. */
const listedRecords = 20_000
const times = "date_trunc('hour', now(), 'UTC') - hours * interval '1 hour'"

/** How many names each dimension has; `model-route` is the product of the two, as far as it occurs. */
const dimensions = [
  ['all', 1],
  ['operation', 2],
  ['model', 12],
  ['provider', 4],
  ['agent', 10],
  ['use-case', 20],
  ['route', 20],
  ['key', 100],
  ['model-route', 240],
] as const

/** Fills rollups and raw records by the database itself, indexes last: ten million records in a few minutes. */
export async function fillUsage(databaseUrl: string, { records, usersAnHour }: Month): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const anHour = Math.ceil(records / hours)
    for (const [dimension, names] of dimensions)
      await fillDimension(client, { dimension, names, of: names, anHour })
    await fillDimension(client, { dimension: 'user', names: usersAnHour, of: usersAnHour * 5, anHour })
    await fillMinutes(client, anHour)
    await fillRecords(client, records)
    await client.query('VACUUM ANALYZE pointsman.usage_rollups')
    await client.query('VACUUM ANALYZE pointsman.usage_minutes')
    await client.query('ANALYZE pointsman.usage_records')
  } finally {
    await client.end()
  }
}

interface Dimension {
  readonly dimension: string
  /** In each hour. */
  readonly names: number
  /** In the month. */
  readonly of: number
  readonly anHour: number
}

async function fillDimension(client: pg.Client, { anHour, dimension, names, of }: Dimension): Promise<void> {
  const requests = Math.max(1, Math.round(anHour / names))
  // Durations in as many buckets as so many requests fall into.
  const buckets = Math.min(20, requests)
  await client.query(
    `INSERT INTO pointsman.usage_rollups (hour, workspace_id, dimension, name, route, requests, errors, refused, fallbacks,
       unpriced_requests, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
       cost_nano_usd, duration_buckets, first_content_buckets, overhead_buckets)
     SELECT ${times}, 'default', $1, $1 || ' ' || (n * 7 + hours * 31) % $3::integer, '', $4::bigint, 1, 1, 1, 0, $4::bigint * 900,
       0, 0, 0, $4::bigint * 200, $4::bigint * 1300000,
       array_fill(0::bigint, ARRAY[30]) || array_fill(greatest(1, $4::bigint / $5::integer), ARRAY[$5::integer]),
       array_fill(0::bigint, ARRAY[24]) || array_fill(greatest(1, $4::bigint / $5::integer), ARRAY[$5::integer]),
       CASE $1 WHEN 'all' THEN array_fill(0::bigint, ARRAY[28]) || array_fill(greatest(1, $4::bigint / 9), ARRAY[9]) END
     FROM generate_series(0, ${hours - 1}) AS hours, generate_series(1, $2::integer) AS n
     ON CONFLICT DO NOTHING`,
    [dimension, names, of, requests, buckets],
  )
}

/** Two days of them, as they are kept. */
const fillMinutes = (client: pg.Client, anHour: number): Promise<unknown> =>
  client.query(
    `INSERT INTO pointsman.usage_minutes (minute, workspace_id, requests, errors, refused, fallbacks, unpriced_requests,
       input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, cost_nano_usd,
       duration_buckets, first_content_buckets, overhead_buckets)
     SELECT date_trunc('minute', now(), 'UTC') - ago * interval '1 minute', 'default', many, 1, 1, 1, 0, many * 900, 0, 0, 0,
       many * 200, many * 1300000, array_fill(0::bigint, ARRAY[30]) || array_fill(greatest(1, many / 20), ARRAY[20]),
       array_fill(0::bigint, ARRAY[24]) || array_fill(greatest(1, many / 20), ARRAY[20]),
       array_fill(0::bigint, ARRAY[28]) || array_fill(greatest(1, many / 9), ARRAY[9])
     FROM generate_series(0, 2879) AS ago, (SELECT $1::bigint AS many) AS given ON CONFLICT DO NOTHING`,
    [Math.max(1, Math.round(anHour / 60))],
  )

/**
 * Rows of half the usual size: what is read of them is a page, by an index. The newest tell what a list of them shows.
 */
async function fillRecords(client: pg.Client, records: number): Promise<void> {
  const { rows } = await client.query<{ name: string; text: string }>(
    `SELECT index.relname AS name, pg_get_indexdef(index.oid) AS text FROM pg_index
     JOIN pg_class AS index ON index.oid = indexrelid
     WHERE indrelid = 'pointsman.usage_records'::regclass AND NOT indisprimary`,
  )
  for (const { name } of rows) await client.query(`DROP INDEX pointsman.${name}`)
  await client.query(
    `INSERT INTO pointsman.usage_records (id, received_at, workspace_id, key_id, principal, user_id, conversation_id, tags,
       face, streamed, requested, route, use_case, reason, model_id, provider, region, outcome, status, attempt_count,
       failed_attempt_count, input_tokens, output_tokens, usage_estimated, cost_nano_usd, duration_ms, overhead_us,
       revision_epoch, revision_number, record)
     SELECT 'request-' || n, at, 'default', 'key ' || n % 100, 'key:' || n % 100, 'user ' || n % 5000,
       'conversation ' || n % 200000, '{}', 'openai-chat', false, 'route ' || n % 20, 'route ' || n % 20, 'use-case ' || n % 20,
       'use-case', 'model ' || n % 12, 'bedrock', 'eu-central-1', CASE n % 50 WHEN 0 THEN 'failed' ELSE 'ok' END, 200, 1, 0,
       900, 200, false, 1300000, 800, 300, 1, 42,
       jsonb_build_object('requestId', 'request-' || n, 'workspace', 'default', 'receivedAtMs', floor(extract(epoch FROM at) * 1000))
         || CASE WHEN n > ${listedRecords} THEN '{}' ELSE jsonb_build_object('requested', 'route ' || n % 20,
           'route', 'route ' || n % 20, 'modelId', 'model ' || n % 12, 'reason', 'use-case', 'status', 200,
           'outcome', CASE n % 50 WHEN 0 THEN 'failed' ELSE 'ok' END, 'costNanoUsd', 1300000, 'durationMs', 800) END
     FROM generate_series(1, $1::bigint) AS n, LATERAL (SELECT now() - n * interval '1 second' * (2592000.0 / $1::bigint) AS at) AS time`,
    [records],
  )
  // As it stands in the catalogue, the index of a partitioned table is that of no partition.
  for (const { text } of rows) await client.query(text.replace(' ON ONLY ', ' ON '))
}
