import type { Signature, Signer } from '@pointsman/contract'

import { decodeBase64Text, encodeBase64Text } from './base64-text.ts'

/** `pointsman` in base64, without padding: whatever follows it is base64 too, as vendors' signatures are and as their SDKs check. */
const mark = 'cG9pbnRzbWFu'

const signers: ReadonlySet<string> = new Set<Signer>(['anthropic', 'bedrock', 'openai', 'google'])
const isSigner = (word: string): word is Signer => signers.has(word) || word.startsWith('bedrock/')

/** The signature was written by this server into an answer for clients of another vendor. */
export const isMarked = (text: string): boolean => text.startsWith(mark)

/** Behind the signer's name: of a thought that its vendor shows, or of one that it sealed whole. */
type Separator = ':' | '|'

const writeMarked = ({ signer, value }: Signature, separator: Separator): string =>
  mark + encodeBase64Text(`${signer}${separator}${value}`)

/**
 * A signature in a face's own form. One of another vendor gets a mark with its name: only that vendor takes it back, and
 * the next turn may go to any.
 */
export const writeSignature = (signature: Signature, own: Signer): string =>
  signature.signer === own ? signature.value : writeMarked(signature, ':')

/**
 * A thought that is sealed whole, for faces where it looks like one whose words were left out: Claude has two kinds of
 * blocks for these, and refuses either in the other's place.
 */
export const writeSealed = (data: Signature, own: Signer): string =>
  data.signer === own ? data.value : writeMarked(data, '|')

function readMarked(text: string): { readonly signature: Signature; readonly separator: string } | null {
  if (!isMarked(text)) return null
  const marked = decodeBase64Text(text.slice(mark.length)) ?? ''
  const end = marked.search(/[:|]/)
  const signer = marked.slice(0, Math.max(0, end))
  if (!isSigner(signer)) return null
  return { signature: { signer, value: marked.slice(end + 1) }, separator: marked.charAt(end) }
}

/** The other way round. What has no mark, or a damaged one, is taken for the face's own vendor's. */
export const readSignature = (text: string, own: Signer): Signature =>
  readMarked(text)?.signature ?? { signer: own, value: text }

/** What `writeSealed` marked. */
export const isSealed = (text: string): boolean => readMarked(text)?.separator === '|'

/**
 * Gemini signs its last text too, and checks what it signed of calls alone (ai.google.dev, thought signatures, 2026-11).
 * Other APIs have no place for it but a thought without words, which no caller asked for: clients take the first block,
 * or the last one, for the text. `isBlank`: the thought has no words.
 */
export const isOfText = (signature: Signature | null, isBlank: boolean): boolean =>
  isBlank && signature?.signer === 'google'
