import type { Credential, UpstreamFailure } from '@pointsman/contract'

/** What of it goes to the vendor as it is: of the key that signs nothing does. Null = nothing. */
export function secretOf(credential: Credential): string | null {
  if (credential.kind === 'bearer') return credential.token
  return credential.kind === 'aws' ? credential.sessionToken : null
}

/** Shorter beginnings of a credential stand in many a word. */
const shortestBeginning = 8

/** Of this many characters, anywhere in a text. Vendors that mask a key name it by fewer: those are for its owner to know. */
const shortestPiece = 16

/**
 * Whether a vendor's text may quote our credential, by its beginning or its end: the other one may be cut off, or hold
 * characters that JSON escapes.
 */
export const mayQuote = (text: string, secret: string | null): boolean =>
  secret !== null &&
  secret !== '' &&
  (text.includes(secret.slice(0, shortestBeginning)) || text.includes(secret.slice(-shortestPiece)))

/**
 * A vendor's text without our credential, which it may quote, and without most of it; where the text's own end is cut off,
 * without the beginning of it, too.
 */
export function withoutSecret(text: string, secret: string | null): string {
  if (secret === null || !mayQuote(text, secret)) return text
  let told = text.replaceAll(secret, '…')
  let length = secret.length - 1
  for (; length >= shortestPiece; length -= 1)
    told = told.replaceAll(secret.slice(0, length), '…').replaceAll(secret.slice(-length), '…')
  for (; length >= shortestBeginning; length -= 1)
    if (told.endsWith(secret.slice(0, length))) return `${told.slice(0, -length)}…`
  return told
}

/** A failure as it may be told to the caller, and in a log. */
export function failureWithoutSecret(failure: UpstreamFailure, secret: string | null): UpstreamFailure {
  const { message, vendorName } = failure
  return {
    ...failure,
    message: withoutSecret(message, secret),
    vendorName: vendorName === null ? null : withoutSecret(vendorName, secret),
  }
}
