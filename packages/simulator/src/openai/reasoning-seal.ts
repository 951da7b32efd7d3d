import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/*
 * What the vendor hands out of a thought is encrypted, and taken back only if it is its own. Here: a digest of the
 * thought with a seal on it, whatever the simulator's seed.
 */
const KEY = 'thoughts of the simulated OpenAI'
const DIGEST_BYTES = 32

export function sealReasoning(thought: string): string {
  const digest = createHash('sha256').update(thought).digest()
  return `gAAAA${Buffer.concat([digest, seal(digest)]).toString('base64url')}`
}

/** True for what `sealReasoning` made. */
export function isSealedReasoning(text: string): boolean {
  if (!text.startsWith('gAAAA')) return false
  const bytes = Buffer.from(text.slice('gAAAA'.length), 'base64url')
  const expected = seal(bytes.subarray(0, DIGEST_BYTES))
  const given = bytes.subarray(DIGEST_BYTES)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

const seal = (digest: Uint8Array): Buffer => createHmac('sha256', KEY).update(digest).digest()
