import type { Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { factsOf, type BatchRecords, type RecordFacts } from './record-facts.ts'

/** What the statement reads out of a record, by the record's own names. */
const told: { readonly [field: string]: string } = {
  requestId: 'text',
  receivedAtMs: 'double precision',
  workspace: 'text',
  keyId: 'text',
  principal: 'text',
  userId: 'text',
  conversationId: 'text',
  sessionId: 'text',
  tags: 'text[]',
  face: 'text',
  stream: 'boolean',
  requested: 'text',
  route: 'text',
  useCase: 'text',
  agent: 'text',
  reason: 'text',
  plan: 'jsonb',
  attempts: 'jsonb',
  modelId: 'text',
  provider: 'text',
  region: 'text',
  outcome: 'text',
  status: 'integer',
  error: 'jsonb',
  usage: 'jsonb',
  usageEstimated: 'boolean',
  costNanoUsd: 'bigint',
  priceId: 'text',
  durationMs: 'double precision',
  firstContentAfterMs: 'double precision',
  overheadUs: 'double precision',
  revision: 'jsonb',
  switchId: 'text',
  drillId: 'text',
}

const count = (bucket: string): string => `(told.usage ->> '${bucket}')::bigint`

const columns: { readonly [column: string]: string } = {
  id: 'told."requestId"',
  received_at: 'to_timestamp(told."receivedAtMs" / 1000.0)',
  workspace_id: 'told.workspace',
  key_id: 'told."keyId"',
  principal: 'told.principal',
  user_id: 'told."userId"',
  conversation_id: 'told."conversationId"',
  session_id: 'told."sessionId"',
  tags: 'told.tags',
  face: 'told.face',
  streamed: 'told.stream',
  requested: 'told.requested',
  route: 'told.route',
  use_case: 'told."useCase"',
  agent: 'told.agent',
  reason: 'told.reason',
  target_model_id: "told.plan ->> 'target'",
  model_id: 'told."modelId"',
  provider: 'told.provider',
  region: 'told.region',
  outcome: 'told.outcome',
  status: 'told.status',
  error_code: "told.error ->> 'code'",
  attempt_count: 'jsonb_array_length(told.attempts)',
  failed_attempt_count: `jsonb_array_length(jsonb_path_query_array(told.attempts, '$[*] ? (@.error != null)'))`,
  input_tokens: count('inputTokens'),
  cache_read_tokens: count('cacheReadTokens'),
  cache_write_5m_tokens: count('cacheWrite5mTokens'),
  cache_write_1h_tokens: count('cacheWrite1hTokens'),
  output_tokens: count('outputTokens'),
  reasoning_tokens: count('reasoningTokens'),
  usage_estimated: 'told."usageEstimated"',
  cost_nano_usd: 'told."costNanoUsd"',
  price_id: 'told."priceId"',
  duration_ms: 'told."durationMs"',
  first_content_ms: 'told."firstContentAfterMs"',
  overhead_us: 'told."overheadUs"',
  revision_epoch: "(told.revision ->> 'epoch')::integer",
  revision_number: "(told.revision ->> 'number')::bigint",
  switch_id: 'told."switchId"',
  drill_id: 'told."drillId"',
  drill_hits: `CASE WHEN told."drillId" IS NOT NULL
    THEN jsonb_array_length(jsonb_path_query_array(told.attempts, '$[*] ? (exists (@.drill))')) END`,
  record: 'line.record',
}

/**
 * The columns come out of the record's own JSON, which is sent as it stands in the journal: to write them in this process, and
 * every record a second time, cost it 35 µs a record, and the database as much to read both. Which rows are new is told only
 * where one was there before.
 */
const insert = `
  WITH inserted AS (
    INSERT INTO pointsman.usage_records (${Object.keys(columns).join(', ')})
    SELECT ${Object.values(columns).join(', ')}
    FROM jsonb_to_recordset(convert_from($1::bytea, 'UTF8')::jsonb) AS line (record jsonb)
    CROSS JOIN LATERAL jsonb_to_record(line.record) AS told (${Object.entries(told)
      .map(([field, type]) => `"${field}" ${type}`)
      .join(', ')})
    ON CONFLICT (id, received_at) DO NOTHING
    RETURNING id, received_at
  )
  SELECT count(*) AS inserted, CASE WHEN count(*) < $2::integer THEN
    jsonb_agg(jsonb_build_array(id, round(extract(epoch FROM received_at) * 1000))) END AS keys
  FROM inserted`

/** Answers the records that were not there before. */
export async function insertRecords(
  transaction: Transaction,
  batch: BatchRecords,
): Promise<readonly RecordFacts[]> {
  const { lines } = batch
  const records = batch.lines === undefined ? batch.records.map(factsOf) : batch.records
  if (records.length === 0) return []
  const json = listOf(
    lines?.map(storableLine) ?? batch.records.map((record) => bytesOf({ type: 'outcome', record })),
  )
  const { rows } = await transaction.query(insert, [json, records.length])
  if (rows[0] === undefined || read.number(rows[0], 'inserted') === records.length) return records
  const byKey = new Map<string, RecordFacts>()
  for (const record of records)
    byKey.set(keyOf(read.storableText(record.requestId), record.receivedAtMs), record)
  const keys =
    read.json<readonly (readonly [id: string, receivedAtMs: number])[] | null>(rows[0], 'keys') ?? []
  return keys.flatMap(([id, receivedAtMs]) => byKey.get(keyOf(id, receivedAtMs)) ?? [])
}

const keyOf = (id: string, receivedAtMs: number): string => `${receivedAtMs} ${id}`

const bytesOf = (value: unknown): Uint8Array => Buffer.from(read.storableJson(value))

/** As it stands, or without the characters that PostgreSQL does not take. */
const storableLine = (line: Uint8Array): Uint8Array => {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  return read.isStorable(text) ? line : bytesOf(JSON.parse(text.toString('utf8')))
}

/** JSON values as one JSON list. */
function listOf(values: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(values.reduce((sum, { length }) => sum + length + 1, 1))
  let at = 0
  for (const value of values) {
    bytes[at] = at === 0 ? leftBracket : comma
    bytes.set(value, at + 1)
    at += value.length + 1
  }
  bytes[at] = rightBracket
  return bytes
}

const comma = 0x2c
const leftBracket = 0x5b
const rightBracket = 0x5d
