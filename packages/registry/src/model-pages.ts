import type { LifecycleStatus } from '@pointsman/contract'
import type { Queryable, Row, SqlValue } from './database.ts'
import { readCatalogueRow, type CatalogueRow } from './models.ts'
import { readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'
import { hasWords, wordPatterns } from './search-words.ts'

export interface ModelPageQuestion {
  readonly enabledOnly: boolean
  readonly vendor?: string | undefined
  readonly lifecycle?: LifecycleStatus | undefined
  /** Words of its id, name, maker or provider. */
  readonly search: string
  /** By which lifecycles are told. */
  readonly nowMs: number
  readonly limit: number
  readonly cursor: string | null
}

/** In the catalogue's order, those past their end of life last: two statements, each in the order of the index. */
export async function pageOfModels(
  database: Queryable,
  question: ModelPageQuestion,
): Promise<Page<CatalogueRow>> {
  const [isEol, ...after] =
    question.cursor === null ? [0] : readCursor(question.cursor, ['number', 'number', 'string'])
  const wanted = question.limit + 1
  const live = isEol === 0 ? await rowsOf(database, question, { isEol: false, after, limit: wanted }) : []
  const ended = await rowsOf(database, question, {
    ...{ isEol: true, after: isEol === 0 ? [] : after, limit: wanted - live.length },
  })
  const rows = [...live, ...ended]
  const last = rows[question.limit - 1]
  return {
    data: rows.slice(0, question.limit).map(readCatalogueRow),
    nextCursor:
      rows.length < wanted || last === undefined
        ? null
        : writeCursor(
            Number(question.limit > live.length),
            read.number(last, 'priority'),
            read.text(last, 'model_id'),
          ),
  }
}

const searched = "concat_ws(' ', model_id, model_name, provider, served_by)"
const status = "CASE WHEN ends_on <= $1::date THEN 'eol' ELSE lifecycle_status END"

interface Wanted {
  readonly isEol: boolean
  readonly after: readonly SqlValue[]
  readonly limit: number
}

async function rowsOf(
  database: Queryable,
  question: ModelPageQuestion,
  wanted: Wanted,
): Promise<readonly Row[]> {
  const { lifecycle } = question
  if (wanted.limit === 0 || (lifecycle !== undefined && wanted.isEol !== (lifecycle === 'eol'))) return []
  const { text, values } = statementOf(question, wanted)
  // lint-allow sql-text -- made of the conditions below; values go beside it
  return (await database.query(text, values)).rows
}

function statementOf(
  { enabledOnly, lifecycle, nowMs, search, vendor }: ModelPageQuestion,
  { after, isEol, limit }: Wanted,
): { readonly text: string; readonly values: readonly SqlValue[] } {
  const values: SqlValue[] = [new Date(nowMs).toISOString().slice(0, 10)]
  const conditions = [`(${status} = 'eol') = $${values.push(isEol)}`]
  if (enabledOnly) conditions.push('is_available')
  if (vendor !== undefined) conditions.push(`provider = $${values.push(vendor)}`)
  if (lifecycle !== undefined) conditions.push(`${status} = $${values.push(lifecycle)}`)
  const patterns = wordPatterns(search)
  if (patterns.length > 0) conditions.push(hasWords(searched, `$${values.push(patterns)}`))
  if (after.length > 0) {
    const [priority, id] = after.map((value) => `$${values.push(value)}`)
    // A bigint: a cursor may name a number that no priority can be.
    conditions.push(`(priority, model_id) > (${priority}::bigint, ${id}::text)`)
  }
  return {
    text: `SELECT * FROM public.bedrock_models WHERE ${conditions.join(' AND ')}
      ORDER BY priority, model_id LIMIT $${values.push(limit)}`,
    values,
  }
}
