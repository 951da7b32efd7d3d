import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { invalid } from './failure.ts'

const DEEPEST = 30

/** What strict decoding asks of every object in a schema: no further members, and all of them required. */
export function checkStrictSchema(
  schema: JsonObject,
  of: { readonly name: string; readonly param: string },
): void {
  check(schema, [], of)
}

function check(
  value: JsonValue,
  path: readonly string[],
  of: { readonly name: string; readonly param: string },
): void {
  if (!isJsonObject(value) || path.length > DEEPEST) return
  const refuse = (problem: string): never => {
    const place = `(${path.map((step) => `'${step}'`).join(', ')})`
    throw invalid(
      `Invalid schema for ${of.param.includes('tools') ? 'function' : 'response_format'} '${of.name}': In context=${place}, ${problem}`,
      of.param,
      of.param.includes('tools') ? 'invalid_function_parameters' : 'invalid_json_schema',
    )
  }
  const properties = value['properties']
  if (value['type'] === 'object') {
    if (value['additionalProperties'] !== false) {
      refuse("'additionalProperties' is required to be supplied and to be false.")
    }
    const required = value['required']
    const names = isJsonObject(properties) ? Object.keys(properties) : []
    const left = names.find((name) => !(Array.isArray(required) && required.includes(name)))
    if (left !== undefined) {
      refuse(
        `'required' is required to be supplied and to be an array including every key in properties. Missing '${left}'.`,
      )
    }
  }
  if (isJsonObject(properties)) {
    for (const [name, inner] of Object.entries(properties)) check(inner, [...path, 'properties', name], of)
  }
  for (const name of ['items', 'anyOf', '$defs']) {
    const inner = value[name]
    if (Array.isArray(inner))
      inner.forEach((one: JsonValue, index) => check(one, [...path, name, String(index)], of))
    else if (name === '$defs' && isJsonObject(inner)) {
      for (const [key, one] of Object.entries(inner)) check(one, [...path, name, key], of)
    } else if (inner !== undefined) check(inner, [...path, name], of)
  }
}
