import type { Digests } from '@pointsman/contract'

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** What is kept of a key: hex HMAC-SHA-256 under the pepper. Both planes compute it alike, or no key would be known. */
export function digestKey(digests: Digests, pepper: Uint8Array, key: string): string {
  let hex = ''
  for (const byte of digests.hmacSha256(pepper, key)) hex += hexOfByte[byte] ?? ''
  return hex
}
