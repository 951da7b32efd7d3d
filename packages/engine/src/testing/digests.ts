import { createHash, createHmac } from 'node:crypto'
import type { Digests } from '@pointsman/contract'

/** The digests that a door for Node hands in. */
export const nodeDigests: Digests = {
  sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  hmacSha256Hex: (key, data) => createHmac('sha256', key).update(data).digest('hex'),
}
