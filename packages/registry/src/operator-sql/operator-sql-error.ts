import { PointsmanError } from '@pointsman/contract'
import { readSqlError, type SqlError } from '../sql-error.ts'
import { placeOf } from './read-tokens.ts'
import type { Statement } from './read-statements.ts'

/** Where an error happened: the whole text, and the statement, null = at the commit. */
export interface ErrorPlace {
  readonly text: string
  readonly statement: Statement | null
  readonly timeoutMs: number
}

/** Not the statement's fault: connections, resources, the server itself. */
const isOurs = (state: string): boolean => /^(?:08|53|57P|58|F0|XX)/.test(state)

/** What PostgreSQL said of an operator's statement, in its words, with the line that it is about. */
export function operatorSqlError(thrown: unknown, place: ErrorPlace): unknown {
  if (thrown instanceof PointsmanError) {
    const cause = readSqlError(thrown.details.cause)
    if (cause?.facts.code === '57014') return tookTooLong(place, cause)
    return thrown.code === 'registry_unavailable' ? thrown : namedRefusal(thrown, place)
  }
  const error = readSqlError(thrown)
  return error === null || isOurs(error.facts.code) ? thrown : refusal(error, place)
}

/** A rule of the registry: its own code, message and routes, and where it was broken. */
function namedRefusal(error: PointsmanError, place: ErrorPlace): PointsmanError {
  const { details } = error
  return new PointsmanError(error.code, error.message, {
    ...details,
    data: { ...details.data, ...shownPlace(place, null) },
  })
}

function refusal(error: SqlError, place: ErrorPlace): PointsmanError {
  const { code, detail, hint } = error.facts
  const where = shownPlace(place, error)
  const said = [error.message, ...(detail === null ? [] : [detail])].join('. ')
  return new PointsmanError(
    'invalid_request',
    `${said} (${wordsOf(where)}).${hint === null ? '' : ` ${hint}`}`,
    {
      field: 'text',
      data: { sqlState: code, detail, hint, ...where },
      cause: error,
    },
  )
}

function tookTooLong(place: ErrorPlace, cause: SqlError): PointsmanError {
  const where = shownPlace(place, null)
  return new PointsmanError(
    'invalid_request',
    `The statement took longer than ${place.timeoutMs / 1_000} s and was stopped (${wordsOf(where)}). Nothing of the transaction was kept. Ask for less, or allow more time (timeoutMs; --timeout of pointsman sql).`,
    { field: 'text', data: { sqlState: cause.facts.code, ...where }, cause },
  )
}

interface ShownPlace {
  /** 1 = the first; null = at the commit. */
  readonly line: number | null
  readonly column: number | null
  readonly position: number | null
  readonly lineText: string | null
}

function shownPlace({ text, statement }: ErrorPlace, error: SqlError | null): ShownPlace {
  if (statement === null) return { line: null, column: null, position: null, lineText: null }
  const position = error?.facts.position ?? null
  // Of the statement itself, and not of one that a trigger ran.
  const isOwn = position !== null && (error?.facts.within ?? statement.text) === statement.text
  if (!isOwn) {
    const { line, lineText } = placeOf(text, statement.offset)
    return { line, column: null, position: null, lineText }
  }
  const offset = statement.offset + codeUnits(statement.text, position - 1)
  return { ...placeOf(text, offset), position: Array.from(text.slice(0, offset)).length + 1 }
}

/** PostgreSQL counts characters, JavaScript code units. */
const codeUnits = (text: string, characters: number): number =>
  Array.from(text).slice(0, characters).join('').length

function wordsOf({ line, column, lineText }: ShownPlace): string {
  if (line === null) return 'at the commit'
  return `line ${line}${column === null ? '' : `, column ${column}`}: ${lineText ?? ''}`
}
