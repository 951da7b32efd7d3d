import { hash } from 'node:crypto'
import type { Digests } from '@pointsman/contract'
import { hmacSha256, hmacSha256Hex } from './hmac-sha256.ts'

/** Node's own digests, in the shape that providers and snapshots take. `crypto.hash` is the one-shot form: .2 µs against .9 (measured). */
export const nodeDigests: Digests = {
  sha256Hex: (data) => hash('sha256', data, 'hex'),
  hmacSha256,
  hmacSha256Hex,
}
