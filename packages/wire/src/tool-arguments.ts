import type { JsonObject, JsonValue } from '@pointsman/contract'

import { parseExactJson } from './exact-json.ts'
import { isJsonObject } from './json-fields.ts'

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
