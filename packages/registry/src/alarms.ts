import type { Queryable, Row } from './database.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'

export interface AlarmRow {
  readonly id: string
  /** A stable word: `revision_rejected`, `replica_refused`, … */
  readonly kind: string
  /** Whom it is about: a replica, a host, a revision; `registry` where it is about the whole. */
  readonly subject: string
  readonly message: string
  readonly raisedAtMs: number
  /** Null = it stands. */
  readonly clearedAtMs: number | null
  /** When it was raised or cleared here. */
  readonly changedAtMs: number
}

const readAlarm = (row: Row): AlarmRow => ({
  id: read.text(row, 'id'),
  kind: read.text(row, 'kind'),
  subject: read.text(row, 'subject'),
  message: read.text(row, 'message'),
  raisedAtMs: read.instant(row, 'raised_at'),
  clearedAtMs: read.instantOrNull(row, 'cleared_at'),
  changedAtMs: read.instant(row, 'changed_at'),
})

/** Raises it, or says of the one that stands what is true now. `ageMs`: how long ago it began, where the registry could not be told before. */
export async function raiseAlarm(
  database: Queryable,
  alarm: Pick<AlarmRow, 'kind' | 'subject' | 'message'> & { readonly ageMs?: number },
): Promise<AlarmRow> {
  const { kind, subject, message, ageMs = 0 } = alarm
  const { rows } = await database.query(
    `INSERT INTO pointsman.alarms (kind, subject, message, raised_at)
     VALUES ($1, $2, $3, pointsman.now_ms() - make_interval(secs => $4::double precision))
     ON CONFLICT (kind, subject) WHERE cleared_at IS NULL DO UPDATE SET message = excluded.message
     RETURNING *`,
    [kind, read.storableText(subject), read.storableText(message), Math.max(0, Math.round(ageMs)) / 1_000],
  )
  if (rows[0] === undefined) throw new TypeError('an alarm that was raised is not there')
  return readAlarm(rows[0])
}

/** Says of one that stands what is true now. Unlike `raiseAlarm` it brings none back that was cleared meanwhile. */
export async function rewordAlarm(database: Queryable, id: string, message: string): Promise<void> {
  await database.query('UPDATE pointsman.alarms SET message = $2 WHERE id = $1 AND cleared_at IS NULL', [
    id,
    read.storableText(message),
  ])
}

/** False where none of that id stands. */
export async function clearAlarm(database: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE pointsman.alarms SET cleared_at = greatest(raised_at, pointsman.now_ms()), changed_at = pointsman.now_ms()
     WHERE id = $1 AND cleared_at IS NULL`,
    [id],
  )
  return rowCount > 0
}

/** More than these stand only where something raises them without end. */
const maxStanding = 1_000

/** Oldest first. */
export async function standingAlarms(database: Queryable): Promise<readonly AlarmRow[]> {
  const { rows } = await database.query(
    `SELECT * FROM pointsman.alarms WHERE cleared_at IS NULL ORDER BY raised_at, id LIMIT ${maxStanding}`,
  )
  return rows.map(readAlarm)
}

export async function findAlarm(database: Queryable, id: string): Promise<AlarmRow | null> {
  const { rows } = await database.query('SELECT * FROM pointsman.alarms WHERE id = $1', [id])
  return rows[0] === undefined ? null : readAlarm(rows[0])
}

/** Newest first. */
export async function listAlarms(
  database: Queryable,
  filter: { readonly includeCleared: boolean; readonly limit: number; readonly cursor: string | null },
): Promise<Page<AlarmRow>> {
  const [beforeMs, afterId] =
    filter.cursor === null ? [null, null] : readCursor(filter.cursor, ['number', 'string'])
  const { rows } = await database.query(
    `SELECT * FROM pointsman.alarms
     WHERE ($1::boolean OR cleared_at IS NULL)
       AND ($2::timestamptz IS NULL OR raised_at < $2 OR (raised_at = $2 AND id > $3))
     ORDER BY raised_at DESC, id LIMIT $4`,
    [filter.includeCleared, beforeMs === null ? null : new Date(beforeMs), afterId, filter.limit + 1],
  )
  return pageOf(rows, filter.limit, readAlarm, ({ raisedAtMs, id }) => writeCursor(raisedAtMs, id))
}

/** Raised or cleared at this instant or later, in that order. */
export async function alarmsChangedSince(
  database: Queryable,
  sinceMs: number,
  limit: number,
): Promise<readonly AlarmRow[]> {
  const { rows } = await database.query(
    `SELECT * FROM pointsman.alarms WHERE changed_at >= $1::timestamptz
     ORDER BY changed_at, id LIMIT $2`,
    [new Date(sinceMs), limit],
  )
  return rows.map(readAlarm)
}
