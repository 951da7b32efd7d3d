import { PointsmanError } from '@pointsman/contract'
import type { JsonObject, JsonValue } from '@pointsman/contract'

import { numberOf } from './exact-json.ts'

/**
 * Readers of a foreign body's members. Each answers null for a member that is left out or null, and throws
 * `invalid_request` with the field as the caller wrote it (`messages[2].content[0].type`) and what it should be.
 * `path` is the place of the object; empty for the root.
 */
export const fieldPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

const nameOfKind = (value: JsonValue | undefined): string => {
  if (value === undefined) return 'left out'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

export function invalidField(field: string, problem: string): PointsmanError {
  return new PointsmanError('invalid_request', `\`${field}\` ${problem}`, { field })
}

export function wrongKind(field: string, expected: string, value: JsonValue | undefined): PointsmanError {
  const actual = nameOfKind(value)
  return invalidField(
    field,
    `must be ${expected}${value === undefined ? '; it is missing' : `, not ${actual}`}.`,
  )
}

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isJsonArray = (value: JsonValue | undefined): value is readonly JsonValue[] =>
  Array.isArray(value)

/** Vendors take null for left out. */
export const isGiven = (value: JsonValue | undefined): boolean => value !== undefined && value !== null

export function asObject(value: JsonValue | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw wrongKind(path, 'an object', value)
  return value
}

export function asString(value: JsonValue | undefined, path: string): string {
  if (typeof value !== 'string') throw wrongKind(path, 'a string', value)
  return value
}

export function asArray(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!isJsonArray(value)) throw wrongKind(path, 'an array', value)
  return value
}

export function readString(from: JsonObject, name: string, path: string): string | null {
  const value = from[name]
  return value === undefined || value === null ? null : asString(value, fieldPath(path, name))
}

export function needString(from: JsonObject, name: string, path: string): string {
  return asString(from[name], fieldPath(path, name))
}

export function readBoolean(from: JsonObject, name: string, path: string): boolean | null {
  const value = from[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'boolean') throw wrongKind(fieldPath(path, name), 'true or false', value)
  return value
}

export interface NumberRange {
  readonly from: number
  readonly to: number
  readonly whole?: boolean
}

export function readNumber(
  from: JsonObject,
  name: string,
  path: string,
  range: NumberRange = { from: -Infinity, to: Infinity },
): number | null {
  const value = from[name]
  if (value === undefined || value === null) return null
  const field = fieldPath(path, name)
  const number = numberOf(value)
  if (number === null) throw wrongKind(field, 'a number', value)
  if (range.whole === true && !Number.isInteger(number)) throw invalidField(field, 'must be a whole number.')
  if (number < range.from) throw invalidField(field, `must be at least ${range.from}.`)
  if (number > range.to) throw invalidField(field, `must be at most ${range.to}.`)
  return number
}

export function readObject(from: JsonObject, name: string, path: string): JsonObject | null {
  const value = from[name]
  return value === undefined || value === null ? null : asObject(value, fieldPath(path, name))
}

export function readArray(from: JsonObject, name: string, path: string): readonly JsonValue[] | null {
  const value = from[name]
  return value === undefined || value === null ? null : asArray(value, fieldPath(path, name))
}

/** An object whose members are all strings: labels. */
export function readLabels(
  from: JsonObject,
  name: string,
  path: string,
): { readonly [label: string]: string } {
  const labels = readObject(from, name, path)
  if (labels === null) return {}
  const field = fieldPath(path, name)
  // From entries, not by assignment: a label named `__proto__` must stay a label.
  return Object.fromEntries(
    Object.entries(labels).map(([label, value]) => [label, asString(value, `${field}.${label}`)]),
  )
}
