import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { SealingCipher } from '@pointsman/core'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** AES-256-GCM: Base64 of nonce, ciphertext and tag. */
export const nodeCipher: SealingCipher = {
  randomBytes: (count) => randomBytes(count),
  seal(key, plain, bound) {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(bound))
    const sealed = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]
    return Buffer.concat(sealed).toString('base64')
  },
  open(key, sealed, bound) {
    const bytes = Buffer.from(sealed, 'base64')
    // A shorter tag would be taken for whole by some.
    if (bytes.length < nonceBytes + tagBytes) return null
    const cipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(Buffer.from(bound))
      .setAuthTag(bytes.subarray(-tagBytes))
    const plain = cipher.update(bytes.subarray(nonceBytes, -tagBytes))
    try {
      return Buffer.concat([plain, cipher.final()])
    } catch {
      // Node's only word for a tag that does not fit.
      return null
    }
  },
}
