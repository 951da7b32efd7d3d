import type { Queryable, SqlValue } from '../database.ts'
import * as read from '../row-values.ts'
import { readingOf } from './days.ts'
import { minuteTotals } from './minutes.ts'
import type { UsageDimension, UsageQuestion } from './usage-question.ts'
import { counted, readTotal, summedList, writtenList, type UsageTotal } from './usage-total.ts'

const dimensions: { readonly [Dimension in UsageDimension]: string } = {
  all: 'all',
  model: 'model',
  provider: 'provider',
  agent: 'agent',
  useCase: 'use-case',
  user: 'user',
  key: 'key',
  route: 'route',
  operation: 'operation',
  fallbackCause: 'fallback-cause',
}

const defaultLimit = 1_000
/** Days that were added up, and the hours of all others: a branch each, which the planner can judge. */
const source = (columns: string, where: string): string => `(
    SELECT day AS hour, ${columns} FROM pointsman.usage_daily
    WHERE dimension = $1 AND day = ANY ($3::text[]::timestamptz[]) AND ${where}
    UNION ALL
    SELECT hour, ${columns} FROM pointsman.usage_rollups
    WHERE dimension = $1 AND hour = ANY ($4::text[]::timestamptz[]) AND ${where})`

const ofWorkspace = '($2::text IS NULL OR workspace_id = $2)'

const leaders = `
  SELECT name FROM ${source('name, requests', ofWorkspace)} AS counted
  GROUP BY name ORDER BY sum(requests) DESC, name LIMIT $5`

/** Written in one place, so that what is read of a row is asked for. */
function statementsOf(groupBy: 'all' | 'names') {
  const lists = [
    'duration_buckets',
    'first_content_buckets',
    ...(groupBy === 'all' ? ['overhead_buckets'] : []),
  ]
  const noOverhead = groupBy === 'all' ? '' : ', NULL::text AS overhead_buckets'
  const rollup = source(
    ['name, refused', ...counted, ...lists].join(', '),
    `${ofWorkspace} AND name = ANY ($5::text[])`,
  )
  const summed = (start: string): string => `
    SELECT name, ${start} AS start, CASE WHEN bool_and(refused IS NOT NULL) THEN sum(refused) END AS refused,
      ${counted.map((column) => `sum(${column}) AS ${column}`).join(', ')},
      ${lists.map((column) => `${summedList(column)} AS ${column}`).join(', ')}${noOverhead}
    FROM ${rollup} AS rollup GROUP BY 1, 2 ORDER BY 2, sum(requests) DESC, 1`
  return {
    hour: summed('hour'),
    day: summed("date_trunc('day', hour, 'UTC')"),
    none: summed('NULL::timestamptz'),
    // A name has one row an hour in each workspace: there is nothing to add up, which is half of the time of 2,500 rows.
    hoursOfOneWorkspace: `
      SELECT name, hour AS start, refused, ${counted.join(', ')},
        ${lists.map((column) => `${writtenList(column)} AS ${column}`).join(', ')}${noOverhead}
      FROM ${rollup} AS rollup ORDER BY hour, requests DESC, name`,
  } as const
}

const statements = { all: statementsOf('all'), names: statementsOf('names') } as const

/**
 * By begin, then by requests, most first. Who is told of is decided first, by what is cheap to add: of 100,000 users the
 * latencies of those alone are read who are shown.
 */
export async function usageTotals(
  database: Queryable,
  question: UsageQuestion,
): Promise<readonly UsageTotal[]> {
  const { groupBy, interval, limit = defaultLimit, precision, toMs, workspace = null } = question
  if (interval === 'minute' || precision === 'minute') return minuteTotals(database, question)
  const time = { fromMs: Math.floor(question.fromMs / hourMs) * hourMs, toMs }
  const { daysMs, hoursMs } = await readingOf(database, time, interval === 'hour')
  const asked = [dimensions[groupBy], workspace, daysMs.map(instantText), hoursMs.map(instantText)]
  const groups = question.groups ?? (await leadersOf(database, [...asked, limit]))
  const form = interval === 'hour' && workspace !== null ? 'hoursOfOneWorkspace' : (interval ?? 'none')
  const { rows } = await database.query(statements[groupBy === 'all' ? 'all' : 'names'][form], [
    ...asked,
    groups,
  ])
  return rows.map(readTotal)
}

async function leadersOf(database: Queryable, values: readonly SqlValue[]): Promise<readonly string[]> {
  const { rows } = await database.query(leaders, values)
  return rows.map((row) => read.text(row, 'name'))
}

const hourMs = 3_600_000
const instantText = (atMs: number): string => new Date(atMs).toISOString()
