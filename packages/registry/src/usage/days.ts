import type { Queryable, Transaction } from '../database.ts'
import * as read from '../row-values.ts'

const dayMs = 86_400_000
/** A day is added up once it has been over for so long, so that what comes moments late finds it open. */
const openForMs = 3_600_000

/** Of one reading. */
export const mostSpans = 4

export const dayOf = (atMs: number): number => Math.floor(atMs / dayMs) * dayMs

/** Adds up the newest day that is over and was not added up yet. Answers its begin; null = there is none. */
export async function foldUsageDay(transaction: Transaction, nowMs: number): Promise<number | null> {
  const { rows } = await transaction.query('SELECT pointsman.fold_usage_day($1::timestamptz) AS day', [
    new Date(dayOf(nowMs - openForMs)),
  ])
  return rows[0] === undefined ? null : read.instantOrNull(rows[0], 'day')
}

/** Before hours of these days are changed, in the same transaction: a day that was added up is no longer. */
export async function unfoldDays(transaction: Transaction, daysMs: readonly number[]): Promise<void> {
  await transaction.query('SELECT pointsman.unfold_usage_days($1::text[]::timestamptz[])', [
    daysMs.map((day) => new Date(day).toISOString()),
  ])
}

/** A time to be read from hours; the end is not included. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** How a time is read: from whole days that were added up, and from the hours between them. */
export interface Reading {
  readonly daysMs: readonly number[]
  readonly spans: readonly Span[]
}

export async function readingOf(database: Queryable, { fromMs, toMs }: Span): Promise<Reading> {
  const { rows } = await database.query(
    `SELECT day FROM pointsman.usage_folded_days
     WHERE day >= $1::timestamptz AND day <= $2::timestamptz - interval '24 hours' ORDER BY day`,
    [new Date(fromMs), new Date(toMs)],
  )
  const daysMs = rows.map((row) => read.instant(row, 'day'))
  const spans = between({ fromMs, toMs }, daysMs)
  // Days with holes everywhere, as they are while they are added up: the hours tell all.
  return spans.length > mostSpans ? { daysMs: [], spans: [{ fromMs, toMs }] } : { daysMs, spans }
}

/** What is left of a time without these days, which come in order. */
export function between({ fromMs, toMs }: Span, daysMs: readonly number[]): readonly Span[] {
  const begins = [fromMs, ...daysMs.map((day) => day + dayMs)]
  const ends = [...daysMs, toMs]
  return begins.flatMap((begin, at) => {
    const end = ends[at] ?? toMs
    return begin < end ? [{ fromMs: begin, toMs: end }] : []
  })
}
