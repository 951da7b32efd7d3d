import { randomFillSync } from 'node:crypto'

const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
/** Where each byte's two digits stand in the text. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const

const random = Buffer.allocUnsafeSlow(4_096)
let used = random.length
const text = Buffer.allocUnsafeSlow(36).fill('-')

/**
 * A random UUID, version 4. `crypto.randomUUID` makes the same of twenty pieces that V8 keeps apart (see `inOnePiece`), and
 * this id stands in two records and two headers of every request. A holder of random bytes, which are used once.
 */
export function newRequestId(): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  for (const place of places) {
    const byte = random[used] ?? 0
    used += 1
    text[place] = digits[byte >> 4] ?? 0
    text[place + 1] = digits[byte & 15] ?? 0
  }
  text[14] = 0x34
  // Its upper two bits are 1 and 0 (RFC 9562, 4.1).
  text[19] = digits[8 | (((random[used - 8] ?? 0) >> 4) & 3)] ?? 0
  return text.toString('latin1')
}
