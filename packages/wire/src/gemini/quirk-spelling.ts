import type { JsonObject, JsonValue } from '@pointsman/contract'

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
