import { freeMemory, type UsageRecord } from '@pointsman/contract'
import type { Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { saidOfConversations, toldSwitches, type SaidOfConversations } from './conversations.ts'
import { notingKeyUses } from './key-uses.ts'
import { addingSums, factsOfRecord } from './sums-statement.ts'

/** Records, or the journal's line of each (`{"type":"outcome","record":…}`, UTF-8). */
export type BatchRecords =
  | { readonly records: readonly UsageRecord[]; readonly lines?: undefined }
  | { readonly lines: readonly Uint8Array[]; readonly records?: undefined }

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
 * every record a second time, cost it 35 µs a record, and the database as much to read both. What the new records add up to is
 * made where they are, too: to read it here out of each line and to send the sums cost this process another 12 µs a record.
 */
const take = `
  WITH inserted AS (
    INSERT INTO pointsman.usage_records (${Object.keys(columns).join(', ')})
    SELECT ${Object.values(columns).join(', ')}
    FROM string_to_table(convert_from($1::bytea, 'UTF8'), E'\\n') AS journal (told)
    CROSS JOIN LATERAL (SELECT journal.told::jsonb -> 'record' OFFSET 0) AS line (record)
    CROSS JOIN LATERAL jsonb_to_record(line.record) AS told (${Object.entries(told)
      .map(([field, type]) => `"${field}" ${type}`)
      .join(', ')})
    ON CONFLICT (id, received_at) DO NOTHING
    RETURNING ${factsOfRecord}
  ),
  ${addingSums},
  key_uses AS (${notingKeyUses})
  SELECT (SELECT count(*) FROM inserted) AS inserted, (${saidOfConversations})::text AS conversations,
    (${toldSwitches}) AS told`

/** What the records that were not there before say beside their sums. */
export interface TakenRecords {
  readonly inserted: number
  readonly said: SaidOfConversations
}

/** Stores records with all that they add up to. */
export async function insertRecords(
  transaction: Transaction,
  { lines, records }: BatchRecords,
): Promise<TakenRecords> {
  if ((lines ?? records).length === 0) return { inserted: 0, said: { conversations: null, told: [] } }
  const json =
    lines === undefined
      ? joinedLines(records.map((record) => bytesOf({ type: 'outcome', record })))
      : storableLines(lines)
  const { rows } = await transaction.query(take, [json]).finally(() => freeMemory(json))
  const [row] = rows
  if (row === undefined) throw new TypeError('a count without a row')
  return {
    inserted: read.number(row, 'inserted'),
    said: { conversations: read.textOrNull(row, 'conversations'), told: read.textsOrNull(row, 'told') ?? [] },
  }
}

const bytesOf = (value: unknown): Uint8Array => Buffer.from(read.storableJson(value))

/** All lines are looked over at once: to ask each one took as long as to copy it. */
function storableLines(lines: readonly Uint8Array[]): Uint8Array {
  const joined = joinedLines(lines)
  return read.holdsNoEscape(joined) ? joined : joinedLines(lines.map(storableLine))
}

/**
 * As it stands, or without the characters that PostgreSQL does not take. What is no JSON stays as it stands, so that PostgreSQL
 * refuses it as it refuses other bad data: an error of this process would be tried again, and hold up all that follows for ever.
 */
function storableLine(line: Uint8Array): Uint8Array {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  if (read.holdsNoEscape(text)) return line
  try {
    return bytesOf(JSON.parse(text.toString('utf8')))
  } catch (error) {
    if (error instanceof SyntaxError) return line
    throw error
  }
}

/** With a newline, which JSON never holds as it stands, between two. */
function joinedLines(lines: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(lines.reduce((sum, { length }) => sum + length + 1, -1))
  let at = 0
  for (const line of lines) {
    if (at > 0) bytes[at - 1] = newline
    bytes.set(line, at)
    at += line.length + 1
  }
  return bytes
}

const newline = 0x0a
