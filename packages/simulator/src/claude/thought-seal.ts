import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/*
 * The signature of a thinking block proves that the vendor wrote it. The real ones hold on the Anthropic API and on
 * Bedrock alike, so one key seals for both faces here, whatever the simulator's seed. A block that another vendor's
 * model wrote, or whose text was changed on the way, fails. Newer models seal in what a thought is bound to.
 */
const KEY = 'thoughts of the simulated Claude'
const NONCE_BYTES = 16
const SEAL_BYTES = 32
const unbound = Buffer.alloc(0)

/** Whose account it is, what was said before it, and the thought before it. */
export const BINDING_BYTES = 33

/** A signature in its parts; `binding` is empty where the model bound the thought to nothing. */
export interface Seal {
  readonly nonce: Buffer
  readonly binding: Buffer
}

/** The signature over the text that is shown; `thought` is what was really thought, where that is not shown. */
export function sealThought(shown: string, thought: string = shown, binding: Buffer = unbound): string {
  return written('shown', { nonce: nonceOf(thought), binding }, shown)
}

/** True for a signature that `sealThought` gave for this text. */
export function isSealedThought(shown: string, signature: string): boolean {
  return holds('shown', signature, shown)
}

/** The `data` of a redacted block: opaque, and bound to the thought. */
export function redactThought(thought: string, binding: Buffer = unbound): string {
  return written('redacted', { nonce: nonceOf(thought), binding }, '')
}

/** True for data that `redactThought` gave. */
export function isRedactedThought(data: string): boolean {
  return holds('redacted', data, '')
}

/** Null for what is no signature of ours, of whatever text. */
export function readSeal(base64: string): Seal | null {
  const bytes = Buffer.from(base64, 'base64')
  const bindingBytes = bytes.length - NONCE_BYTES - SEAL_BYTES
  // Compared as text too: the decoder overlooks characters that are none of base64's.
  if (![0, BINDING_BYTES].includes(bindingBytes) || bytes.toString('base64') !== base64) return null
  return {
    nonce: bytes.subarray(0, NONCE_BYTES),
    binding: bytes.subarray(NONCE_BYTES, NONCE_BYTES + bindingBytes),
  }
}

function written(purpose: 'shown' | 'redacted', seal: Seal, content: string): string {
  return Buffer.concat([seal.nonce, seal.binding, sealOf(purpose, seal, content)]).toString('base64')
}

function nonceOf(thought: string): Buffer {
  return createHash('sha256').update(thought).digest().subarray(0, NONCE_BYTES)
}

function sealOf(purpose: 'shown' | 'redacted', { nonce, binding }: Seal, content: string): Buffer {
  return createHmac('sha256', KEY)
    .update(`${purpose} `)
    .update(nonce)
    .update(binding)
    .update(content)
    .digest()
}

function holds(purpose: 'shown' | 'redacted', base64: string, content: string): boolean {
  const seal = readSeal(base64)
  if (seal === null) return false
  const told = Buffer.from(base64, 'base64').subarray(-SEAL_BYTES)
  return timingSafeEqual(told, sealOf(purpose, seal, content))
}
