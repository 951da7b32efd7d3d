import { generateKeyPairSync, sign } from 'node:crypto'
import { canonicalJson } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { snapshotOf } from '../testing/catalogue.ts'
import { nodeDigests } from '../testing/digests.ts'
import { readSavedSnapshot } from './saved-snapshot.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const rawKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
const snapshot = snapshotOf({ revision: { epoch: 1, number: 7 }, models: ['a', 'b'], target: 'a' })
const statement = canonicalJson(snapshot.manifest)
const whole = {
  revision: 7,
  statement,
  signature: sign(null, Buffer.from(statement), privateKey).toString('base64'),
  publicKey: rawKey,
  parts: snapshot.parts,
}
const read = (saved: object, key = rawKey) =>
  readSavedSnapshot(new TextEncoder().encode(JSON.stringify(saved)), key, nodeDigests)

test('a saved snapshot serves its manifest and parts', async () => {
  const source = await read(whole)
  expect(await source.latest()).toEqual(snapshot.manifest)
  const hashes = snapshot.manifest.parts.map(({ hash }) => hash)
  expect(await source.parts(hashes)).toEqual(snapshot.parts)
})

test('one that was changed anywhere, or signed by another, is not taken', async () => {
  const changed = JSON.parse(JSON.stringify(snapshot.parts).replace('"a"', '"c"')) as unknown
  await expect(read({ ...whole, parts: changed })).rejects.toThrow('is missing or was changed')
  await expect(read({ ...whole, parts: snapshot.parts.slice(1) })).rejects.toThrow(
    'is missing or was changed',
  )
  await expect(read({ ...whole, parts: undefined })).rejects.toThrow('is missing or was changed')
  await expect(read({ ...whole, statement: statement.replace('"number":7', '"number":8') })).rejects.toThrow(
    'not signed by the key',
  )
  await expect(read({ ...whole, signature: undefined })).rejects.toThrow('no statement with a signature')
  const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' })
  await expect(read(whole, other.subarray(-32).toString('base64'))).rejects.toThrow('not signed by the key')
  await expect(read(whole, 'short')).rejects.toThrow('base64 of 32 bytes')
  await expect(read({ no: 'snapshot' })).rejects.toThrow('no statement')
})
