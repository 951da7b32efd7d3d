import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { GeminiFailure, invalid } from './failure.ts'
import { messages } from './messages.ts'
import type { ProtoMessage, ProtoType } from './proto-types.ts'

/*
 * Reading of bodies in the way of Google's own front, which turns JSON into protocol-buffer messages before the service
 * sees it: both spellings of a field are taken, a single value may stand for a list of one, numbers may be texts, enum
 * members may be written in any case; a field that the message does not have is refused, and all that is wrong with a
 * body is told at once.
 */

interface Violation {
  readonly field: string
  readonly description: string
}

const MOST_VIOLATIONS = 100
/** Of messages in messages; the front's own limit. */
const DEEPEST = 100
const PACKAGE = 'type.googleapis.com/google.ai.generativelanguage.v1beta.'

/** Parses a body as a message; its fields come out in camelCase. Throws the refusal that names all that is wrong. */
export function readProto(body: Buffer, messageName: string): JsonObject {
  const parsed = parseBody(body)
  if (!isJsonObject(parsed)) {
    throw badRequest([
      { field: '', description: 'Invalid JSON payload received. Root element must be a message.' },
    ])
  }
  const reading = new Reading()
  const read = reading.message(parsed, messageName, { path: '', depth: 0 })
  if (reading.violations.length > 0) throw badRequest(reading.violations)
  return read
}

function parseBody(body: Buffer): JsonValue {
  const json = body.toString('utf8')
  try {
    return JSON.parse(json) as JsonValue
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const shown = json.slice(0, 60)
    throw badRequest([
      {
        field: '',
        description:
          json.trim() === ''
            ? 'Invalid JSON payload received. Unexpected end of string. Expected a value.\n\n^'
            : `Invalid JSON payload received. Unexpected token.\n${shown}\n^`,
      },
    ])
  }
}

function badRequest(violations: readonly Violation[]): GeminiFailure {
  const fieldViolations = violations.map(({ field, description }) =>
    field === '' ? { description } : { field, description },
  )
  return new GeminiFailure('INVALID_ARGUMENT', violations.map((one) => one.description).join('\n'), {
    details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }],
  })
}

interface Place {
  /** As the front writes it: snake_case, with positions. Empty for the body itself. */
  readonly path: string
  readonly depth: number
}

/** One body being read; gathers what is wrong with it. */
class Reading {
  readonly violations: Violation[] = []

  message(value: JsonObject, name: string, place: Place): JsonObject {
    const definition = messages[name]
    if (definition === undefined) throw new Error(`no message ${name}`)
    if (place.depth > DEEPEST) throw tooDeep()
    const read: [string, JsonValue][] = []
    const chosen = new Map<string, string>()
    for (const [key, member] of Object.entries(value)) {
      const field = fieldNamed(definition, key)
      if (field === undefined) {
        this.#unknown(key, place.path, 'Cannot find field.')
      } else if (member !== null) {
        if (this.#takes(definition, field, key, { chosen, place })) {
          const at = { path: joined(place.path, field), depth: place.depth + 1 }
          const taken = this.#value(member, definition.fields[field] ?? { kind: 'any' }, at, key)
          if (taken !== undefined) read.push([camelCase(field), taken])
        }
      }
    }
    return Object.fromEntries(read)
  }

  /** Undefined where the value was refused. */
  #value(value: JsonValue, type: ProtoType, place: Place, key: string): JsonValue | undefined {
    switch (type.kind) {
      case 'list': {
        const items = Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
        return items.flatMap((item, index) => {
          const taken = this.#value(item, type.of, { ...place, path: `${place.path}[${index}]` }, key)
          return taken === undefined ? [] : [taken]
        })
      }
      case 'map':
        return this.#map(value, type.of, place)
      case 'message':
        if (isJsonObject(value)) return this.message(value, type.name, place)
        return this.#misfit(value, `${PACKAGE}${type.name}`, place, key)
      case 'any':
        checkDepth(value, place.depth)
        return value
      case 'struct':
        checkDepth(value, place.depth)
        return isJsonObject(value)
          ? value
          : this.#misfit(value, 'type.googleapis.com/google.protobuf.Struct', place, key)
      case 'enum':
        return enumMember(value, type.members) ?? this.#misfit(value, `${PACKAGE}${type.name}`, place, key)
      default:
        return this.#scalar(value, type.kind, place, key)
    }
  }

  #scalar(value: JsonValue, kind: keyof typeof SCALARS, place: Place, key: string): JsonValue | undefined {
    const { typeName, read } = SCALARS[kind]
    const taken = read(value)
    if (taken !== undefined) return taken
    if (kind === 'bytes' && typeof value === 'string') {
      this.#violation(
        place.path,
        `Invalid value at '${place.path}' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(value.slice(0, 100))}`,
      )
      return undefined
    }
    return this.#misfit(value, typeName, place, key)
  }

  #map(value: JsonValue, of: ProtoType, place: Place): JsonValue | undefined {
    if (!isJsonObject(value)) return this.#misfit(value, 'Map', place, '')
    const entries = Object.entries(value).flatMap(([name, member], index): [string, JsonValue][] => {
      const at = { path: `${place.path}[${index}].value`, depth: place.depth + 1 }
      const taken = this.#value(member, of, at, 'value')
      return taken === undefined ? [] : [[name, taken]]
    })
    return Object.fromEntries(entries)
  }

  /** False, and told, where another member of the same choice was already given. */
  #takes(
    definition: ProtoMessage,
    field: string,
    key: string,
    seen: { readonly chosen: Map<string, string>; readonly place: Place },
  ): boolean {
    for (const [choice, members] of Object.entries(definition.oneofs ?? {})) {
      if (!members.includes(field)) continue
      if (seen.chosen.has(choice)) {
        this.#violation(
          seen.place.path,
          `Invalid value at '${seen.place.path}' (oneof), oneof field '${choice}' is already set. Cannot set '${key}'`,
        )
        return false
      }
      seen.chosen.set(choice, field)
    }
    return true
  }

  #unknown(name: string, path: string, why: string): void {
    const at = path === '' ? '' : ` at '${path}'`
    this.#violation(
      path,
      `Invalid JSON payload received. Unknown name ${JSON.stringify(name.slice(0, 200))}${at}: ${why}`,
    )
  }

  /** Tells that a value is none of its field's type. Always gives undefined. */
  #misfit(value: JsonValue, typeName: string, place: Place, key: string): undefined {
    if (Array.isArray(value)) {
      const parent = place.path.replace(/\.?[^.]+$/, '')
      this.#unknown(key, parent, 'Proto field is not repeating, cannot start list.')
    } else if (isJsonObject(value)) {
      this.#unknown(
        key,
        place.path.replace(/\.?[^.]+$/, ''),
        'Proto field is not a message, cannot start object.',
      )
    } else {
      this.#violation(
        place.path,
        `Invalid value at '${place.path}' (${typeName}), ${JSON.stringify(value).slice(0, 200)}`,
      )
    }
  }

  #violation(field: string, description: string): void {
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push({ field, description })
  }
}

const SCALARS = {
  string: {
    typeName: 'TYPE_STRING',
    read: (value: JsonValue) => (typeof value === 'string' ? value : undefined),
  },
  bool: {
    typeName: 'TYPE_BOOL',
    read: (value: JsonValue) => {
      if (typeof value === 'boolean') return value
      return value === 'true' ? true : value === 'false' ? false : undefined
    },
  },
  bytes: {
    typeName: 'TYPE_BYTES',
    read: (value: JsonValue) =>
      typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value) ? value : undefined,
  },
  int32: {
    typeName: 'TYPE_INT32',
    read: (value: JsonValue) => {
      const number = numberOf(value)
      return number !== undefined && Number.isInteger(number) && Math.abs(number) <= 2_147_483_648
        ? number
        : undefined
    },
  },
  int64: {
    typeName: 'TYPE_INT64',
    read: (value: JsonValue) => {
      const number = numberOf(value)
      return number !== undefined && Number.isSafeInteger(number) ? number : undefined
    },
  },
  float: { typeName: 'TYPE_FLOAT', read: numberOf },
} as const satisfies Record<string, { typeName: string; read: (value: JsonValue) => JsonValue | undefined }>

function numberOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(value)
    ? Number(value)
    : undefined
}

/** A member by its name in any case, or by its number. */
function enumMember(value: JsonValue, members: readonly string[]): string | undefined {
  if (typeof value === 'number') return members[value]
  if (typeof value !== 'string') return undefined
  return members.find((member) => member.toUpperCase() === value.toUpperCase())
}

/** Counts levels without recursion, so that no body can exhaust the stack. */
function checkDepth(value: JsonValue, from: number): void {
  let level: readonly JsonValue[] = [value]
  for (let depth = from; level.length > 0; depth += 1) {
    if (depth > DEEPEST) throw tooDeep()
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
}

function tooDeep(): GeminiFailure {
  return invalid('Invalid JSON payload received. Message too deep. Max recursion depth reached.')
}

function fieldNamed(definition: ProtoMessage, key: string): string | undefined {
  if (Object.hasOwn(definition.fields, key)) return key
  return Object.keys(definition.fields).find((field) => camelCase(field) === key)
}

/** `response_mime_type` → `responseMimeType`, as protocol buffers name a field in JSON. */
function camelCase(field: string): string {
  return field.replaceAll(/(?<=[a-z0-9])_([a-z])/g, (_all, letter: string) => letter.toUpperCase())
}

function joined(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}
