import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { problemAt } from './problem.ts'

/*
 * What the vendor's constrained decoding refuses of a JSON schema: platform.claude.com, "Structured outputs", JSON
 * Schema limitations (read November 2026). The SDKs rewrite schemas so that they pass.
 */
const REFUSED_BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  string: ['minLength', 'maxLength'],
  array: ['maxItems', 'uniqueItems'],
}

const MEMBERS_BY_NAME = ['properties', '$defs', 'definitions']
const MEMBERS_IN_LIST = ['anyOf', 'allOf', 'oneOf', 'prefixItems']
const DEEPEST = 40

/** Throws for a schema that strict decoding does not take. */
export function checkStrictSchema(schema: JsonValue, where: string, depth = 0): void {
  if (!isJsonObject(schema)) return
  if (depth > DEEPEST) throw problemAt(where, 'Schema is too deeply nested')
  const types = typesOf(schema)
  if (types.includes('object') && schema['additionalProperties'] !== false) {
    throw problemAt(where, "For 'object' type, 'additionalProperties' must be explicitly set to false")
  }
  for (const type of types) {
    const refused = (REFUSED_BY_TYPE[type] ?? []).filter((keyword) => schema[keyword] !== undefined)
    if (refused.length > 0) {
      throw problemAt(where, `For '${type}' type, properties ${refused.join(', ')} are not supported`)
    }
  }
  for (const child of childrenOf(schema)) checkStrictSchema(child, where, depth + 1)
}

function childrenOf(schema: JsonObject): readonly JsonValue[] {
  const named = MEMBERS_BY_NAME.flatMap((name) => {
    const members = schema[name]
    return isJsonObject(members) ? Object.values(members) : []
  })
  const listed = MEMBERS_IN_LIST.flatMap((name) => {
    const members = schema[name]
    return isList(members) ? members : []
  })
  const items = schema['items']
  return [...named, ...listed, ...(items === undefined ? [] : [items])]
}

function typesOf(schema: JsonObject): readonly string[] {
  const type = schema['type']
  const types = isList(type) ? type : [type]
  return types.filter((name) => typeof name === 'string')
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
