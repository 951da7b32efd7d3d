import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { problemAt } from './problem.ts'

/*
 * Reading of members in the way of Anthropic's own front, whose words are those of its schema library: `x: Field
 * required`, `x: Input should be a valid string`, `x: Extra inputs are not permitted`. `where` is the member's path.
 */

export function record(value: JsonValue | undefined, where: string): JsonObject {
  if (value === undefined) throw problemAt(where, 'Field required')
  if (!isJsonObject(value)) throw problemAt(where, 'Input should be an object')
  return value
}

/** Null and absent are one here, as for every optional member of the vendor. */
export function optionalRecord(value: JsonValue | undefined, where: string): JsonObject | null {
  return value === undefined || value === null ? null : record(value, where)
}

export function list(value: JsonValue | undefined, where: string): readonly JsonValue[] {
  if (value === undefined) throw problemAt(where, 'Field required')
  if (!isList(value)) throw problemAt(where, 'Input should be a valid list')
  return value
}

export function optionalList(value: JsonValue | undefined, where: string): readonly JsonValue[] {
  return value === undefined || value === null ? [] : list(value, where)
}

export function text(value: JsonValue | undefined, where: string): string {
  if (value === undefined) throw problemAt(where, 'Field required')
  if (typeof value !== 'string') throw problemAt(where, 'Input should be a valid string')
  return value
}

export function optionalText(value: JsonValue | undefined, where: string): string | null {
  return value === undefined || value === null ? null : text(value, where)
}

export function optionalFlag(value: JsonValue | undefined, where: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw problemAt(where, 'Input should be a valid boolean')
  return value
}

/** A whole number of at least so much. */
export function whole(value: JsonValue | undefined, where: string, lowest: number): number {
  if (value === undefined) throw problemAt(where, 'Field required')
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw problemAt(where, 'Input should be a valid integer')
  }
  if (value < lowest) throw problemAt(where, `Input should be greater than or equal to ${lowest}`)
  return value
}

/** A number within bounds, both included. */
export function optionalNumber(
  value: JsonValue | undefined,
  where: string,
  highest: number = Number.POSITIVE_INFINITY,
): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'number') throw problemAt(where, 'Input should be a valid number')
  if (value < 0) throw problemAt(where, 'Input should be greater than or equal to 0')
  if (value > highest) throw problemAt(where, `Input should be less than or equal to ${highest}`)
  return value
}

/** One of a few words: `Input should be 'a', 'b' or 'c'`. */
export function oneOf<Word extends string>(
  value: JsonValue | undefined,
  where: string,
  words: readonly Word[],
): Word {
  if (value === undefined) throw problemAt(where, 'Field required')
  const word = words.find((known) => known === value)
  if (word === undefined) throw problemAt(where, `Input should be ${alternatives(words)}`)
  return word
}

export function optionalOneOf<Word extends string>(
  value: JsonValue | undefined,
  where: string,
  words: readonly Word[],
): Word | null {
  return value === undefined || value === null ? null : oneOf(value, where, words)
}

/** Throws for the first member that is none of the known ones. */
export function onlyKnown(value: JsonObject, where: string, known: readonly string[]): void {
  const extra = Object.keys(value).find((name) => !known.includes(name))
  if (extra === undefined) return
  throw problemAt(where === '' ? extra.slice(0, 100) : `${where}.${extra.slice(0, 100)}`, NOT_PERMITTED)
}

const NOT_PERMITTED = 'Extra inputs are not permitted'

/** What the vendor says of a `type` that it does not know. */
export function unknownTag(value: JsonValue | undefined, where: string, known: readonly string[]): Error {
  if (value === undefined) return problemAt(`${where}.type`, 'Field required')
  const shown = (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 60)
  const expected = [...known]
    .sort()
    .map((tag) => `'${tag}'`)
    .join(', ')
  return problemAt(
    where,
    `Input tag '${shown}' found using 'type' does not match any of the expected tags: ${expected}`,
  )
}

function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`)
  const last = quoted.at(-1) ?? ''
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} or ${last}`
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
