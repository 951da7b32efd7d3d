import { PointsmanError } from '@pointsman/contract'
import type { Database, Row, Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { readExact } from './exact-values.ts'
import { operatorSqlError } from './operator-sql-error.ts'
import { readStatements, type Statement } from './read-statements.ts'
import { placeOf } from './read-tokens.ts'

export interface OperatorSql {
  readonly text: string
  /** Id of the key or the user that sent it: stands in the record of each switch. */
  readonly sentBy: string
  readonly readOnly: boolean
  /** Why; null = not said. */
  readonly reason: string | null
  /** Most rows that are handed back of one statement. */
  readonly rowLimit: number
  /** Of one statement, and of all before the last one. */
  readonly timeoutMs: number
}

export interface StatementResult {
  /** `SELECT`, `UPDATE`, … */
  readonly command: string
  /** Its line in the text, from 1. */
  readonly line: number
  /** In their order; a name that stands twice has its number at the second: `count`, `count_2`. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  /** Rows that it changed, or gave; of a query that was cut, those that are here. */
  readonly rowCount: number
  /** There are more rows than are handed back. */
  readonly cut: boolean
}

export interface OperatorSqlResult {
  readonly statements: readonly StatementResult[]
  /** What the database remarked, in order. */
  readonly notices: readonly string[]
  /** Of the registry, where it was changed. */
  readonly revision: number | null
}

/** Of one statement's answer: what a terminal, a browser and a line of JSON still carry with ease. */
const byteLimit = 8 * 1024 * 1024

/**
 * An operator's SQL as service_role, in one transaction, behind a wall that the database holds. Throws PointsmanError:
 * `invalid_request` with the place of what PostgreSQL refused, or the registry's own refusal; nothing was kept then.
 */
export async function runOperatorSql(database: Database, order: OperatorSql): Promise<OperatorSqlResult> {
  const statements = readStatements(order.text)
  const place = { text: order.text, timeoutMs: order.timeoutMs }
  let present: Statement | null = null
  const began = performance.now()
  try {
    return await database.transaction(
      {
        purpose: 'sql',
        role: 'service_role',
        claims: { role: 'service_role', sub: order.sentBy },
        sentBy: order.sentBy,
        reason: order.reason,
        readOnly: order.readOnly,
        statementTimeoutMs: order.timeoutMs,
      },
      async (transaction) => {
        await requireWall(transaction)
        const notices: string[] = []
        const results: StatementResult[] = []
        for (const statement of statements) {
          requireTime(performance.now() - began, order.timeoutMs)
          present = statement
          results.push(await runOne(transaction, statement, order, notices))
        }
        present = null
        const [row] = (await transaction.query('SELECT pointsman.revision_of_edit() AS revision')).rows
        return {
          statements: results,
          notices,
          revision: row === undefined ? null : read.numberOrNull(row, 'revision'),
        }
      },
    )
  } catch (thrown) {
    throw operatorSqlError(thrown, { ...place, statement: present })
  }
}

/** service_role owns the function, and may have loosened it by hand: then nothing runs. */
async function requireWall(transaction: Transaction): Promise<void> {
  const { rows } = await transaction.query('SELECT pointsman.wall_stands() AS stands')
  if (rows[0]?.['stands'] === true) return
  throw new PointsmanError(
    'refused',
    'The function pointsman.run_statement is not what the migrations made: SQL is not run until its owner is service_role, SECURITY DEFINER, without settings.',
  )
}

function requireTime(spentMs: number, timeoutMs: number): void {
  if (spentMs <= timeoutMs) return
  throw new PointsmanError(
    'invalid_request',
    `The transaction took longer than ${timeoutMs / 1_000} s and was rolled back. Send less at once, or allow more time (timeoutMs; --timeout of pointsman sql).`,
    { field: 'timeoutMs' },
  )
}

async function runOne(
  transaction: Transaction,
  statement: Statement,
  order: OperatorSql,
  notices: string[],
): Promise<StatementResult> {
  const { command, offset, kind, text } = statement
  const { line } = placeOf(order.text, offset)
  const result = await transaction.query(
    'SELECT columns, cells, row_count, cut FROM pointsman.run_statement($1, $2, $3, $4)',
    [text, kind, order.rowLimit, byteLimit],
  )
  notices.push(...(result.notices ?? []))
  const [row] = result.rows
  if (row === undefined) throw new TypeError('a function with OUT parameters answers one row')
  const columns = distinct(read.textsOrNull(row, 'columns') ?? [])
  return {
    ...{ command, line, columns },
    rows: read.texts(row, 'cells').map((cells) => rowOf(columns, cells)),
    rowCount: read.number(row, 'row_count'),
    cut: read.boolean(row, 'cut'),
  }
}

function rowOf(columns: readonly string[], cells: string): Row {
  const values = readExact(cells) as readonly unknown[]
  return Object.fromEntries(columns.map((column, place) => [column, values[place] ?? null]))
}

function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>(names)
  const seen = new Set<string>()
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name)
      return name
    }
    let count = 2
    while (taken.has(`${name}_${count}`)) count += 1
    taken.add(`${name}_${count}`)
    return `${name}_${count}`
  })
}
