import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'

/*
 * Looking into a message that `readProto` has read: what is there has the right type, so that only what is missing
 * needs a word.
 */

/** A message field; an empty one where it was left out. */
export function messageAt(message: JsonObject, field: string): JsonObject {
  return optionalMessage(message, field) ?? {}
}

export function optionalMessage(message: JsonObject, field: string): JsonObject | undefined {
  const value = message[field]
  return isJsonObject(value) ? value : undefined
}

/** A repeated field of messages. */
export function messagesAt(message: JsonObject, field: string): readonly JsonObject[] {
  return listAt(message, field).filter((item) => isJsonObject(item))
}

/** A repeated field of texts. */
export function textsAt(message: JsonObject, field: string): readonly string[] {
  return listAt(message, field).filter((item) => typeof item === 'string')
}

export function optionalText(message: JsonObject, field: string): string | undefined {
  const value = message[field]
  return typeof value === 'string' ? value : undefined
}

/** A text field; empty where it was left out, as protocol buffers do not tell the two apart. */
export function textAt(message: JsonObject, field: string): string {
  return optionalText(message, field) ?? ''
}

export function optionalNumber(message: JsonObject, field: string): number | undefined {
  const value = message[field]
  return typeof value === 'number' ? value : undefined
}

export function isTrue(message: JsonObject, field: string): boolean {
  return message[field] === true
}

function listAt(message: JsonObject, field: string): readonly JsonValue[] {
  const value = message[field]
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}
