import {
  journalId,
  type CapturedExchange,
  type FallbackEpisode,
  type JournalPosition,
  type PinClaim,
  type UsageRecord,
} from '@pointsman/contract'
import type { Queryable, Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { insertCaptured } from './captured.ts'
import { ingestConversations } from './conversations.ts'
import { noteKeyUses } from './key-uses.ts'
import { rollupRows } from './rollup-rows.ts'

export interface UsageBatch {
  readonly records: readonly UsageRecord[]
  readonly claims?: readonly PinClaim[]
  readonly episodes?: readonly FallbackEpisode[]
  readonly captured?: readonly CapturedExchange[]
  /** Where the journal has been read to, once this batch is in. */
  readonly position: JournalPosition
}
export interface IngestResult {
  /** Records that were not there before. */
  readonly inserted: number
  /** The stored position was at or past the batch's: nothing was done. */
  readonly skipped: boolean
}

const columns: { readonly [column: string]: string } = {
  id: 'text',
  received_at: 'timestamptz',
  workspace_id: 'text',
  key_id: 'text',
  principal: 'text',
  user_id: 'text',
  conversation_id: 'text',
  session_id: 'text',
  tags: 'text[]',
  face: 'text',
  streamed: 'boolean',
  requested: 'text',
  route: 'text',
  use_case: 'text',
  agent: 'text',
  reason: 'text',
  target_model_id: 'text',
  model_id: 'text',
  provider: 'text',
  region: 'text',
  outcome: 'text',
  status: 'integer',
  error_code: 'text',
  attempt_count: 'integer',
  failed_attempt_count: 'integer',
  input_tokens: 'bigint',
  cache_read_tokens: 'bigint',
  cache_write_5m_tokens: 'bigint',
  cache_write_1h_tokens: 'bigint',
  output_tokens: 'bigint',
  reasoning_tokens: 'bigint',
  usage_estimated: 'boolean',
  cost_nano_usd: 'bigint',
  price_id: 'text',
  duration_ms: 'double precision',
  first_content_ms: 'double precision',
  overhead_us: 'double precision',
  revision_epoch: 'integer',
  revision_number: 'bigint',
  switch_id: 'text',
  record: 'jsonb',
}

const writeRecord = (record: UsageRecord): { readonly [column: string]: unknown } => ({
  id: record.requestId,
  received_at: new Date(record.receivedAtMs).toISOString(),
  workspace_id: record.workspace,
  key_id: record.keyId,
  principal: record.principal,
  user_id: record.userId,
  conversation_id: record.conversationId,
  session_id: record.sessionId,
  tags: record.tags,
  face: record.face,
  streamed: record.stream,
  requested: record.requested,
  route: record.route,
  use_case: record.useCase,
  agent: record.agent,
  reason: record.reason,
  target_model_id: record.plan.target,
  model_id: record.modelId,
  provider: record.provider,
  region: record.region,
  outcome: record.outcome,
  status: record.status,
  error_code: record.error?.code ?? null,
  attempt_count: record.attempts.length,
  failed_attempt_count: record.attempts.filter((attempt) => attempt.error !== null).length,
  input_tokens: record.usage.inputTokens,
  cache_read_tokens: record.usage.cacheReadTokens,
  cache_write_5m_tokens: record.usage.cacheWrite5mTokens,
  cache_write_1h_tokens: record.usage.cacheWrite1hTokens,
  output_tokens: record.usage.outputTokens,
  reasoning_tokens: record.usage.reasoningTokens,
  usage_estimated: record.usageEstimated,
  cost_nano_usd: record.costNanoUsd,
  price_id: record.priceId,
  duration_ms: record.durationMs,
  first_content_ms: record.firstContentAfterMs,
  overhead_us: record.overheadUs,
  revision_epoch: record.revision.epoch,
  revision_number: record.revision.number,
  switch_id: record.switchId,
  record,
})

const names = Object.keys(columns).join(', ')
const insertRecords = `
  INSERT INTO pointsman.usage_records (${names})
  SELECT ${names} FROM jsonb_to_recordset($1::jsonb) AS given (${Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')})
  ON CONFLICT (id, received_at) DO NOTHING
  RETURNING id, received_at`

const rollupColumns: { readonly [column: string]: string } = {
  hour: 'timestamptz',
  workspace_id: 'text',
  dimension: 'text',
  name: 'text',
  route: 'text',
  requests: 'bigint',
  errors: 'bigint',
  refused: 'bigint',
  fallbacks: 'bigint',
  unpriced_requests: 'bigint',
  input_tokens: 'bigint',
  cache_read_tokens: 'bigint',
  cache_write_5m_tokens: 'bigint',
  cache_write_1h_tokens: 'bigint',
  output_tokens: 'bigint',
  cost_nano_usd: 'bigint',
  duration_buckets: 'bigint[]',
  first_content_buckets: 'bigint[]',
}

// In one order: two that ingest at once never wait for each other in a circle.
const rollupNames = Object.keys(rollupColumns).join(', ')
const addRollups = `
  INSERT INTO pointsman.usage_rollups AS present (${rollupNames})
  SELECT ${rollupNames} FROM jsonb_to_recordset($1::jsonb) AS given (${Object.entries(rollupColumns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')})
  ORDER BY hour, workspace_id, dimension, name, route
  ON CONFLICT (hour, workspace_id, dimension, name, route) DO UPDATE SET ${Object.entries(rollupColumns)
    .filter(([, type]) => type.startsWith('bigint'))
    .map(([name, type]) =>
      type === 'bigint'
        ? `${name} = present.${name} + excluded.${name}`
        : `${name} = pointsman.add_buckets(present.${name}, excluded.${name})`,
    )
    .join(', ')}`

/**
 * Exactly once: rows, rollups of the rows really inserted, claims, episodes, kept text and the checkpoint, all in the caller's
 * transaction (purpose `registry` where episodes or claims with a switch are given, else `plain`).
 */
export async function ingestBatch(transaction: Transaction, batch: UsageBatch): Promise<IngestResult> {
  if (!(await advance(transaction, batch.position))) return { inserted: 0, skipped: true }
  const inserted = await insert(transaction, batch.records)
  if (inserted.length > 0) await transaction.query(addRollups, [read.storableJson(rollupRows(inserted))])
  await noteKeyUses(transaction, inserted)
  await ingestConversations(transaction, inserted, batch.claims ?? [])
  for (const episode of batch.episodes ?? []) await recordEpisode(transaction, episode)
  await insertCaptured(transaction, batch.captured ?? [])
  return { inserted: inserted.length, skipped: false }
}

/** Moves the checkpoint, which also locks it; false where another one was there before. */
async function advance(
  transaction: Transaction,
  { journal, segment, offset }: JournalPosition,
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `INSERT INTO pointsman.ingest_checkpoints AS present (journal_id, segment, byte_offset) VALUES ($1, $2, $3)
     ON CONFLICT (journal_id) DO UPDATE
     SET segment = excluded.segment, byte_offset = excluded.byte_offset, updated_at = now()
     WHERE (present.segment, present.byte_offset) < (excluded.segment, excluded.byte_offset)`,
    [journal, segment, offset],
  )
  return rowCount > 0
}

async function insert(
  transaction: Transaction,
  records: readonly UsageRecord[],
): Promise<readonly UsageRecord[]> {
  if (records.length === 0) return []
  const { rows } = await transaction.query(insertRecords, [read.storableJson(records.map(writeRecord))])
  const byKey = new Map(
    records.map((record) => [`${record.receivedAtMs} ${read.storableText(record.requestId)}`, record]),
  )
  return rows.flatMap((row) => byKey.get(`${read.instant(row, 'received_at')} ${read.text(row, 'id')}`) ?? [])
}

/** A fallback that a data plane took by itself: recorded once, under the revision that it served. */
async function recordEpisode(transaction: Transaction, episode: FallbackEpisode): Promise<void> {
  const { rows } = await transaction.query('SELECT FROM pointsman.switches WHERE id = $1', [episode.id])
  if (rows.length > 0) return
  const [kind, ...name] = episode.route.split('/')
  const named = kind === 'use-case' || kind === 'agent'
  await transaction.query('SELECT pointsman.record_switch($1::jsonb)', [
    read.storableJson({
      id: episode.id,
      observed: true,
      actor: { kind: 'rule', id: 'fallback' },
      action: 'fallback_switch',
      type: 'auto',
      scope: named ? { kind, name: name.join('/') } : { kind: 'global' },
      from: episode.from,
      to: episode.to,
      reason: episode.cause,
      evidence: { episode: episode.id, requestId: episode.requestId, startedAtMs: episode.startedAtMs },
    }),
  ])
}

export async function readCheckpoints(database: Queryable): Promise<readonly JournalPosition[]> {
  const { rows } = await database.query(
    'SELECT journal_id, segment, byte_offset FROM pointsman.ingest_checkpoints ORDER BY journal_id',
  )
  return rows.map((row) => ({
    journal: journalId(read.text(row, 'journal_id')),
    segment: read.number(row, 'segment'),
    offset: read.number(row, 'byte_offset'),
  }))
}

/** Forgets the checkpoint of a journal folder that is gone. */
export async function deleteCheckpoint(database: Queryable, journal: string): Promise<void> {
  await database.query('DELETE FROM pointsman.ingest_checkpoints WHERE journal_id = $1', [journal])
}
