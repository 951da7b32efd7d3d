import type { Digests } from '@pointsman/contract'

/** What is kept of a key: hex HMAC-SHA-256 under the pepper. Both planes compute it alike, or no key would be known. */
export const digestKey = (digests: Digests, pepper: Uint8Array, key: string): string =>
  digests.hmacSha256Hex(pepper, key)
