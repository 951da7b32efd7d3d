import type { Signature, Signer } from '@pointsman/contract'

import { decodeBase64Text, encodeBase64Text } from './base64-text.ts'

/** `pointsman` in base64, without padding: whatever follows it is base64 too, as vendors' signatures are and as their SDKs check. */
const mark = 'cG9pbnRzbWFu'

const signers: ReadonlySet<string> = new Set<Signer>(['anthropic', 'bedrock', 'openai', 'google'])
const isSigner = (word: string): word is Signer => signers.has(word) || word.startsWith('bedrock/')

/** The signature was written by this server into an answer for clients of another vendor. */
export const isMarked = (text: string): boolean => text.startsWith(mark)

/**
 * A signature in a face's own form. One of another vendor gets a mark with its name: only that vendor takes it back, and
 * the next turn may go to any.
 */
export function writeSignature({ signer, value }: Signature, own: Signer): string {
  return signer === own ? value : mark + encodeBase64Text(`${signer}:${value}`)
}

/** The other way round. What has no mark, or a damaged one, is taken for the face's own vendor's. */
export function readSignature(text: string, own: Signer): Signature {
  if (!isMarked(text)) return { signer: own, value: text }
  const marked = decodeBase64Text(text.slice(mark.length)) ?? ''
  const colon = marked.indexOf(':')
  const signer = marked.slice(0, Math.max(0, colon))
  return isSigner(signer) ? { signer, value: marked.slice(colon + 1) } : { signer: own, value: text }
}

/**
 * Gemini signs its last text too, and checks what it signed of calls alone (ai.google.dev, thought signatures, 2026-11).
 * Other APIs have no place for it but a thought without words, which no caller asked for: clients take the first block,
 * or the last one, for the text. `isBlank`: the thought has no words.
 */
export const isOfText = (signature: Signature | null, isBlank: boolean): boolean =>
  isBlank && signature?.signer === 'google'
