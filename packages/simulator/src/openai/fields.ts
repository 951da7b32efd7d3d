import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { invalid, invalidValue } from './failure.ts'

/*
 * Reading of members in the way of OpenAI's own front: `Missing required parameter: 'x'.`, `Invalid type for 'x':
 * expected a string, but got an integer instead.` `where` is the member's path, as in `messages[0].role`.
 */

function nameOfType(value: JsonValue): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  switch (typeof value) {
    case 'string':
      return 'a string'
    case 'boolean':
      return 'a boolean'
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a decimal'
    default:
      return 'an object'
  }
}

/** A value as an error message shows it. */
export const shown = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value.slice(0, 100) : JSON.stringify(value ?? null).slice(0, 100)

export const wrongType = (where: string, expected: string, value: JsonValue) =>
  invalid(
    `Invalid type for '${where}': expected ${expected}, but got ${nameOfType(value)} instead.`,
    where,
    'invalid_type',
  )

export const missing = (where: string) =>
  invalid(`Missing required parameter: '${where}'.`, where, 'missing_required_parameter')

export const unknownParameter = (where: string) =>
  invalid(`Unknown parameter: '${where}'.`, where, 'unknown_parameter')

/** Refuses members that the vendor does not know. */
export function onlyMembers(object: JsonObject, known: ReadonlySet<string>, where: string): void {
  for (const name of Object.keys(object)) {
    if (!known.has(name)) throw unknownParameter(where === '' ? name : `${where}.${name}`)
  }
}

export function object(value: JsonValue | undefined, where: string): JsonObject {
  if (value === undefined) throw missing(where)
  if (!isJsonObject(value)) throw wrongType(where, 'an object', value)
  return value
}

/** Null and absent are one here, as for every optional member of the vendor. */
export const optionalObject = (value: JsonValue | undefined, where: string): JsonObject | null =>
  value === undefined || value === null ? null : object(value, where)

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

export function list(value: JsonValue | undefined, where: string): readonly JsonValue[] {
  if (value === undefined) throw missing(where)
  if (!isList(value)) throw wrongType(where, 'an array', value)
  return value
}

export const optionalList = (value: JsonValue | undefined, where: string): readonly JsonValue[] =>
  value === undefined || value === null ? [] : list(value, where)

export function text(value: JsonValue | undefined, where: string): string {
  if (value === undefined) throw missing(where)
  if (typeof value !== 'string') throw wrongType(where, 'a string', value)
  return value
}

export const optionalText = (value: JsonValue | undefined, where: string): string | null =>
  value === undefined || value === null ? null : text(value, where)

export function optionalFlag(value: JsonValue | undefined, where: string): boolean | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'boolean') throw wrongType(where, 'a boolean', value)
  return value
}

/** A number within bounds, both included. */
export function optionalNumber(
  value: JsonValue | undefined,
  where: string,
  bounds: { readonly from: number; readonly to: number; readonly whole?: boolean },
): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'number')
    throw wrongType(where, bounds.whole === true ? 'an integer' : 'a number', value)
  if (bounds.whole === true && !Number.isInteger(value)) throw wrongType(where, 'an integer', value)
  if (value < bounds.from || value > bounds.to) {
    const kind = bounds.whole === true ? 'integer' : 'decimal'
    const [code, side] =
      value < bounds.from
        ? ([`${kind}_below_min_value`, `a value >= ${bounds.from}`] as const)
        : ([`${kind}_above_max_value`, `a value <= ${bounds.to}`] as const)
    throw invalid(
      `Invalid '${where}': ${kind} out of range. Expected ${side}, but got ${value} instead.`,
      where,
      code,
    )
  }
  return value
}

export function oneOf<Word extends string>(
  value: JsonValue | undefined,
  where: string,
  words: readonly Word[],
): Word {
  const given = text(value, where)
  const word = words.find((known) => known === given)
  if (word === undefined) {
    const supported = words.map((known) => `'${known}'`).join(', ')
    throw invalidValue(`Invalid value: '${given.slice(0, 100)}'. Supported values are: ${supported}.`, where)
  }
  return word
}

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/

export function toolName(value: JsonValue | undefined, where: string): string {
  const name = text(value, where)
  if (TOOL_NAME.test(name)) return name
  throw invalidValue(
    `Invalid '${where}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    where,
  )
}

export function idAtMost(value: JsonValue | undefined, where: string, most: number): string {
  const id = text(value, where)
  if (id === '') throw invalid(`Invalid '${where}': empty string.`, where, 'empty_string')
  if (id.length > most) {
    throw invalid(
      `Invalid '${where}': string too long. Expected a string with maximum length ${most}, but got a string with length ${id.length} instead.`,
      where,
      'string_above_max_length',
    )
  }
  return id
}
