import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from './json-fields.ts'

/*
 * Anthropic's structured outputs and strict tools want every object closed: "'additionalProperties' must be explicitly
 * set to false" (platform.claude.com, structured outputs, JSON Schema limitations, 2026-11), and so do Bedrock's, which
 * are made after them. Other vendors do not.
 */
const namedSchemas: readonly string[] = ['properties', '$defs', 'definitions']
const listedSchemas: readonly string[] = ['anyOf', 'allOf', 'oneOf', 'prefixItems']

const isObjectType = (type: JsonValue | undefined): boolean =>
  type === 'object' || (isJsonArray(type) && type.includes('object'))

function closeMember(name: string, value: JsonValue): JsonValue {
  if (name === 'items') return closeSchema(value)
  if (listedSchemas.includes(name) && isJsonArray(value)) return value.map(closeSchema)
  if (namedSchemas.includes(name) && isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, schema]) => [key, closeSchema(schema)]))
  }
  return value
}

function closeSchema(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return schema
  const members = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closeMember(name, value)]),
  )
  const isOpen = isObjectType(schema['type']) && schema['additionalProperties'] === undefined
  return isOpen ? { ...members, additionalProperties: false } : members
}

/** The schema with its open objects closed: whatever fits it fits the caller's too. */
export const closeObjects = (schema: JsonObject): JsonObject => {
  const closed = closeSchema(schema)
  return isJsonObject(closed) ? closed : schema
}
