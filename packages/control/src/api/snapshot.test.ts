import { createHash, createPublicKey, verify } from 'node:crypto'
import { canonicalJson, type SnapshotManifest, type SnapshotPart } from '@pointsman/contract'
import { compileSnapshot, verifySnapshot } from '@pointsman/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyDatabase, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

let at: TestControl
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  at = await startControl(opened.database)
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

interface Signed {
  readonly revision: number
  readonly statement: string
  readonly signature: string
  readonly publicKey: string
}

const read = async (): Promise<{ readonly signed: Signed; readonly manifest: SnapshotManifest }> => {
  const { body } = await at.ask('/api/v1/snapshot')
  const signed = body as unknown as Signed
  return { signed, manifest: JSON.parse(signed.statement) as SnapshotManifest }
}

const partsOf = (manifest: SnapshotManifest): Promise<readonly SnapshotPart[]> =>
  Promise.all(
    manifest.parts.map(async ({ hash }) => {
      const { body } = await at.ask(`/api/v1/snapshot/parts/${hash}`)
      return body as unknown as SnapshotPart
    }),
  )

test('the manifest is signed, and its parts compile to what is in force', async () => {
  const { manifest, signed } = await read()
  const key = createPublicKey({
    key: Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(signed.publicKey, 'base64'),
    ]),
    format: 'der',
    type: 'spki',
  })
  const isSigned = (statement: string): boolean =>
    verify(null, Buffer.from(statement), key, Buffer.from(signed.signature, 'base64'))
  expect(isSigned(signed.statement)).toBe(true)
  expect(isSigned(signed.statement.replace('"number":', '"number":1'))).toBe(false)
  const parts = await partsOf(manifest)
  for (const [index, part] of parts.entries())
    expect(sha256Hex(canonicalJson(part))).toBe(manifest.parts[index]?.hash)
  expect(verifySnapshot({ manifest, parts }, sha256Hex)).toEqual([])
  const compiled = compileSnapshot({ manifest, parts })
  expect(compiled.defaultRoute.target).toBe('eu.amazon.nova-pro-v1:0')
})

test('a switch makes another manifest, and 304 is answered until then', async () => {
  const first = await at.ask('/api/v1/snapshot')
  const etag = first.headers.get('etag') ?? ''
  const headers = { 'if-none-match': etag }
  expect((await at.ask('/api/v1/snapshot', { headers })).status).toBe(304)
  await at.orchestrate({ action: 'switch', modelId: 'eu.amazon.nova-lite-v1:0' })
  const second = await at.ask('/api/v1/snapshot', { headers })
  expect(second.status).toBe(200)
  const { manifest } = await read()
  expect(compileSnapshot({ manifest, parts: await partsOf(manifest) }).defaultRoute.target).toBe(
    'eu.amazon.nova-lite-v1:0',
  )
})

test('keys of the gateway are not among it, not even by their hash', async () => {
  await at.ask('/api/v1/keys', { body: { name: 'app', scopes: ['invoke'] } })
  const { manifest } = await read()
  expect(manifest.parts.map(({ kind }) => kind)).not.toContain('keys')
  const latest = await at.control.snapshotSource.latest()
  const keys = latest?.parts.find(({ kind }) => kind === 'keys')
  expect(keys).toBeDefined()
  expect((await at.ask(`/api/v1/snapshot/parts/${keys?.hash}`)).status).toBe(404)
})

test('a part that is not there is 404, and what is no hash 400', async () => {
  const gone = await at.ask(`/api/v1/snapshot/parts/${'0'.repeat(64)}`)
  expect([gone.status, gone.body.error.message]).toEqual([404, expect.stringMatching(/Read GET .* again/)])
  expect((await at.ask('/api/v1/snapshot/parts/other')).status).toBe(400)
})
