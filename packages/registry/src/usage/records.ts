import { requestId, type RequestId, type UsageRecord } from '@pointsman/contract'
import type { Database, Queryable, Row, Transaction } from '../database.ts'
import { pageOf, readCursor, writeCursor, type Page } from '../page.ts'
import * as read from '../row-values.ts'

export interface UsageRecordFilter {
  readonly limit: number
  readonly cursor: string | null
  readonly fromMs?: number
  /** Not included. */
  readonly toMs?: number
  readonly modelId?: string
  readonly route?: string
  readonly userId?: string
  readonly conversationId?: string
  readonly keyId?: string
  readonly outcome?: UsageRecord['outcome']
  readonly drillId?: string
  readonly workspace?: string
}

/** A tenth of a second's work for PostgreSQL, so that nobody behind it waits longer. */
const rowsAtOnce = 2_000

const readRecord = (row: Row): UsageRecord => read.json<UsageRecord>(row, 'record')

const instantOrNull = (milliseconds: number | undefined): Date | null =>
  milliseconds === undefined ? null : new Date(milliseconds)

/** Newest first. */
export async function usageRecords(
  database: Queryable,
  filter: UsageRecordFilter,
): Promise<Page<UsageRecord>> {
  const [beforeMs, afterId] =
    filter.cursor === null ? [null, null] : readCursor(filter.cursor, ['number', 'string'])
  const { rows } = await database.query(
    `SELECT record FROM pointsman.usage_records
     WHERE ($1::timestamptz IS NULL OR received_at < $1 OR (received_at = $1 AND id > $2))
       AND ($3::timestamptz IS NULL OR received_at >= $3) AND ($4::timestamptz IS NULL OR received_at < $4)
       AND ($5::text IS NULL OR model_id = $5) AND ($6::text IS NULL OR route = $6)
       AND ($7::text IS NULL OR user_id = $7) AND ($8::text IS NULL OR conversation_id = $8)
       AND ($9::text IS NULL OR key_id = $9) AND ($10::text IS NULL OR outcome = $10)
       AND ($11::text IS NULL OR workspace_id = $11) AND ($12::text IS NULL OR drill_id = $12)
     ORDER BY received_at DESC, id LIMIT $13`,
    [
      beforeMs === null ? null : new Date(beforeMs),
      afterId,
      instantOrNull(filter.fromMs),
      instantOrNull(filter.toMs),
      filter.modelId ?? null,
      filter.route ?? null,
      filter.userId ?? null,
      filter.conversationId ?? null,
      filter.keyId ?? null,
      filter.outcome ?? null,
      filter.workspace ?? null,
      filter.drillId ?? null,
      filter.limit + 1,
    ],
  )
  return pageOf(rows, filter.limit, readRecord, (record) =>
    writeCursor(record.receivedAtMs, record.requestId),
  )
}

export async function findUsageRecord(database: Queryable, id: RequestId): Promise<UsageRecord | null> {
  const { rows } = await database.query(
    'SELECT record FROM pointsman.usage_records WHERE id = $1 ORDER BY received_at DESC LIMIT 1',
    [id],
  )
  return rows[0] === undefined ? null : readRecord(rows[0])
}

/** Those of the records that are stored already. */
export async function storedRequests(
  database: Queryable,
  records: readonly Pick<UsageRecord, 'receivedAtMs' | 'requestId'>[],
): Promise<ReadonlySet<RequestId>> {
  const stored = new Set<RequestId>()
  for (let from = 0; from < records.length; from += rowsAtOnce) {
    const asked = records.slice(from, from + rowsAtOnce)
    // Its time, too, as it was stored: by the id alone each month is looked into.
    const { rows } = await database.query(
      `SELECT record.id FROM unnest($1::text[], $2::double precision[]) AS asked (id, at_ms)
       JOIN pointsman.usage_records AS record
         ON record.id = asked.id AND record.received_at = to_timestamp(asked.at_ms / 1000.0)`,
      [asked.map((record) => record.requestId), asked.map(({ receivedAtMs }) => receivedAtMs)],
    )
    for (const row of rows) stored.add(requestId(read.text(row, 'id')))
  }
  return stored
}

/** Makes the partitions of this month and the next ones. Returns how many were made. */
export async function ensureUsagePartitions(database: Queryable, monthsAhead: number): Promise<number> {
  const { rows } = await database.query('SELECT pointsman.ensure_usage_partitions($1::integer) AS made', [
    monthsAhead,
  ])
  return rows[0] === undefined ? 0 : read.number(rows[0], 'made')
}

/** Whoever writes meanwhile waits no longer for a month that goes; where somebody reads it for longer it goes another time. */
const dropWithinMs = 100

/**
 * Removes raw records before this instant; rollups stay. Whole months at once, the rest in pieces, each in a transaction of its
 * own. Answers what went: names of months and a number of rows. Throws where a month could not be locked in time.
 */
export async function pruneUsageRecords(
  database: Database,
  beforeMs: number,
): Promise<{ readonly months: readonly string[]; readonly rows: number }> {
  const before = new Date(beforeMs)
  const months: string[] = []
  const dropOne = (transaction: Transaction) =>
    transaction.query('SELECT pointsman.drop_usage_month($1::timestamptz) AS month', [before])
  for (;;) {
    const { rows } = await database.transaction({ purpose: 'plain', lockTimeoutMs: dropWithinMs }, dropOne)
    const month = rows[0] === undefined ? null : read.textOrNull(rows[0], 'month')
    if (month === null) break
    months.push(month)
  }
  let removed = 0
  for (let piece = rowsAtOnce; piece === rowsAtOnce; removed += piece) {
    const { rows } = await database.query(
      'SELECT pointsman.prune_usage_rows($1::timestamptz, $2::integer) AS removed',
      [before, rowsAtOnce],
    )
    piece = rows[0] === undefined ? 0 : read.number(rows[0], 'removed')
  }
  return { months, rows: removed }
}
