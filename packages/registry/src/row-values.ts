import type { Row } from './database.ts'

/**
 * Reads a column as what the schema says it is. A column that is something else is a mistake of ours (a statement and
 * its reader that disagree), so it throws with the column's name.
 */
const wrong = (column: string, wanted: string, value: unknown): TypeError =>
  new TypeError(`column ${column} is ${value === null ? 'null' : typeof value}, not ${wanted}`)

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw wrong(column, 'text', value)
  return value
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

/** Integers, doubles and `numeric`: the latter comes as text where it has more than 15 digits. */
export function number(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  if (typeof value !== 'bigint' && typeof value !== 'string') throw wrong(column, 'a number', value)
  const read = Number(value)
  if (Number.isNaN(read)) throw wrong(column, 'a number', value)
  return read
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column)
}

export function boolean(row: Row, column: string): boolean {
  const value = row[column]
  if (typeof value !== 'boolean') throw wrong(column, 'a boolean', value)
  return value
}

/** Unix milliseconds. */
export function instant(row: Row, column: string): number {
  const value = row[column]
  if (!(value instanceof Date)) throw wrong(column, 'an instant', value)
  return value.getTime()
}

export function instantOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : instant(row, column)
}

export function texts(row: Row, column: string): readonly string[] {
  const value = row[column]
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw wrong(column, 'a list of texts', value)
  }
  return value
}

export function textsOrNull(row: Row, column: string): readonly string[] | null {
  return row[column] === null ? null : texts(row, column)
}

/** A value that one of our own writers put there as JSON; the type is that writer's. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names what its own writer stored
export function json<Value>(row: Row, column: string): Value {
  const value = row[column]
  if (value === undefined) throw wrong(column, 'JSON', value)
  return value as Value
}

/** One of a closed list of words that a check constraint holds. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a check constraint holds the caller's words
export function word<Word extends string>(row: Row, column: string): Word {
  return text(row, column) as Word
}

/**
 * JSON text that PostgreSQL takes. Its text knows neither NUL nor half of a surrogate pair: one such character in a
 * vendor's error message would otherwise stop the ingest of a whole journal for ever. Both become U+FFFD.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (holdsNoEscape(text)) return text
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'string' ? storableText(member) : member,
  )
}

/**
 * JSON text as `JSON.stringify` makes it, in which no character stands as `\u…`: then it holds neither NUL nor half of a
 * surrogate pair, which are always written so, and few others are. To look for that costs a hundredth of what it costs to
 * write the value by way of a function.
 */
export const holdsNoEscape = (json: string | Buffer): boolean => !json.includes('\\u')

export const storableText = (value: string): string => value.replaceAll('\0', '\uFFFD').toWellFormed()
