import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { camelCase } from './quirk-spelling.ts'

/** Members that protobuf's JSON writes as text, because they are 64 bits wide. */
const wide: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
])

function readMember(name: string, value: JsonValue): readonly (readonly [string, JsonValue])[] {
  switch (name) {
    case 'type':
      if (value === 'TYPE_UNSPECIFIED') return []
      return [['type', typeof value === 'string' ? value.toLowerCase() : value]]
    case 'nullable':
    case 'propertyOrdering':
      return []
    case 'format':
      // Google's mark of a text with fixed values; JSON schema says it by `enum` alone.
      return value === 'enum' ? [] : [['format', value]]
    case 'example':
      return [['examples', [value]]]
    case 'items':
      return [['items', schemaOf(value)]]
    case 'anyOf':
      return [['anyOf', isJsonArray(value) ? value.map(schemaOf) : value]]
    case 'properties': {
      if (!isJsonObject(value)) return [['properties', value]]
      const properties = Object.entries(value).map(([key, schema]) => [key, schemaOf(schema)] as const)
      return [['properties', Object.fromEntries(properties)]]
    }
    default:
      if (!wide.has(name) || typeof value !== 'string' || !/^\d{1,15}$/.test(value)) return [[name, value]]
      return [[name, Number(value)]]
  }
}

/** OpenAPI says `nullable` where JSON schema lists `null` among what is allowed. */
function withNull(schema: JsonObject): JsonObject {
  const { type, anyOf } = schema
  const values = schema['enum']
  return {
    ...schema,
    ...(typeof type === 'string' ? { type: [type, 'null'] } : {}),
    ...(isJsonArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
    ...(isJsonArray(anyOf) ? { anyOf: [...anyOf, { type: 'null' }] } : {}),
  }
}

function schemaOf(value: JsonValue): JsonValue {
  return isJsonObject(value) ? readSchema(value) : value
}

/** JSON schema of a schema in Google's form, a part of OpenAPI's: types in capitals, `nullable`, wide numbers as text. */
export function readSchema(from: JsonObject): JsonObject {
  const members = Object.entries(from).flatMap(([name, value]) => readMember(camelCase(name), value))
  const schema = Object.fromEntries(members)
  return from['nullable'] === true ? withNull(schema) : schema
}
