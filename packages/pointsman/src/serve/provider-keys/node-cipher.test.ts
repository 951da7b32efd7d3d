import { randomBytes, webcrypto } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodeCipher } from './node-cipher.ts'

const key = randomBytes(32)
const plain = Buffer.from('a provider’s key')

test('what it seals is AES-256-GCM as Web Crypto opens it', async () => {
  const sealed = Buffer.from(nodeCipher.seal(key, plain, 'bound'), 'base64')
  const imported = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  const parameters = { name: 'AES-GCM', iv: sealed.subarray(0, 12), additionalData: Buffer.from('bound') }
  const opened = await webcrypto.subtle.decrypt(parameters, imported, sealed.subarray(12))
  expect(Buffer.from(opened)).toEqual(plain)
})

test('what is cut, empty, or bound to something else is not opened', () => {
  const sealed = nodeCipher.seal(key, plain, 'bound')
  expect(nodeCipher.open(key, sealed, 'bound')).toEqual(plain)
  const bytes = Buffer.from(sealed, 'base64')
  for (let length = 0; length < bytes.length; length += 1)
    expect(nodeCipher.open(key, bytes.subarray(0, length).toString('base64'), 'bound')).toBeNull()
  expect(nodeCipher.open(key, sealed, 'bounds')).toBeNull()
  expect(nodeCipher.open(randomBytes(32), sealed, 'bound')).toBeNull()
})
