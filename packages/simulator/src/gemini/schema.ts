import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { FieldProblem } from './failure.ts'
import { messagesAt, optionalMessage, optionalText, textsAt } from './fields.ts'

/*
 * The vendor's own schemas: a subset of OpenAPI 3.0, whose keywords the message `Schema` lists and whose types are
 * written in capitals.
 */

/** Adds what the vendor's validator says of a schema that is well-formed and still refused. */
export function checkSchema(schema: JsonObject, where: string, problems: FieldProblem[]): void {
  if (schema['type'] === 'OBJECT' && Object.keys(optionalMessage(schema, 'properties') ?? {}).length === 0) {
    problems.push({ where: `${where}.properties`, problem: 'should be non-empty for OBJECT type' })
  }
  checkInside(schema, where, problems)
}

function checkInside(schema: JsonObject, where: string, problems: FieldProblem[]): void {
  const properties = optionalMessage(schema, 'properties')
  const items = optionalMessage(schema, 'items')
  if (schema['type'] === 'ARRAY' && items === undefined) {
    problems.push({ where: `${where}.items`, problem: 'missing field.' })
  }
  if (schema['type'] === 'TYPE_UNSPECIFIED') {
    problems.push({ where: `${where}.type`, problem: 'must be specified.' })
  }
  textsAt(schema, 'required').forEach((name, index) => {
    if (properties !== undefined && Object.hasOwn(properties, name)) return
    problems.push({ where: `${where}.required[${index}]`, problem: 'property is not defined' })
  })
  for (const [name, property] of Object.entries(properties ?? {})) {
    if (isJsonObject(property)) checkInside(property, `${where}.properties[${name}]`, problems)
  }
  if (items !== undefined) checkInside(items, `${where}.items`, problems)
  messagesAt(schema, 'anyOf').forEach((choice, index) => {
    checkInside(choice, `${where}.any_of[${index}]`, problems)
  })
}

/** The same as JSON Schema: types in small letters, `nullable` as a type, properties in the order asked for. */
export function toJsonSchema(schema: JsonObject): JsonObject {
  const { type, nullable, properties, propertyOrdering, items, anyOf, example, ...rest } = schema
  const named = typeof type === 'string' ? type.toLowerCase() : undefined
  const isNullable = nullable === true && named !== undefined
  return {
    ...rest,
    ...(named === undefined ? {} : { type: isNullable ? [named, 'null'] : named }),
    ...(isJsonObject(properties)
      ? { properties: orderedProperties(properties, propertyOrdering ?? null) }
      : {}),
    ...(isJsonObject(items) ? { items: toJsonSchema(items) } : {}),
    ...(Array.isArray(anyOf)
      ? { anyOf: (anyOf as readonly JsonValue[]).filter((one) => isJsonObject(one)).map(toJsonSchema) }
      : {}),
    ...(example === undefined ? {} : { examples: [example] }),
  }
}

function orderedProperties(properties: JsonObject, ordering: JsonValue): JsonObject {
  const first = Array.isArray(ordering)
    ? (ordering as readonly JsonValue[]).filter((name) => typeof name === 'string' && name in properties)
    : []
  const names = [...new Set([...(first as readonly string[]), ...Object.keys(properties)])]
  return Object.fromEntries(
    names.flatMap((name): [string, JsonValue][] => {
      const property = properties[name]
      return isJsonObject(property) ? [[name, toJsonSchema(property)]] : []
    }),
  )
}

/** The members that a schema of an enumeration lists; null for any other schema. */
export function enumMembers(schema: JsonValue | null): readonly string[] | null {
  if (!isJsonObject(schema)) return null
  const members = textsAt(schema, 'enum')
  return members.length > 0 && (optionalText(schema, 'type') ?? 'string').toLowerCase() === 'string'
    ? members
    : null
}
