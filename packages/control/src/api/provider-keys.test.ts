import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { providerId, type CredentialFacts } from '@pointsman/contract'
import { openKey, type Sealing } from '@pointsman/core'
import { sealedProviderKeys, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProbeResult, ProviderFacts } from '../ports.ts'
import {
  databaseKinds,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'

const sealing: Sealing = {
  wrappingKey: { id: 'w1', bytes: randomBytes(32) },
  cipher: {
    randomBytes: (count) => randomBytes(count),
    seal(key, plain, bound) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString(
        'base64',
      )
    },
    open(key, sealed, bound) {
      const bytes = Buffer.from(sealed, 'base64')
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      cipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(-16))
      return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()])
    },
  },
}
const none: CredentialFacts = {
  ...{ source: null, from: null, lastFour: null, sinceMs: null, expiresAtMs: null, problem: null },
}
const facts = (id: string, takesAwsKeys: boolean): ProviderFacts => ({
  ...{ id: providerId(id), readiness: { ready: true }, baseUrl: null, takesAwsKeys },
  credential: { ...none, source: 'environment', from: 'OPENAI_API_KEY', lastFour: 'wxyz' },
})
const canary = 'sk-canary-of-these-tests-7788'

describe.each(databaseKinds)('keys of providers (%s)', (kind) => {
  let at: TestControl
  let database: Database
  let probed: ProbeResult = { ok: true, latencyMs: 5 }
  const asked: string[] = []
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    database = opened.database
    at = await startControl(database, {
      providers: () => [facts('bedrock', true), facts('openai', false)],
      vault: { sealing, endsAtMs: (_, token) => (token.startsWith('ended') ? 1_000 : null) },
      probe: {
        probe: (model) => {
          asked.push(model)
          return Promise.resolve(probed)
        },
      },
    })
    ends.push(() => at.stop(), opened.drop)
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })
  const put = (provider: string, body: unknown, headers = {}) =>
    at.ask(`/api/v1/providers/${provider}/key`, { method: 'PUT', body, headers })
  const take = (provider: string, headers = {}) =>
    at.ask(`/api/v1/providers/${provider}/key`, { method: 'DELETE', headers })

  test('a key is stored sealed, on record with who did it, and told by nothing', async () => {
    const set = await put('openai', { key: `  ${canary}\n` })
    expect([set.status, set.body]).toMatchObject([
      200,
      {
        id: 'openai',
        version: 1,
        kind: 'bearer',
        keyLastFour: '7788',
        pending: [],
        note: null,
        endedAt: null,
      },
    ])
    expect(set.headers.get('etag')).toBe(`"${set.body.revision}"`)
    const [sealed] = await sealedProviderKeys(database)
    if (sealed === undefined) throw new Error('nothing was stored')
    expect(openKey(sealed, sealing)).toEqual({ kind: 'bearer', token: canary })
    const [revision] = (await at.ask('/api/v1/revisions?limit=1')).body.data
    expect(revision).toMatchObject({ number: set.body.revision, actor: { kind: 'service', id: 'service' } })
    const told = JSON.stringify([
      set.body,
      (await at.ask('/api/v1/providers')).body,
      (await at.ask('/api/v1/providers/openai/keys')).body,
      (await at.ask('/api/v1/revisions')).body,
      await at.control.snapshotSource.latest(),
      at.log,
      await sealedProviderKeys(database),
    ])
    expect(told).not.toContain(canary)
  })

  test('the snapshot carries nothing of it: a change makes a revision of the same parts', async () => {
    const before = await at.control.snapshotSource.latest()
    await put('openai', { key: canary })
    const after = await at.control.snapshotSource.latest()
    expect(after?.parts).toEqual(before?.parts)
    expect(after?.revision.number).toBeGreaterThan(before?.revision.number ?? Infinity)
  })

  test('a provider that nobody knows has no record of keys', async () => {
    const unknown = await at.ask('/api/v1/providers/opanai/keys')
    expect(unknown.status).toBe(404)
    expect(unknown.body.error.code).toBe('not_found')
    expect(unknown.body.error.message).toContain('Nearest: openai')
    expect((await at.ask('/api/v1/providers/anthropic/keys')).status).toBe(200)
  })

  test('versions rise; If-Match holds; what is taken away is on record', async () => {
    const etags = async (id: string) => {
      const read = await Promise.all(['', '/keys'].map((below) => at.ask(`/api/v1/providers/${id}${below}`)))
      return read.map(({ headers }) => headers.get('etag'))
    }
    expect(await etags('bedrock')).toEqual(['"0"', '"0"'])
    const first = await put('openai', { key: canary })
    const etag = `"${first.body.revision}"`
    expect(await etags('openai')).toEqual([etag, etag])
    expect((await put('openai', { key: canary }, { 'if-match': '"1"' })).status).toBe(412)
    expect((await take('openai', { 'if-match': '"1"' })).status).toBe(412)
    const second = await put('openai', { key: `${canary}9` }, { 'if-match': `"${first.body.revision}"` })
    expect(second.status).toBe(200)
    expect((await take('openai')).status).toBe(200)
    expect((await take('openai')).status).toBe(404)
    const { data } = (await at.ask('/api/v1/providers/openai/keys')).body
    expect(data.slice(0, 2)).toMatchObject([
      { keyLastFour: '7889', endedBy: { id: 'service' } },
      { keyLastFour: '7788', endedBy: { id: 'service' } },
    ])
    expect(data[0].endedAt).not.toBeNull()
    const page = (await at.ask('/api/v1/providers/openai/keys?limit=1')).body
    const next = (await at.ask(`/api/v1/providers/openai/keys?limit=1&cursor=${page.nextCursor}`)).body
    expect(next.data).toEqual([data[1]])
  })

  test('an AWS access-key pair where the provider takes one, and its secret is not told in part', async () => {
    const pair = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
    expect((await put('bedrock', pair)).body).toMatchObject({ kind: 'aws', keyLastFour: 'MPLE' })
    const sealed = (await sealedProviderKeys(database)).find(({ provider }) => provider === 'bedrock')
    expect(sealed === undefined ? null : openKey(sealed, sealing)).toEqual({
      ...{ kind: 'aws', accessKeyId: pair.accessKeyId, secretAccessKey: pair.key, sessionToken: null },
    })
    expect((await put('openai', pair)).body.error).toMatchObject({ field: 'accessKeyId' })
  })

  test.each<[string, string, unknown, number, string | undefined]>([
    ['an unknown provider', 'opnai', { key: canary }, 404, undefined],
    ['no key', 'openai', {}, 400, 'key'],
    ['an empty key', 'openai', { key: ' ' }, 400, 'key'],
    ['a line break within', 'openai', { key: 'sk-a\nb' }, 400, 'key'],
    ['a header’s worth too much', 'openai', { key: 'k'.repeat(16_385) }, 400, 'key'],
    ['a word that is none', 'openai', { key: canary, secret: canary }, 400, 'secret'],
    ['an end that is past', 'openai', { key: canary, expiresAt: '2020-01-01T00:00:00Z' }, 400, 'expiresAt'],
    ['a token past its own end', 'openai', { key: `ended-${canary}` }, 400, 'key'],
  ])('%s is refused, and what was sent is not quoted', async (_, provider, body, status, field) => {
    const refused = await put(provider, body)
    expect([refused.status, refused.body.error.field]).toEqual([status, field])
    expect(JSON.stringify(refused.body)).not.toContain('sk-')
  })

  test('a token’s own end stands where the given one is later', async () => {
    const later = new Date(testClock.nowMs() + 86_400_000).toISOString()
    expect((await put('openai', { key: canary, expiresAt: later })).body.expiresAt).toBe(later)
    const inADay = (await put('openai', { key: canary, expiresInSeconds: 86_400 })).body.expiresAt
    expect(Date.parse(inADay ?? '')).toBeGreaterThanOrEqual(Date.parse(later))
  })

  test('a trial asks one model in use, is kept, and tells the next step', async () => {
    expect((await at.ask('/api/v1/providers/bedrock/test', { method: 'POST' })).body).toMatchObject({
      ...{ ok: true, latencyMs: 5, mend: null, keySource: 'environment' },
    })
    expect(asked.at(-1)).toMatch(/^eu\./)
    probed = {
      ...{ ok: false, latencyMs: 6, code: 'provider_auth', problem: 'refused' },
      ...{ vendorSays: 'of arn:aws:iam::111122223333:role/x', credential: { ...none, source: 'registry' } },
    }
    const failed = (await at.ask('/api/v1/providers/openai/test', { body: { model: 'gpt-4o' } })).body
    expect(failed).toMatchObject({
      ok: false,
      code: 'provider_auth',
      modelId: 'gpt-4o',
      keySource: 'registry',
    })
    expect(failed.mend).toMatch(/set-key openai/)
    const shown = (await at.ask('/api/v1/providers/openai')).body
    expect(shown.lastTest).toMatchObject({ ok: false, problem: 'refused', keySource: 'registry' })
    // What the vendor says of our account is for who asked.
    expect(JSON.stringify(shown)).not.toContain('arn:')
    const wrong = async (body: object) => (await at.ask('/api/v1/providers/openai/test', { body })).status
    expect([await wrong({ model: 'nothing' }), await wrong({ model: 'eu.amazon.nova-pro-v1:0' })]).toEqual([
      404, 400,
    ])
  })

  test('only a key with the scope admin and without limits changes or tries it', async () => {
    const keyOf = async (more: object) =>
      (await at.ask('/api/v1/keys', { body: { name: 'n', ...more } })).body.key
    const limited = await keyOf({ scopes: ['admin'], routes: ['default'] })
    const reader = await keyOf({ scopes: ['read', 'switch'] })
    for (const key of [limited, reader])
      expect(
        (await at.ask('/api/v1/providers/openai/key', { method: 'PUT', body: { key: canary }, key })).status,
      ).toBe(403)
    expect((await at.ask('/api/v1/providers/openai/test', { body: {}, key: reader })).status).toBe(403)
    expect((await at.ask('/api/v1/providers/openai/keys', { key: reader })).status).toBe(200)
  })
})
