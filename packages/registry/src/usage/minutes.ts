import { PointsmanError } from '@pointsman/contract'
import type { Queryable } from '../database.ts'
import { inPieces } from '../in-pieces.ts'
import type { UsageQuestion } from './usage-question.ts'
import { counted, readTotal, summedList, writtenList, type UsageTotal } from './usage-total.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** The longest time that is told by the minute, so that no answer has more rows than this. */
export const longestByMinuteMs = dayMs
/** A question may look back a day from any instant of the last one. */
export const keepMinutesMs = 2 * dayMs

const columns = ['refused', ...counted]
const lists = ['duration_buckets', 'first_content_buckets', 'overhead_buckets']

const summed = (start: string, grouped: string): string => `
  SELECT '' AS name, ${start} AS start, ${columns.map((column) => `sum(${column}) AS ${column}`).join(', ')},
    ${lists.map((column) => `${summedList(column)} AS ${column}`).join(', ')}
  FROM pointsman.usage_minutes
  WHERE minute >= $1 AND minute < $2 AND ($3::text IS NULL OR workspace_id = $3) ${grouped}`

const statements = {
  each: summed('minute', 'GROUP BY minute ORDER BY minute'),
  // A minute of a workspace is one row: there is nothing to add up.
  eachOfOneWorkspace: `
    SELECT '' AS name, minute AS start, ${columns.join(', ')},
      ${lists.map((column) => `${writtenList(column)} AS ${column}`).join(', ')}
    FROM pointsman.usage_minutes WHERE minute >= $1 AND minute < $2 AND workspace_id = $3 ORDER BY minute`,
  together: summed('NULL::timestamptz', 'HAVING count(*) > 0'),
} as const

/** All requests together, by the minute or counted to the minute: at most a row a minute is read, however many requests were. */
export async function minuteTotals(
  database: Queryable,
  question: UsageQuestion,
): Promise<readonly UsageTotal[]> {
  const { fromMs, groupBy, interval, toMs, workspace = null } = question
  if (
    groupBy !== 'all' ||
    (interval !== undefined && interval !== 'minute') ||
    toMs - fromMs > longestByMinuteMs
  )
    throw new PointsmanError(
      'invalid_request',
      'Minutes are counted of all requests together (groupBy=all), and told of a day at most.',
      { field: 'interval' },
    )
  const from = Math.floor(fromMs / minuteMs) * minuteMs
  const form = interval === undefined ? 'together' : workspace === null ? 'each' : 'eachOfOneWorkspace'
  const { rows } = await database.query(statements[form], [new Date(from), new Date(toMs), workspace])
  return rows.map(readTotal)
}

/** A row has some hundred counts in its lists. */
const rowsAtOnce = 500

/** Removes minutes before this instant, in pieces; hours stay. */
export const pruneUsageMinutes = (database: Queryable, beforeMs: number): Promise<number> =>
  inPieces(rowsAtOnce, (limit) =>
    database.query(
      `DELETE FROM pointsman.usage_minutes WHERE (minute, workspace_id) IN (
         SELECT minute, workspace_id FROM pointsman.usage_minutes WHERE minute < $1 LIMIT $2)`,
      [new Date(beforeMs), limit],
    ),
  )
