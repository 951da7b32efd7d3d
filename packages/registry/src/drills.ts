import type { Actor, Drill, DrillAim, DrillFault, RouteKind } from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'
import type { DrilledRequests } from './usage/drills.ts'

/** `time`: it ran to its end; `failures`: too many of the route's answers had failed. */
export type DrillEndCause = 'time' | 'stopped' | 'failures' | 'route-removed'

export interface DrilledRoute {
  readonly kind: RouteKind
  readonly name: string
}

export interface DrillRow extends Drill {
  readonly route: DrilledRoute
  readonly reason: string
  /** It ends once more of the route's answers than this have failed, in percent; null = only at its time. */
  readonly stopAbovePercent: number | null
  readonly startedBy: Actor
  /** Null: nobody has ended it yet; data planes end it at `endsAtMs` all the same. */
  readonly end: {
    readonly atMs: number
    readonly cause: DrillEndCause
    readonly by: Actor | null
    readonly reason: string | null
  } | null
  /** When its row was written. */
  readonly changedAtMs: number
  /** What it did, as it was summed up before the records went; null = not yet. */
  readonly summary: DrilledRequests | null
}

const readDrill = (row: Row): DrillRow => {
  const endedAtMs = read.instantOrNull(row, 'ended_at')
  return {
    id: read.text(row, 'id'),
    route: { kind: read.word<RouteKind>(row, 'kind'), name: read.text(row, 'name') },
    fault: read.json<DrillFault>(row, 'fault'),
    aim: read.json<DrillAim>(row, 'aim'),
    percent: read.number(row, 'percent'),
    reason: read.text(row, 'reason'),
    stopAbovePercent: read.numberOrNull(row, 'stop_above_percent'),
    startedAtMs: read.instant(row, 'started_at'),
    endsAtMs: read.instant(row, 'ends_at'),
    startedBy: read.json<Actor>(row, 'started_by'),
    end:
      endedAtMs === null
        ? null
        : {
            atMs: endedAtMs,
            cause: read.word(row, 'end_cause'),
            by: read.json<Actor | null>(row, 'ended_by'),
            reason: read.textOrNull(row, 'end_reason'),
          },
    changedAtMs: read.instant(row, 'changed_at'),
    summary: read.json<DrilledRequests | null>(row, 'summary'),
  }
}

/** What a route's entry of the snapshot holds of its drill, as JSON; null = none is under way. Of `drillsOfRoutes`. */
export const drillOfRoute = `
    CASE WHEN drilled.id IS NOT NULL THEN jsonb_build_object('id', drilled.id, 'fault', drilled.fault, 'aim', drilled.aim,
      'percent', drilled.percent, 'startedAtMs', pointsman.epoch_ms(drilled.started_at),
      'endsAtMs', pointsman.epoch_ms(drilled.ends_at)) END`

export const drillsOfRoutes = `LEFT JOIN pointsman.drills AS drilled
    ON drilled.kind = route.kind AND drilled.name = route.name AND drilled.ended_at IS NULL`

/** Its route has none that nobody has ended: the registry refuses a second one. */
export async function insertDrill(
  transaction: Transaction,
  drill: Omit<DrillRow, 'id' | 'end' | 'changedAtMs' | 'summary'>,
): Promise<DrillRow> {
  const { rows } = await transaction.query(
    `INSERT INTO pointsman.drills
       (kind, name, fault, aim, percent, reason, stop_above_percent, started_at, ends_at, started_by)
     VALUES ($1, $2, $3::jsonb, $4::jsonb, $5::double precision, $6, $7::double precision, $8, $9, $10::jsonb)
     RETURNING *`,
    [
      drill.route.kind,
      drill.route.name,
      read.storableJson(drill.fault),
      read.storableJson(drill.aim),
      drill.percent,
      drill.reason,
      drill.stopAbovePercent,
      new Date(drill.startedAtMs),
      new Date(drill.endsAtMs),
      read.storableJson(drill.startedBy),
    ],
  )
  if (rows[0] === undefined) throw new TypeError('a drill that was inserted is not there')
  return readDrill(rows[0])
}

/** False where it has ended before. Never later than its time, never before its start. */
export async function endDrill(
  transaction: Transaction,
  id: string,
  end: NonNullable<DrillRow['end']>,
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `UPDATE pointsman.drills SET ended_at = greatest(started_at, least(ends_at, $2::timestamptz)), end_cause = $3,
       ended_by = $4::jsonb, end_reason = $5, changed_at = pointsman.now_ms()
     WHERE id = $1 AND ended_at IS NULL`,
    [id, new Date(end.atMs), end.cause, end.by === null ? null : read.storableJson(end.by), end.reason],
  )
  return rowCount > 0
}

export async function findDrill(database: Queryable, id: string): Promise<DrillRow | null> {
  const { rows } = await database.query('SELECT * FROM pointsman.drills WHERE id = $1', [id])
  return rows[0] === undefined ? null : readDrill(rows[0])
}

/** Those that nobody has ended, over or not: one a route at most. */
export async function drillsUnderWay(database: Queryable): Promise<readonly DrillRow[]> {
  const { rows } = await database.query(
    'SELECT * FROM pointsman.drills WHERE ended_at IS NULL ORDER BY ends_at, id',
  )
  return rows.map(readDrill)
}

/** Newest first. */
export async function listDrills(
  database: Queryable,
  filter: { readonly route: DrilledRoute | null; readonly limit: number; readonly cursor: string | null },
): Promise<Page<DrillRow>> {
  const [beforeMs, afterId] =
    filter.cursor === null ? [null, null] : readCursor(filter.cursor, ['number', 'string'])
  const { rows } = await database.query(
    `SELECT * FROM pointsman.drills
     WHERE ($1::text IS NULL OR (kind = $1 AND name = $2))
       AND ($3::timestamptz IS NULL OR started_at < $3 OR (started_at = $3 AND id > $4))
     ORDER BY started_at DESC, id LIMIT $5`,
    [
      filter.route?.kind ?? null,
      filter.route?.name ?? null,
      beforeMs === null ? null : new Date(beforeMs),
      afterId,
      filter.limit + 1,
    ],
  )
  return pageOf(rows, filter.limit, readDrill, ({ id, startedAtMs }) => writeCursor(startedAtMs, id))
}

/** Started or ended at this instant or later, in that order. */
export async function drillsChangedSince(
  database: Queryable,
  sinceMs: number,
  limit: number,
): Promise<readonly DrillRow[]> {
  const { rows } = await database.query(
    'SELECT * FROM pointsman.drills WHERE changed_at >= $1::timestamptz ORDER BY changed_at, id LIMIT $2',
    [new Date(sinceMs), limit],
  )
  return rows.map(readDrill)
}

/** Ended since then and not so long ago that records of theirs may be gone. */
export async function drillsEndedSince(database: Queryable, sinceMs: number): Promise<readonly DrillRow[]> {
  const { rows } = await database.query(
    'SELECT * FROM pointsman.drills WHERE ended_at >= $1::timestamptz ORDER BY ended_at, id',
    [new Date(sinceMs)],
  )
  return rows.map(readDrill)
}

export async function keepDrillSummary(
  database: Queryable,
  id: string,
  summary: DrilledRequests,
): Promise<void> {
  await database.query('UPDATE pointsman.drills SET summary = $2::jsonb WHERE id = $1', [
    id,
    read.storableJson(summary),
  ])
}
