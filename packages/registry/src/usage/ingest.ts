import {
  journalId,
  type CapturedExchange,
  type FallbackEpisode,
  type JournalPosition,
  type PinClaim,
} from '@pointsman/contract'
import type { Queryable, Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { insertCaptured } from './captured.ts'
import { ingestConversations } from './conversations.ts'
import { insertRecords, type BatchRecords } from './insert-records.ts'

/** What data planes tell of their requests. */
export type ToldUsage = BatchRecords & {
  readonly claims?: readonly PinClaim[]
  readonly episodes?: readonly FallbackEpisode[]
  readonly captured?: readonly CapturedExchange[]
}

export type UsageBatch = ToldUsage & {
  /** Where the journal has been read to, once this batch is in. */
  readonly position: JournalPosition
}

export interface IngestResult {
  /** Records that were not there before. */
  readonly inserted: number
  /** The stored position was at or past the batch's: nothing was done. */
  readonly skipped: boolean
}

/**
 * Exactly once: rows, rollups of the rows really inserted, claims, episodes, kept text and the checkpoint, all in the caller's
 * transaction (purpose `registry` where episodes or claims with a switch are given, else `plain`).
 */
export async function ingestBatch(transaction: Transaction, batch: UsageBatch): Promise<IngestResult> {
  if (!(await advance(transaction, batch.position))) return { inserted: 0, skipped: true }
  return { inserted: await takeUsage(transaction, batch), skipped: false }
}

/**
 * The same of records that no journal of a host holds: told again they change nothing, since each carries the id of its
 * request. Answers how many were not there before.
 */
export async function takeUsage(transaction: Transaction, told: ToldUsage): Promise<number> {
  const { claims = [] } = told
  const { inserted, said } = await insertRecords(transaction, told)
  await ingestConversations(transaction, said, claims)
  for (const episode of told.episodes ?? []) await recordEpisode(transaction, episode)
  await insertCaptured(transaction, told.captured ?? [])
  return inserted
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
