import type { KeptCredential } from '@pointsman/contract'

/** Fewer characters than this could be guessed from their last four. */
const leastShown = 12

/** Of the key or token, or of the access key's id: a secret access key is never shown in part. */
export function lastFourOf(credential: KeptCredential): string | null {
  const text = credential.kind === 'aws' ? credential.accessKeyId : credential.token
  return text.length < leastShown ? null : text.slice(-4)
}
