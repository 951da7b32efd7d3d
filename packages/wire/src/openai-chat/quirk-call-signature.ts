import type { JsonObject, JsonValue, Signature } from '@pointsman/contract'

import { isJsonObject } from '../json-fields.ts'
import { isMarked, readSignature, writeSignature } from '../signatures.ts'

/**
 * Google's own place for the signature of a call on this API (ai.google.dev: thought signatures, OpenAI compatibility,
 * 2025-11); clients of Gemini send it back.
 */
export const callSignature = (signature: Signature): JsonObject => ({
  extra_content: { google: { thought_signature: writeSignature(signature, 'openai') } },
})

function signatureText(call: JsonValue): string | null {
  const extra = isJsonObject(call) ? call['extra_content'] : undefined
  const google = isJsonObject(extra) ? extra['google'] : undefined
  const text = isJsonObject(google) ? google['thought_signature'] : undefined
  return typeof text === 'string' && text !== '' ? text : null
}

export function readCallSignature(call: JsonObject): { readonly signature?: Signature } {
  const text = signatureText(call)
  return text === null ? {} : { signature: readSignature(text, 'google') }
}

/** Written by this server: OpenAI knows no such member. */
export function hasOurSignature(call: JsonValue): boolean {
  const text = signatureText(call)
  return text !== null && isMarked(text)
}
