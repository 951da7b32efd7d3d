import type { JsonObject, JsonValue } from '@pointsman/contract'

import { parseExactJson } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'

/** The arguments as the object that Google wants; null where they are not one. Empty text is no arguments. */
export function readArguments(argumentsJson: string): JsonObject | null {
  if (argumentsJson.trim() === '') return {}
  let value: JsonValue
  try {
    value = parseExactJson(argumentsJson)
  } catch {
    // Unfinished JSON of an answer that was cut: the caller decides what it means.
    return null
  }
  return isJsonObject(value) ? value : null
}

/** Its text is there even where it has none: clients want one of every thought (pydantic/pydantic-ai issue 1890, 2025-06). */
export const writeThought = (text: string, signature: string | null): JsonObject => ({
  text,
  thought: true,
  ...(signature === null ? {} : { thoughtSignature: signature }),
})

/** A signature whose text follows in a part of its own. */
export const writeBareSignature = (signature: string): JsonObject => ({
  text: '',
  thoughtSignature: signature,
})

const isBareSignature = (part: JsonObject): boolean =>
  part['text'] === '' && part['thought'] === undefined && part['thoughtSignature'] !== undefined

const isUnsigned = (part: JsonObject | undefined): boolean =>
  (typeof part?.['text'] === 'string' || part?.['functionCall'] !== undefined) &&
  part['thought'] === undefined &&
  part['thoughtSignature'] === undefined

/** Signatures go back on the very part with which they came: a bare one joins the text or the call after it. */
export function joinSignatures(parts: readonly JsonObject[]): readonly JsonObject[] {
  return parts.flatMap((part, at) => {
    const next = parts[at + 1]
    if (isBareSignature(part) && isUnsigned(next)) return []
    const before = parts[at - 1]
    if (before === undefined || !isBareSignature(before) || !isUnsigned(part)) return [part]
    return [{ ...part, thoughtSignature: before['thoughtSignature'] ?? null }]
  })
}
