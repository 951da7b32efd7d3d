import type { Queryable, SqlValue } from '../database.ts'
import { readCursor, writeCursor, type Page } from '../page.ts'
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

/** By the bytes of their names: the same order wherever the database runs. */
const named = `
  SELECT name FROM ${source('name', `${ofWorkspace} AND ($6::text IS NULL OR name COLLATE "C" > $6)`)} AS counted
  GROUP BY name ORDER BY name COLLATE "C" LIMIT $5`

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
  const { groupBy, interval, limit = defaultLimit, precision, workspace = null } = question
  if (interval === 'minute' || precision === 'minute') return minuteTotals(database, question)
  const asked = await readingValues(database, question)
  const groups = question.groups ?? (await leadersOf(database, [...asked, limit]))
  const form = interval === 'hour' && workspace !== null ? 'hoursOfOneWorkspace' : (interval ?? 'none')
  const { rows } = await database.query(statements[groupBy === 'all' ? 'all' : 'names'][form], [
    ...asked,
    groups,
  ])
  return rows.map(readTotal)
}

/** What every statement here begins with: of which dimension, whose, which days and which hours. */
async function readingValues(
  database: Queryable,
  { fromMs, groupBy, interval, toMs, workspace }: UsageQuestion,
): Promise<readonly SqlValue[]> {
  const time = { fromMs: Math.floor(fromMs / hourMs) * hourMs, toMs }
  const { daysMs, hoursMs } = await readingOf(database, time, interval === 'hour')
  return [dimensions[groupBy], workspace ?? null, daysMs.map(instantText), hoursMs.map(instantText)]
}

/**
 * All groups, by their names, page by page: for who takes them all away. Each page reads the names of the whole time and the
 * figures of its own groups.
 */
export async function usageGroups(
  database: Queryable,
  question: Omit<UsageQuestion, 'groups' | 'limit'> & {
    readonly limit: number
    readonly cursor: string | null
  },
): Promise<Page<UsageTotal>> {
  const { cursor, limit, ...asked } = question
  const after = cursor === null ? null : readCursor(cursor, ['string'])[0]
  const reading = await readingValues(database, asked)
  const { rows } = await database.query(named, [...reading, limit + 1, after])
  const names = rows.map((row) => read.text(row, 'name'))
  const groups = names.slice(0, limit)
  const places = new Map(groups.map((name, place) => [name, place]))
  const place = ({ group }: UsageTotal): number => places.get(group) ?? 0
  const totals = groups.length === 0 ? [] : await usageTotals(database, { ...asked, groups })
  const last = groups.at(-1)
  return {
    data: totals.toSorted((one, other) => place(one) - place(other)),
    nextCursor: names.length > limit && last !== undefined ? writeCursor(last) : null,
  }
}

async function leadersOf(database: Queryable, values: readonly SqlValue[]): Promise<readonly string[]> {
  const { rows } = await database.query(leaders, values)
  return rows.map((row) => read.text(row, 'name'))
}

const hourMs = 3_600_000
const instantText = (atMs: number): string => new Date(atMs).toISOString()
