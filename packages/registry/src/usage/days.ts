import type { Queryable, Transaction } from '../database.ts'
import * as read from '../row-values.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
/**
 * A day is added up once it has been over for so long, so that what comes moments late finds it open. By the database's clock, too:
 * what is ingested in a transaction that began before midnight opens no day, and may be committed after it.
 */
const openForMs = 3_600_000

export const dayOf = (atMs: number): number => Math.floor(atMs / dayMs) * dayMs

/** Adds up the newest day that is over and was not added up yet. Answers its begin; null = there is none. */
export async function foldUsageDay(transaction: Transaction, nowMs: number): Promise<number | null> {
  const { rows } = await transaction.query(
    `SELECT pointsman.fold_usage_day(
       least($1::timestamptz, date_trunc('day', now() - make_interval(secs => $2), 'UTC'))) AS day`,
    [new Date(dayOf(nowMs - openForMs)), openForMs / 1_000],
  )
  return rows[0] === undefined ? null : read.instantOrNull(rows[0], 'day')
}

/** The end is not included. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** How a time is read: from whole days that were added up, and from the hours of all others. By their begins, in order. */
export interface Reading {
  readonly daysMs: readonly number[]
  readonly hoursMs: readonly number[]
}

/** `byHours`: no day is read whole. There are no hours before the first that is known, however early a time begins. */
export async function readingOf(
  database: Queryable,
  { fromMs, toMs }: Span,
  byHours: boolean,
): Promise<Reading> {
  const { rows } = await database.query(
    `SELECT first, last, day FROM (SELECT min(hour) AS first, max(hour) AS last FROM pointsman.usage_rollups) AS known
     LEFT JOIN pointsman.usage_folded_days
       ON NOT $3 AND day >= $1::timestamptz AND day <= $2::timestamptz - interval '24 hours'
     ORDER BY day`,
    [new Date(fromMs), new Date(toMs), byHours],
  )
  const [known] = rows
  const firstMs = known === undefined ? null : read.instantOrNull(known, 'first')
  const lastMs = known === undefined ? null : read.instantOrNull(known, 'last')
  const daysMs = rows.flatMap((row) => read.instantOrNull(row, 'day') ?? [])
  if (firstMs === null || lastMs === null) return { daysMs, hoursMs: [] }
  const held = { fromMs: Math.max(fromMs, firstMs), toMs: Math.min(toMs, lastMs + 1) }
  return { daysMs, hoursMs: hoursOf(held, new Set(daysMs)) }
}

function hoursOf({ fromMs, toMs }: Span, withoutDays: ReadonlySet<number>): readonly number[] {
  const hoursMs: number[] = []
  for (let atMs = fromMs; atMs < toMs; atMs += hourMs) if (!withoutDays.has(dayOf(atMs))) hoursMs.push(atMs)
  return hoursMs
}
