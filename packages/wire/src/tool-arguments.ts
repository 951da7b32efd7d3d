import { PointsmanError } from '@pointsman/contract'
import type { JsonObject, JsonValue } from '@pointsman/contract'

import { numberOf, parseExactJson } from './exact-json.ts'
import { isJsonObject } from './json-fields.ts'

/**
 * The arguments as text, from a server that speaks OpenAI's APIs: some write the object itself. Throws `upstream_broken` for
 * what is neither: a call must not go on without its arguments.
 */
export function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  if (isJsonObject(value) && numberOf(value) === null) return JSON.stringify(value)
  throw new PointsmanError(
    'upstream_broken',
    "The vendor's answer holds a tool call whose arguments are neither text nor an object.",
  )
}

/** The arguments as the object that some vendors want; null where they are not one. Empty text is no arguments. */
export function readArguments(argumentsJson: string): JsonObject | null {
  if (argumentsJson.trim() === '') return {}
  let value: JsonValue
  try {
    value = parseExactJson(argumentsJson)
  } catch {
    // Unfinished JSON of an answer that was cut: the caller decides what it means.
    return null
  }
  return isJsonObject(value) ? value : null
}
