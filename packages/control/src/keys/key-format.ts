import type { RandomBytes } from '../ports.ts'

/*
 * `pm_<id>_<secret>_<checksum>`: a prefix that secret scanners can look for, the id (public), 43 characters of
 * secret (62^43 > 2^256), and a CRC-32 of all before it, by which a scanner tells a key from text that looks like one.
 */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idLength = 12
const secretLength = 43
const checksumLength = 6

export interface NewKey {
  readonly id: string
  /** The whole key: shown once, never kept. */
  readonly key: string
}

export function newKey(randomBytes: RandomBytes): NewKey {
  const id = randomText(randomBytes, idLength)
  const body = `pm_${id}_${randomText(randomBytes, secretLength)}`
  return { id, key: `${body}_${checksum(body)}` }
}

/** Base62 text, each character equally likely. */
export function randomText(randomBytes: RandomBytes, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 = 4 × 62: a byte above it would make the first characters likelier than the rest.
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62)
    }
  }
  return text
}

function checksum(text: string): string {
  let rest = crc32(new TextEncoder().encode(text))
  let digits = ''
  for (let place = 0; place < checksumLength; place++) {
    digits = alphabet.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** CRC-32 as in zip and PNG (reflected 0xEDB88320), bit by bit: keys are short and made rarely. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
