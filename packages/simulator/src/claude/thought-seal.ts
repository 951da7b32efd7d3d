import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/*
 * The signature of a thinking block proves that the vendor wrote it. The real ones hold on the Anthropic API and on
 * Bedrock alike, so one key seals for both faces here, whatever the simulator's seed. A block that another vendor's
 * model wrote, or whose text was changed on the way, fails.
 */
const KEY = 'thoughts of the simulated Claude'
const NONCE_BYTES = 16
const SEAL_BYTES = 32

/** The signature over the text that is shown; `thought` is what was really thought, where that is not shown. */
export function sealThought(shown: string, thought: string = shown): string {
  const nonce = nonceOf(thought)
  return Buffer.concat([nonce, seal('shown', nonce, shown)]).toString('base64')
}

/** True for a signature that `sealThought` gave for this text. */
export function isSealedThought(shown: string, signature: string): boolean {
  return holds(signature, (nonce) => seal('shown', nonce, shown))
}

/** The `data` of a redacted block: opaque, and bound to the thought. */
export function redactThought(thought: string): string {
  const nonce = nonceOf(thought)
  return Buffer.concat([nonce, seal('redacted', nonce, '')]).toString('base64')
}

/** True for data that `redactThought` gave. */
export function isRedactedThought(data: string): boolean {
  return holds(data, (nonce) => seal('redacted', nonce, ''))
}

function nonceOf(thought: string): Buffer {
  return createHash('sha256').update(thought).digest().subarray(0, NONCE_BYTES)
}

function seal(purpose: 'shown' | 'redacted', nonce: Buffer, content: string): Buffer {
  return createHmac('sha256', KEY).update(`${purpose} `).update(nonce).update(content).digest()
}

function holds(base64: string, expected: (nonce: Buffer) => Buffer): boolean {
  const bytes = Buffer.from(base64, 'base64')
  // Compared as text too: the decoder overlooks characters that are none of base64's.
  if (bytes.length !== NONCE_BYTES + SEAL_BYTES || bytes.toString('base64') !== base64) return false
  return timingSafeEqual(bytes.subarray(NONCE_BYTES), expected(bytes.subarray(0, NONCE_BYTES)))
}
