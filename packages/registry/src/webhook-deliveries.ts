import type { Database, Queryable } from './database.ts'
import { inPieces } from './in-pieces.ts'
import * as read from './row-values.ts'

export interface WebhookDelivery {
  readonly id: string
  readonly costAlarm: string
  readonly url: string
  readonly body: string
  /** Those before this one. */
  readonly attempts: number
}

export async function queueWebhook(
  database: Queryable,
  { body, costAlarm, id, url }: Omit<WebhookDelivery, 'attempts'>,
): Promise<void> {
  await database.query(
    'INSERT INTO pointsman.webhook_deliveries (id, cost_alarm, url, body) VALUES ($1, $2, $3, $4)',
    [id, costAlarm, url, body],
  )
}

/** Those that are due, for this host alone until the span is over: one that dies in between is followed by another. */
export async function claimWebhooks(
  database: Database,
  { atMost, forMs }: { readonly atMost: number; readonly forMs: number },
): Promise<readonly WebhookDelivery[]> {
  const { rows } = await database.query(
    `UPDATE pointsman.webhook_deliveries AS delivery
     SET attempts = attempts + 1, next_attempt_at = pointsman.now_ms() + make_interval(secs => $2::double precision)
     WHERE id IN (
       SELECT id FROM pointsman.webhook_deliveries
       WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= pointsman.now_ms()
       ORDER BY next_attempt_at LIMIT $1::integer FOR UPDATE SKIP LOCKED)
     RETURNING id, cost_alarm, url, body, attempts`,
    [atMost, forMs / 1_000],
  )
  return rows.map((row) => ({
    id: read.text(row, 'id'),
    costAlarm: read.text(row, 'cost_alarm'),
    url: read.text(row, 'url'),
    body: read.text(row, 'body'),
    attempts: read.number(row, 'attempts') - 1,
  }))
}

export type WebhookOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly error: string; readonly againInMs: number }
  | { readonly kind: 'given-up'; readonly error: string }

export async function noteWebhook(database: Queryable, id: string, outcome: WebhookOutcome): Promise<void> {
  const againInMs = outcome.kind === 'failed' ? outcome.againInMs : 0
  await database.query(
    `UPDATE pointsman.webhook_deliveries SET
       delivered_at = CASE WHEN $2 = 'delivered' THEN pointsman.now_ms() END,
       given_up_at = CASE WHEN $2 = 'given-up' THEN pointsman.now_ms() END,
       next_attempt_at = pointsman.now_ms() + make_interval(secs => $3::double precision),
       last_error = $4
     WHERE id = $1`,
    [
      ...[id, outcome.kind, againInMs / 1_000],
      outcome.kind === 'delivered' ? null : read.storableText(outcome.error),
    ],
  )
}

/** Of a cost alarm's newest delivery; null = none was due yet. */
export interface DeliveryState {
  readonly atMs: number
  readonly state: 'waiting' | 'delivered' | 'given-up'
  readonly attempts: number
  readonly error: string | null
}

export async function lastDelivery(database: Queryable, costAlarm: string): Promise<DeliveryState | null> {
  const { rows } = await database.query(
    `SELECT created_at, delivered_at, given_up_at, attempts, last_error FROM pointsman.webhook_deliveries
     WHERE cost_alarm = $1 ORDER BY created_at DESC, id LIMIT 1`,
    [costAlarm],
  )
  const [row] = rows
  if (row === undefined) return null
  const isDelivered = read.instantOrNull(row, 'delivered_at') !== null
  const isGivenUp = read.instantOrNull(row, 'given_up_at') !== null
  return {
    atMs: read.instant(row, 'created_at'),
    state: isDelivered ? 'delivered' : isGivenUp ? 'given-up' : 'waiting',
    attempts: read.number(row, 'attempts'),
    error: read.textOrNull(row, 'last_error'),
  }
}

/** A body is some kilobytes. */
const rowsAtOnce = 500

/** Those that are done with, and older than so long by the database's clock, which wrote when they were made; in pieces. */
export const pruneWebhooks = (database: Queryable, keepMs: number): Promise<number> =>
  inPieces(rowsAtOnce, (limit) =>
    database.query(
      `DELETE FROM pointsman.webhook_deliveries WHERE id IN (
         SELECT id FROM pointsman.webhook_deliveries
         WHERE created_at < pointsman.now_ms() - make_interval(secs => $1::double precision)
           AND (delivered_at IS NOT NULL OR given_up_at IS NOT NULL) LIMIT $2)`,
      [keepMs / 1_000, limit],
    ),
  )
