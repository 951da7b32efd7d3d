import type { ContentPart, JsonObject, JsonValue, Signature } from '@pointsman/contract'

import { isGiven, isJsonArray, isJsonObject } from '../json-fields.ts'
import { isSealed, readSignature, writeSealed, writeSignature } from '../signatures.ts'

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

/** What an item without words holds: OpenAI seals its thoughts whole, another vendor's may only lack theirs. */
export const readsSealed = (encrypted: string, { signer }: Signature): boolean =>
  signer === 'openai' || isSealed(encrypted)

export function readReasoningItem(item: JsonObject): readonly ContentPart[] {
  const summary = textsOf(item['summary'])
  const text = (summary.length > 0 ? summary : textsOf(item['content'])).join(betweenSummaries)
  const encrypted = item['encrypted_content']
  if (typeof encrypted !== 'string' || encrypted === '') {
    return text === '' ? [] : [{ kind: 'reasoning', text, signature: null }]
  }
  const signature = readSignature(encrypted, 'openai')
  return text === '' && readsSealed(encrypted, signature)
    ? [{ kind: 'redacted-reasoning', data: signature }]
    : [{ kind: 'reasoning', text, signature }]
}

export interface WrittenThought {
  readonly text: string
  readonly signature: Signature | null
  /** The signature is the whole thought, as its vendor sealed it. */
  readonly isSealed: boolean
}

function encryptedOf({ signature, isSealed: sealed }: WrittenThought): JsonObject {
  if (signature === null) return {}
  const write = sealed ? writeSealed : writeSignature
  return { encrypted_content: write(signature, 'openai') }
}

/** OpenAI's own ids have one `_` (`rs_68af4030baa4…`, 2026-11); ours tell the answer and the place, as `#id` in write-result.ts. */
const ownId = /^rs_.+_\d+$/

/**
 * An item that this server wrote for a model whose thoughts are not sealed: OpenAI looks it up by its id, and refuses what
 * it does not find ("Item with id 'rs_…' not found", vercel/ai issue 7543, 2025-07).
 */
export const isOurThought = ({ type, id, encrypted_content: encrypted }: JsonObject): boolean =>
  type === 'reasoning' && !isGiven(encrypted) && typeof id === 'string' && ownId.test(id)

/** An answer's item. `encrypted_content` stands in it unasked: nothing is stored here, so the next turn needs it. */
export function writeReasoningItem(id: string, thought: WrittenThought): JsonObject {
  return {
    id,
    type: 'reasoning',
    summary: thought.text === '' ? [] : [{ type: 'summary_text', text: thought.text }],
    ...encryptedOf(thought),
  }
}
