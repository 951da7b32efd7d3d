import type { JsonObject, JsonValue } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'

/**
 * Sent for a result without content: "text content blocks must be non-empty" (NousResearch/hermes-agent issue 55092,
 * 2026-06), and a list without blocks is no answer to the call.
 */
export const emptyResult: JsonObject = { text: '(empty)' }
export const blankResult = 'a blank tool result was sent as "(empty)"; this API refuses it'

/**
 * "Provide a json object for the field and try again" is what other values get (deepset-ai/haystack-core-integrations
 * pull 3766, 2026-08); they go as text. A number with its digits kept looks like an object, and is none.
 */
export const writeJson = (value: JsonValue): JsonObject =>
  isJsonObject(value) && numberOf(value) === null ? { json: value } : { text: JSON.stringify(value) }
