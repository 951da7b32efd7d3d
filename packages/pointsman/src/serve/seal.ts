import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Seal } from '@pointsman/control'

const ivBytes = 12
const tagBytes = 16

/** AES-256-GCM; the purpose is bound as associated data. */
export function createSeal(key: Uint8Array): Seal {
  return {
    seal: (purpose, text) => {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(purpose))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open: (purpose, sealed) => {
      const bytes = Buffer.from(sealed, 'base64url')
      // One spelling only: the decoder passes over what is no base64url.
      if (bytes.length <= ivBytes + tagBytes || bytes.toString('base64url') !== sealed) return null
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-tagBytes))
      const opened = decipher.update(bytes.subarray(ivBytes, -tagBytes))
      try {
        return Buffer.concat([opened, decipher.final()]).toString('utf8')
      } catch (error) {
        // What it throws for an altered text has no code of its own; nothing else can go wrong here.
        if (error instanceof Error) return null
        throw error
      }
    },
  }
}
