import type { JsonObject, JsonValue } from '@pointsman/contract'

import { fieldPath, isJsonObject, readNumber } from '../json-fields.ts'
import type { NumberRange } from '../json-fields.ts'

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/**
 * How the caller spelled a member: Google's APIs read `maxOutputTokens` and `max_output_tokens` alike (protobuf's JSON
 * mapping). The name in camel case where there is neither.
 */
export function spelled(from: JsonObject, name: string): string {
  if (from[name] !== undefined) return name
  const snake = snakeCase(name)
  return from[snake] === undefined ? name : snake
}

export const member = (from: JsonObject, name: string): JsonValue | undefined => from[spelled(from, name)]

/** The object that a member is; empty where it is none. */
export const objectIn = (from: JsonObject, name: string): JsonObject => {
  const value = member(from, name)
  return isJsonObject(value) ? value : {}
}

/** A list; Google reads a single value as a list of one (protobuf's JSON mapping as its servers have it, 2026-11). */
export function listIn(from: JsonObject, name: string): readonly JsonValue[] {
  const value = member(from, name)
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
}

/** A number, which Google also reads from a text that holds one. */
export function numberIn(
  { from, path }: { readonly from: JsonObject; readonly path: string },
  name: string,
  range?: NumberRange,
): number | null {
  const field = spelled(from, name)
  const value = from[field]
  const isNumeric = typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value)
  if (!isNumeric) return readNumber(from, field, path, range)
  return readNumber({ [field]: Number(value) }, field, path, range)
}

/** Where the entries of a list stand: a single value has no index. */
export const listPath = (from: JsonObject, name: string, path: string): ((at: number) => string) => {
  const spelling = spelled(from, name)
  const field = fieldPath(path, spelling)
  return (at) => (Array.isArray(from[spelling]) ? `${field}[${at}]` : field)
}
