import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import {
  PointsmanError,
  providerId,
  type KeptCredential,
  type ProviderKeyFacts,
  type SealedKey,
} from '@pointsman/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openKey, sealKey, type Sealing, type SealingCipher } from './seal.ts'

const cipher: SealingCipher = {
  randomBytes: (count) => randomBytes(count),
  seal(key, plain, bound) {
    const nonce = randomBytes(12)
    const sealing = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound))
    return Buffer.concat([nonce, sealing.update(plain), sealing.final(), sealing.getAuthTag()]).toString(
      'base64',
    )
  },
  open(key, sealed, bound) {
    const bytes = Buffer.from(sealed, 'base64')
    const opening = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(bound))
      .setAuthTag(bytes.subarray(-16))
    try {
      return Buffer.concat([opening.update(bytes.subarray(12, -16)), opening.final()])
    } catch {
      return null
    }
  },
}
const sealing: Sealing = { cipher, wrappingKey: { id: 'w1', bytes: randomBytes(32) } }

const facts: ProviderKeyFacts = {
  provider: providerId('openai'),
  source: 'registry',
  id: 'a',
  version: 1,
  kind: 'bearer',
  lastFour: 'cdef',
  expiresAtMs: null,
}
const bearer: KeptCredential = { kind: 'bearer', token: 'sk-0123456789abcdef' }
const sealedOf = (credential: KeptCredential, own: ProviderKeyFacts = facts): SealedKey => {
  const told = { ...own, kind: credential.kind }
  return { ...told, ...sealKey(credential, told, sealing), setAtMs: 1 }
}
const problemOf = (key: SealedKey, under = sealing): string => {
  try {
    openKey(key, under)
    return 'opened'
  } catch (error) {
    if (!(error instanceof PointsmanError)) throw error
    expect(error.message).not.toContain('0123456789')
    return error.message
  }
}

const headerText = fc.string({ unit: fc.constantFrom(...'!#+/=09AZ_az~'), minLength: 1, maxLength: 60 })
const credentials = fc.oneof(
  headerText.map((token): KeptCredential => ({ kind: 'bearer', token })),
  fc
    .tuple(headerText, headerText, fc.option(headerText))
    .map(([accessKeyId, secretAccessKey, sessionToken]): KeptCredential => ({
      ...{ kind: 'aws', accessKeyId, secretAccessKey, sessionToken },
    })),
)

test('what is sealed is opened as it was, and two of the same are not alike', () => {
  fc.assert(
    fc.property(credentials, (credential) => {
      const [one, other] = [sealedOf(credential), sealedOf(credential)]
      expect(openKey(one, sealing)).toEqual(credential)
      expect(one.sealed).not.toBe(other.sealed)
      expect(one.wrappedKey).not.toBe(other.wrappedKey)
    }),
  )
})

test.each<[string, Partial<SealedKey>]>([
  ['another provider', { provider: providerId('anthropic') }],
  ['another source', { source: 'secrets-manager' }],
  ['another id', { id: 'b' }],
  ['another version', { version: 2 }],
  ['a later end', { expiresAtMs: 9e12 }],
  ['other last characters', { lastFour: 'zzzz' }],
  ['another kind', { kind: 'aws' }],
])('a key that is told to be %s is not opened', (_, altered) => {
  expect(problemOf({ ...sealedOf(bearer), ...altered })).toMatch(/was altered since it was stored/)
})

test('parts of two keys do not fit together, whoever they are of', () => {
  const [one, other] = [sealedOf(bearer), sealedOf(bearer, { ...facts, id: 'b' })]
  for (const part of ['sealed', 'wrappedKey'] as const)
    expect(problemOf({ ...one, [part]: other[part] })).toMatch(/altered/)
})

test('a single bit that differs is found', () => {
  const key = sealedOf(bearer)
  for (const part of ['sealed', 'wrappedKey'] as const) {
    const bytes = Buffer.from(key[part], 'base64')
    for (let place = 0; place < bytes.length; place += 1) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(place) ^ 1, place)
      expect(problemOf({ ...key, [part]: flipped.toString('base64') })).toMatch(/altered/)
    }
  }
})

test('a key of another master key is told from an altered one', () => {
  const key = sealedOf(bearer)
  const other: Sealing = { cipher, wrappingKey: { id: 'w2', bytes: randomBytes(32) } }
  expect(problemOf(key, other)).toMatch(/another master key.*set-key openai/s)
  expect(problemOf(key, { cipher, wrappingKey: { ...other.wrappingKey, id: 'w1' } })).toMatch(/altered/)
})
