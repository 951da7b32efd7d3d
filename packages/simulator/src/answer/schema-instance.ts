import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { Chance } from './chance.ts'

/** What an invented value may draw on: the words and numbers of the message that asked for it. */
export interface InstanceSource {
  readonly chance: Chance
  /** Quoted texts and names found in the message. */
  readonly names: readonly string[]
  readonly numbers: readonly number[]
}

const DEEPEST = 8
const MOST_VALUES = 500

/** Values still allowed: without it a schema that refers to itself ten times a level would grow without end. */
class Allowance {
  #left = MOST_VALUES

  take(): boolean {
    this.#left -= 1
    return this.#left >= 0
  }
}

interface Place {
  readonly root: JsonValue
  readonly property: string
  readonly depth: number
  readonly allowance: Allowance
}

/**
 * A value that fits a JSON schema, as a model would fill in a tool's arguments. Honours const, enum, default,
 * examples, type, required, properties, items, the numeric and length bounds, common formats, anyOf, oneOf, allOf
 * and local `$ref`; a `pattern` is not solved. Deeper than eight levels, or after 500 values, it gives null.
 */
export function schemaInstance(schema: JsonValue, source: InstanceSource): JsonValue {
  return instance(schema, source, { root: schema, property: '', depth: 0, allowance: new Allowance() })
}

function instance(schema: JsonValue, source: InstanceSource, place: Place): JsonValue {
  if (place.depth > DEEPEST || !isJsonObject(schema) || !place.allowance.take()) return null
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    return instance(resolve(reference, place.root), source, { ...place, depth: place.depth + 1 })
  }
  if (schema['const'] !== undefined) return schema['const']
  const listed = schema['enum']
  if (isArray(listed)) return enumMember(listed, source)
  if (schema['default'] !== undefined) return schema['default']
  const examples = schema['examples']
  if (isArray(examples) && examples.length > 0) return source.chance.pick(examples, null)
  for (const word of ['anyOf', 'oneOf'] as const) {
    const choices = schema[word]
    if (isArray(choices)) {
      return instance(firstNotNull(choices), source, { ...place, depth: place.depth + 1 })
    }
  }
  const parts = schema['allOf']
  if (isArray(parts)) return instance(merged(schema, parts), source, place)
  return ofType(schema, source, place)
}

function ofType(schema: JsonObject, source: InstanceSource, place: Place): JsonValue {
  switch (typeOf(schema)) {
    case 'object':
      return objectInstance(schema, source, place)
    case 'array':
      return arrayInstance(schema, source, place)
    case 'integer':
    case 'number':
      return numberInstance(schema, source)
    case 'boolean':
      return source.chance.fraction() < 0.5
    case 'null':
      return null
    default:
      return textInstance(schema, source, place.property)
  }
}

function typeOf(schema: JsonObject): JsonValue {
  const type = schema['type']
  if (isArray(type)) return type.find((name) => name !== 'null') ?? 'null'
  if (type !== undefined) return type
  if (schema['properties'] !== undefined) return 'object'
  return schema['items'] === undefined ? 'string' : 'array'
}

function objectInstance(schema: JsonObject, source: InstanceSource, place: Place): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required = isArray(schema['required']) ? schema['required'] : []
  const filled = Object.entries(properties)
    .filter(([name]) => required.length === 0 || required.includes(name))
    .map(([name, property]): readonly [string, JsonValue] => {
      return [name, instance(property, source, { ...place, property: name, depth: place.depth + 1 })]
    })
  return Object.fromEntries(filled)
}

function arrayInstance(schema: JsonObject, source: InstanceSource, place: Place): readonly JsonValue[] {
  const least = numberOf(schema['minItems'], 1)
  const most = Math.max(least, numberOf(schema['maxItems'], Math.max(least, 2)))
  const count = Math.min(16, source.chance.between(Math.min(least, most), most))
  const items = schema['items'] ?? {}
  const inner = { ...place, depth: place.depth + 1 }
  return Array.from({ length: count }, () => instance(items, source, inner))
}

function numberInstance(schema: JsonObject, source: InstanceSource): number {
  const step = numberOf(schema['multipleOf'], typeOf(schema) === 'integer' ? 1 : 0)
  const lowest = Math.max(
    numberOf(schema['minimum'], -Infinity),
    numberOf(schema['exclusiveMinimum'], -Infinity),
  )
  const highest = Math.min(
    numberOf(schema['maximum'], Infinity),
    numberOf(schema['exclusiveMaximum'], Infinity),
  )
  const fits = (value: number): boolean =>
    value >= lowest &&
    value <= highest &&
    value !== schema['exclusiveMinimum'] &&
    value !== schema['exclusiveMaximum'] &&
    (step === 0 || Number.isInteger(value / step))
  const said = source.numbers.find(fits)
  if (said !== undefined) return said
  const from = lowest === -Infinity ? Math.min(1, highest) : lowest
  const to = highest === Infinity ? from + 20 : highest
  const drawn = step === 0 ? from + (to - from) / 2 : Math.ceil(from / step) * step
  return fits(drawn) ? drawn : drawn + step
}

function textInstance(schema: JsonObject, source: InstanceSource, property: string): string {
  const formatted = FORMATS.get(typeof schema['format'] === 'string' ? schema['format'] : '')
  if (formatted !== undefined) return formatted
  const least = numberOf(schema['minLength'], 0)
  const most = Math.max(least, numberOf(schema['maxLength'], 1_000))
  const fallback = property === '' ? 'sample' : `sample ${property.replaceAll(/[_-]+/g, ' ')}`
  const text = source.chance.pick(source.names, fallback)
  return text.padEnd(Math.min(least, 10_000), ' sample').slice(0, most)
}

const FORMATS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    date: '2026-11-21',
    'date-time': '2026-11-21T09:30:00Z',
    time: '09:30:00Z',
    duration: 'PT30M',
    email: 'someone@example.com',
    hostname: 'example.com',
    ipv4: '192.0.2.10',
    ipv6: '2001:db8::10',
    uri: 'https://example.com/',
    url: 'https://example.com/',
    uuid: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  }),
)

/** A member that the message names, else a drawn one. */
function enumMember(members: readonly JsonValue[], source: InstanceSource): JsonValue {
  const named = members.find((member) =>
    source.names.some((name) => name.toLowerCase() === asText(member).toLowerCase()),
  )
  return named ?? source.chance.pick(members, null)
}

function firstNotNull(choices: readonly JsonValue[]): JsonValue {
  return choices.find((choice) => !isJsonObject(choice) || choice['type'] !== 'null') ?? null
}

function merged(schema: JsonObject, parts: readonly JsonValue[]): JsonObject {
  const { allOf: _parts, ...own } = schema
  let all: JsonObject = own
  for (const part of parts) {
    if (!isJsonObject(part)) continue
    const properties = { ...asObject(all['properties']), ...asObject(part['properties']) }
    const required = [...asArray(all['required']), ...asArray(part['required'])]
    all = { ...all, ...part, properties, required }
  }
  return all
}

function resolve(reference: string, root: JsonValue): JsonValue {
  let found: JsonValue = root
  for (const raw of reference.replace(/^#\/?/, '').split('/')) {
    if (raw === '') continue
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    found = isJsonObject(found) && Object.hasOwn(found, name) ? (found[name] ?? null) : null
  }
  return found
}

function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function asArray(value: JsonValue | undefined): readonly JsonValue[] {
  return isArray(value) ? value : []
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function numberOf(value: JsonValue | undefined, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback
}
