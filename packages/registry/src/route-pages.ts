import type { RouteKind } from '@pointsman/contract'
import type { Queryable, SqlValue } from './database.ts'
import { readCursor, writeCursor, type Page } from './page.ts'
import { readRouteRow, selectRoutes, type RouteRow } from './routes.ts'
import * as read from './row-values.ts'
import { hasWords, wordPatterns } from './search-words.ts'

/** The model that serves: the route's own; else, where a strategy picks, the first of its list; else the default's. */
const served = `SELECT coalesce(route.target_model_id,
  CASE WHEN route.strategy <> 'priority' THEN (
    SELECT candidate.model_id FROM pointsman.route_candidates AS candidate
    WHERE candidate.kind = route.kind AND candidate.name = route.name ORDER BY candidate.rank LIMIT 1) END,
  (SELECT target_model_id FROM pointsman.routes WHERE kind = 'default'), '') AS id`

const searched =
  "concat_ws(' ', route.kind || '/' || route.name, served.id, model.model_name, model.served_by)"

/** By what routes of a kind can be sorted, then by their names. */
const sortKeys = {
  name: null,
  model: 'served.id',
  modelName: 'coalesce(model.model_name, served.id)',
  provider: "coalesce(model.served_by, '')",
  inherits: '(route.target_model_id IS NULL)::text',
} as const

export type RouteSort = keyof typeof sortKeys
export const routeSorts = Object.keys(sortKeys) as readonly RouteSort[]

export interface RoutePageQuestion {
  readonly kind: RouteKind
  /** Only the one of exactly this name. */
  readonly name?: string | undefined
  /** Words of its name, of the model that serves or of that model's provider. */
  readonly search: string
  readonly sort: RouteSort
  readonly descending: boolean
  readonly limit: number
  readonly cursor: string | null
}

/**
 * One page of a kind's routes. Which they are is asked first, of the rows alone: of 100,000 only those of the page have their
 * candidates and drills read.
 */
export async function pageOfRoutes(
  database: Queryable,
  question: RoutePageQuestion,
): Promise<Page<RouteRow>> {
  const { kind, limit, sort } = question
  const { text, values } = keysStatement(question)
  // lint-allow sql-text -- made of the expressions above; values go beside it
  const { rows: keys } = await database.query(text, values)
  const names = keys.slice(0, limit).map((row) => read.text(row, 'name'))
  const { rows } = await database.query(
    `${selectRoutes} WHERE route.kind = $1 AND route.name = ANY ($2::text[])`,
    [kind, names],
  )
  const found = new Map(rows.map(readRouteRow).map((row) => [row.route.name, row]))
  const last = keys[limit - 1]
  return {
    // One that was removed in between is not shown any more.
    data: names.flatMap((name) => found.get(name) ?? []),
    nextCursor:
      keys.length <= limit || last === undefined
        ? null
        : writeCursor(...(sort === 'name' ? [] : [read.text(last, 'sort_key')]), read.text(last, 'name')),
  }
}

function keysStatement({ cursor, descending, kind, limit, name, search, sort }: RoutePageQuestion): {
  readonly text: string
  readonly values: readonly SqlValue[]
} {
  const key = sortKeys[sort]
  const order = key === null ? ['route.name'] : [key, 'route.name']
  const values: SqlValue[] = [kind]
  const conditions = ['route.kind = $1']
  if (name !== undefined) conditions.push(`route.name = $${values.push(name)}`)
  const patterns = wordPatterns(search)
  if (patterns.length > 0) conditions.push(hasWords(searched, `$${values.push(patterns)}`))
  if (cursor !== null) {
    const after = readCursor(cursor, key === null ? ['string'] : ['string', 'string'])
    const places = after.map((value) => `$${values.push(value)}`)
    conditions.push(`(${order.join(', ')}) ${descending ? '<' : '>'} (${places.join(', ')})`)
  }
  const direction = descending ? ' DESC' : ''
  return {
    text: `SELECT route.name, ${key ?? 'NULL'} AS sort_key FROM pointsman.routes AS route
      CROSS JOIN LATERAL (${served}) AS served
      LEFT JOIN public.bedrock_models AS model ON model.model_id = served.id
      WHERE ${conditions.join(' AND ')}
      ORDER BY ${order.map((column) => column + direction).join(', ')} LIMIT $${values.push(limit + 1)}`,
    values,
  }
}
