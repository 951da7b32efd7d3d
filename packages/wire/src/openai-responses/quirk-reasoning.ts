import type { ContentPart, JsonObject, JsonValue, Signature } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { readSignature, writeSignature } from '../signatures.ts'

/**
 * Items of kind `reasoning` (openai SDK 6.49, `ResponseReasoningItem`; guide "Reasoning models", 2026-11): a summary for
 * people, and what the model needs in the next turn under `encrypted_content`, which OpenAI alone can read. Parts of a
 * summary are paragraphs.
 */
export const betweenSummaries = '\n\n'

const textsOf = (value: JsonValue | undefined): readonly string[] =>
  isJsonArray(value)
    ? value.flatMap((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? [part['text']] : []))
    : []

export function readReasoningItem(item: JsonObject): readonly ContentPart[] {
  const summary = textsOf(item['summary'])
  const text = (summary.length > 0 ? summary : textsOf(item['content'])).join(betweenSummaries)
  const encrypted = item['encrypted_content']
  const signature: Signature | null =
    typeof encrypted === 'string' && encrypted !== '' ? readSignature(encrypted, 'openai') : null
  if (text !== '') return [{ kind: 'reasoning', text, signature }]
  return signature === null ? [] : [{ kind: 'redacted-reasoning', data: signature }]
}

/** An answer's item. `encrypted_content` stands in it unasked: nothing is stored here, so the next turn needs it. */
export function writeReasoningItem(id: string, text: string, signature: Signature | null): JsonObject {
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(signature === null ? {} : { encrypted_content: writeSignature(signature, 'openai') }),
  }
}
