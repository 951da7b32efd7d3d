import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { BedrockFailure, validation } from './failure.ts'

/*
 * Reading of request members in the way of AWS's own front: a wrong type is a SerializationException, a broken
 * constraint a ValidationException with "1 validation error detected: …". `where` is the member's path.
 */

/** Parses a body. Throws ValidationException for what is not a JSON object. */
export function parseBody(body: Buffer): JsonObject {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed('The body is not valid JSON')
    throw error
  }
  if (!isJsonObject(parsed)) throw malformed('The body is not a JSON object')
  return parsed
}

/** Bedrock's words for a body that it cannot read. */
export function malformed(problem: string): BedrockFailure {
  return validation(`Malformed input request: ${problem}, please reformat your input and try again.`)
}

export function constraint(where: string, broken: string, value?: JsonValue): BedrockFailure {
  const shown = typeof value === 'string' || typeof value === 'number' ? `Value '${value}' at` : 'Value at'
  return validation(
    `1 validation error detected: ${shown} '${where}' failed to satisfy constraint: ${broken}`,
  )
}

export function optionalObject(value: JsonValue | undefined): JsonObject | undefined {
  if (value === undefined || value === null) return undefined
  if (!isJsonObject(value)) throw wrongType(value, 'a structure')
  return value
}

export function requiredObject(value: JsonValue | undefined, where: string): JsonObject {
  return optionalObject(value) ?? missing(where)
}

export function optionalArray(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw wrongType(value, 'a List')
  return value as readonly JsonValue[]
}

export function requiredArray(value: JsonValue | undefined, where: string): readonly JsonValue[] {
  return optionalArray(value) ?? missing(where)
}

export function optionalString(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrongType(value, 'a String')
  return value
}

export function requiredString(value: JsonValue | undefined, where: string): string {
  return optionalString(value) ?? missing(where)
}

/** A number within bounds, both included. */
export function optionalNumber(
  value: JsonValue | undefined,
  where: string,
  bounds: { readonly lowest: number; readonly highest?: number; readonly whole?: boolean },
): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw wrongType(value, bounds.whole === true ? 'an Integer' : 'a Float')
  if (bounds.whole === true && !Number.isInteger(value)) throw wrongType(value, 'an Integer')
  if (value < bounds.lowest) {
    throw constraint(where, `Member must have value greater than or equal to ${bounds.lowest}`, value)
  }
  if (bounds.highest !== undefined && value > bounds.highest) {
    throw constraint(where, `Member must have value less than or equal to ${bounds.highest}`, value)
  }
  return value
}

/** Throws unless the value is one of the members; undefined passes. */
export function checkEnum(value: string | undefined, where: string, members: readonly string[]): void {
  if (value === undefined || members.includes(value)) return
  throw constraint(where, `Member must satisfy enum value set: [${members.join(', ')}]`, value)
}

export function checkLength(text: string, where: string, lowest: number, highest: number): void {
  if (text.length < lowest) {
    throw constraint(where, `Member must have length greater than or equal to ${lowest}`, text)
  }
  if (text.length > highest) {
    throw constraint(where, `Member must have length less than or equal to ${highest}`, text.slice(0, 100))
  }
}

export function checkPattern(text: string, where: string, pattern: RegExp, shown: string): void {
  if (pattern.test(text)) return
  throw constraint(where, `Member must satisfy regular expression pattern: ${shown}`, text.slice(0, 100))
}

/** The one key that a union has. Throws when it has none, or more. */
export function unionKey(value: JsonObject, where: string, known: readonly string[]): string {
  const keys = Object.keys(value).filter((key) => value[key] !== null)
  const [key] = keys
  if (keys.length === 1 && key !== undefined && known.includes(key)) return key
  throw new BedrockFailure(
    'ValidationException',
    `1 validation error detected: Value at '${where}' failed to satisfy constraint: ` +
      `Member must have exactly one of [${known.join(', ')}] set, but it has [${keys.join(', ').slice(0, 200)}]`,
  )
}

/** Length in bytes of base64 content. Throws for characters that are none of base64's. */
export function base64Bytes(text: string, where: string): number {
  const bare = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length
  if (text.length === 0) throw constraint(where, 'Member must have length greater than or equal to 1')
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) {
    throw new BedrockFailure('SerializationException', 'Blob value is not valid base64')
  }
  return Math.floor((bare * 3) / 4)
}

function missing(where: string): never {
  throw constraint(where, 'Member must not be null')
}

function wrongType(value: JsonValue, expected: string): BedrockFailure {
  const kinds: Readonly<Record<string, string>> = {
    string: 'STRING_VALUE',
    number: 'NUMBER_VALUE',
    boolean: value === true ? 'TRUE_VALUE' : 'FALSE_VALUE',
    object: Array.isArray(value) ? 'START_ARRAY' : 'START_OBJECT',
  }
  const kind = value === null ? 'NULL_VALUE' : (kinds[typeof value] ?? 'VALUE')
  return new BedrockFailure('SerializationException', `${kind} can not be converted to ${expected}`)
}
