import type { JsonValue } from '../json.ts'

/** Arguments as the model would see them again. The vendor takes any text here; what is no JSON counts as a text. */
export function parseArguments(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
