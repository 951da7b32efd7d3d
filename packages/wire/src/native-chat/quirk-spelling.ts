import type { JsonObject, JsonValue } from '@pointsman/contract'

import { invalidField } from '../json-fields.ts'

/** The seeds write `conversationId` in JSON and `conversation_id` in SQL: both are taken (contract section 4). */
const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A member of the body, and the name under which the caller wrote it. */
export interface Member {
  readonly field: string
  readonly value: JsonValue
}

/** Null for a member that is left out or null. Throws `invalid_request` where both spellings say different things. */
export function memberOf(body: JsonObject, name: string): Member | null {
  const other = snakeCase(name)
  const value = body[name] ?? null
  const otherValue = other === name ? null : (body[other] ?? null)
  if (value === null) return otherValue === null ? null : { field: other, value: otherValue }
  if (otherValue !== null && otherValue !== value) {
    throw invalidField(
      other,
      `says something else than \`${name}\`, which is the same field: send one of them.`,
    )
  }
  return { field: name, value }
}

/** Both spellings of each name. */
export const bothSpellings = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => [name, snakeCase(name)]))
