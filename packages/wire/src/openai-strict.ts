import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from './json-fields.ts'

/*
 * What OpenAI takes with `strict: true` (guide "Structured model outputs", supported schemas, 2026-11): every object is
 * closed and wants all its members, the root is an object, and other words of JSON Schema are refused. Other vendors hold
 * answers to schemas without such rules.
 */
const allowed: ReadonlySet<string> = new Set([
  ...['type', 'title', 'description', 'properties', 'required', 'additionalProperties', 'items', 'enum'],
  ...['const', 'anyOf', '$defs', '$ref', 'pattern', 'format', 'multipleOf', 'maximum', 'exclusiveMaximum'],
  ...['minimum', 'exclusiveMinimum', 'minItems', 'maxItems'],
])

const isObjectSchema = ({ type, properties }: JsonObject): boolean =>
  type === 'object' || (isJsonArray(type) && type.includes('object')) || properties !== undefined

function isClosed({ properties, required, additionalProperties }: JsonObject): boolean {
  const names = isJsonObject(properties) ? Object.keys(properties) : []
  const wanted = isJsonArray(required) ? required : []
  return additionalProperties === false && names.every((name) => wanted.includes(name))
}

const parts = (value: JsonValue | undefined): readonly JsonValue[] => {
  if (isJsonArray(value)) return value
  return isJsonObject(value) ? Object.values(value) : []
}

function isStrict(schema: JsonValue): boolean {
  if (!isJsonObject(schema)) return false
  if (!Object.keys(schema).every((name) => allowed.has(name))) return false
  if (isObjectSchema(schema) && !isClosed(schema)) return false
  const { properties, anyOf, $defs, items } = schema
  return [
    ...parts(properties),
    ...parts(anyOf),
    ...parts($defs),
    ...(items === undefined ? [] : [items]),
  ].every(isStrict)
}

/** Whether OpenAI's strict mode takes the schema; conservative: a schema that is not known to fit does not. */
export const fitsStrict = (schema: JsonObject): boolean =>
  schema['type'] === 'object' && schema['anyOf'] === undefined && isStrict(schema)
