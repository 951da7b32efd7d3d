import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isGiven, isJsonArray, isJsonObject } from './json-fields.ts'
import { unsupported } from './warning-list.ts'
import type { WarningList } from './warning-list.ts'

/*
 * Anthropic's structured outputs and strict tools want every object closed: "'additionalProperties' must be explicitly
 * set to false", and refuse bounds: "For 'integer' type, properties maximum, minimum are not supported"
 * (platform.claude.com, structured outputs, JSON Schema limitations, 2026-11; BerriAI/litellm issues 20813 and 35808), and
 * so do Bedrock's, which are made after them. Other vendors do not.
 */
const namedSchemas: readonly string[] = ['properties', '$defs', 'definitions']
const listedSchemas: readonly string[] = ['anyOf', 'allOf', 'oneOf', 'prefixItems']
const bounds: ReadonlySet<string> = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
])

const isObjectType = (type: JsonValue | undefined): boolean =>
  type === 'object' || (isJsonArray(type) && type.includes('object'))

/** At least none or one may be asked of a list, not more. */
const isBound = (name: string, value: JsonValue): boolean =>
  bounds.has(name) || (name === 'minItems' && value !== 0 && value !== 1)

/** What the vendor's own SDKs do with bounds (@anthropic-ai/sdk 1.14, transform-json-schema): the model reads them. */
function describeBounds(description: JsonValue | undefined, taken: readonly [string, JsonValue][]): string {
  const told = `{${taken.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')}}`
  return typeof description === 'string' && description !== '' ? `${description}\n\n${told}` : told
}

/** Makes one schema fit for Claude. Lives for one translation. */
class Closing {
  /** The names of the bounds that were left out. */
  readonly left = new Set<string>()
  /** An object that said it takes more members than it names takes them no longer. */
  narrowed = false
  /** An object is made of members that nobody names: closed, it would be empty. */
  emptied = false

  close(schema: JsonValue): JsonValue {
    if (!isJsonObject(schema)) return schema
    const entries = Object.entries(schema)
    const taken = entries.filter(([name, value]) => isBound(name, value))
    for (const [name] of taken) this.left.add(name)
    const members = Object.fromEntries(
      entries
        .filter(([name, value]) => !isBound(name, value))
        .map(([name, value]) => [name, this.#closeMember(name, value)]),
    )
    this.#judgeFurther(schema)
    const isOpen = isObjectType(schema['type']) || isGiven(schema['additionalProperties'])
    return {
      ...members,
      ...(taken.length === 0 ? {} : { description: describeBounds(schema['description'], taken) }),
      ...(isOpen ? { additionalProperties: false } : {}),
    }
  }

  #judgeFurther({ properties, additionalProperties: further }: JsonObject): void {
    if (!isGiven(further) || further === false) return
    const isAny = further === true || (isJsonObject(further) && Object.keys(further).length === 0)
    if (isAny && isJsonObject(properties) && Object.keys(properties).length > 0) this.narrowed = true
    else this.emptied = true
  }

  #closeMember(name: string, value: JsonValue): JsonValue {
    if (name === 'items') return this.close(value)
    if (listedSchemas.includes(name) && isJsonArray(value)) return value.map((schema) => this.close(schema))
    if (namedSchemas.includes(name) && isJsonObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, schema]) => [key, this.close(schema)]))
    }
    return value
  }
}

/**
 * The schema with its open objects closed: whatever fits it fits the caller's too, but for the bounds that Claude cannot
 * be held to, which stand in the descriptions. Null where an object would become empty. `field` is the caller's, for the
 * warnings.
 */
function closeObjects(schema: JsonObject, field: string, warnings: WarningList): JsonObject | null {
  const closing = new Closing()
  const closed = closing.close(schema)
  if (closing.emptied) return null
  if (closing.left.size > 0) {
    const names = [...closing.left].join(', ')
    warnings.add(field, `this model cannot be held to ${names}; told in descriptions, check the answer`)
  }
  if (closing.narrowed) {
    warnings.add(field, 'this model adds no members to an object beyond those that its schema names')
  }
  return isJsonObject(closed) ? closed : schema
}

/** The schema of an answer as Claude takes it. Throws `unsupported_parameter` where it cannot be held to it. */
export function closeAnswer(schema: JsonObject, warnings: WarningList): JsonObject {
  const closed = closeObjects(schema, 'response_format', warnings)
  if (closed !== null) return closed
  throw unsupported(
    'response_format',
    'this model cannot be held to objects whose members have any name (`additionalProperties`); name them in `properties`, or choose another model.',
  )
}

/** The schema of a strict tool as Claude takes it; null where it cannot be held to it, with a warning. */
export function closeArguments(schema: JsonObject, warnings: WarningList): JsonObject | null {
  const closed = closeObjects(schema, 'tools', warnings)
  if (closed === null) {
    warnings.add(
      'tools',
      'this model cannot be held to objects whose members have any name; check the arguments against the schema',
    )
  }
  return closed
}
