import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { principalOf, digestKey } from '@pointsman/core'
import { exportJWK, SignJWT, type JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeDigests } from '../../packages/pointsman/src/serve/digests.ts'
import { api, migratedFolder, removeFolder, startServer, type RunningServer } from '../server.ts'
import { reportFigure } from './figures.ts'
import { inLongForm, isSoak, short } from './form.ts'

/*
 * T32: signed-in users' tokens and keys, against the real program: two workers and a control plane of its own, so three processes
 * that each have to refuse. What a token is checked for in detail: packages/pointsman/src/serve/supabase-tokens.test.ts. No answer
 * carries a secret: packages/control/src/api/no-secrets.test.ts. No vendor sees a key: packages/gateway/src/forwarded-credentials.test.ts.
 */

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const issuer = 'https://clinic.example/auth/v1'
const hour = (): JWTPayload => ({
  ...{ sub: 'ada', role: 'authenticated', iss: issuer, aud: 'authenticated' },
  exp: Math.floor(Date.now() / 1_000) + 3_600,
})
const sign = (claims: JWTPayload, key = rsa.privateKey, kid = 'one'): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(key)
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

let server: RunningServer
let jwks: Server
let dataDir: string
/** One promise has one figure: the long form adds to it. */
let revoked = ''
beforeAll(async () => {
  const set = JSON.stringify({ keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'one', alg: 'RS256' }] })
  jwks = createServer((_, response) => void response.end(set)).listen(0, '127.0.0.1')
  await once(jwks, 'listening')
  dataDir = await migratedFolder()
  server = await startServer({
    dataDir,
    environment: {
      POINTSMAN_WORKERS: '2',
      SUPABASE_JWKS_URL: `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/jwks`,
      SUPABASE_JWT_ISSUER: issuer,
      SUPABASE_JWT_AUDIENCE: 'authenticated',
    },
  })
}, 180_000)
afterAll(async () => {
  await server.kill('SIGTERM')
  jwks.close()
  await removeFolder(dataDir)
})

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}`, connection: 'close' } })
const chat = { model: 'default', messages: [{ role: 'user', content: 'Hello' }] }
/** One path of each plane, and one that chats. */
const statuses = async (token: string): Promise<readonly number[]> =>
  Promise.all(
    [
      api(server, '/v1/models', bearer(token)),
      api(server, '/v1/chat/completions', { ...bearer(token), body: chat }),
      api(server, '/api/v1/models', bearer(token)),
    ].map(async (asked) => (await asked).status),
  )

async function forgeries(): Promise<{ readonly [name: string]: string }> {
  const good = hour()
  const [head = '', body = '', signature = ''] = (await sign(good)).split('.')
  const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' })
  const asSecret = `${base64url({ alg: 'HS256', kid: 'one' })}.${body}`
  return {
    'alg none': `${base64url({ alg: 'none' })}.${body}.`,
    'alg none with a signature': `${base64url({ alg: 'none', kid: 'one' })}.${body}.${signature}`,
    'HS256 with the public key': `${asSecret}.${createHmac('sha256', pem).update(asSecret).digest('base64url')}`,
    'an unknown kid': await sign(good, stranger.privateKey, 'another'),
    "another's key under the known kid": await sign(good, stranger.privateKey),
    expired: await sign({ ...good, exp: Math.floor(Date.now() / 1_000) - 10 }),
    'without an end': await sign({ ...good, exp: undefined as never }),
    'not yet': await sign({ ...good, nbf: Math.floor(Date.now() / 1_000) + 60 }),
    'another issuer': await sign({ ...good, iss: 'https://elsewhere.example' }),
    'another audience': await sign({ ...good, aud: 'anon' }),
    'other claims': `${head}.${base64url({ ...good, role: 'service_role' })}.${signature}`,
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
  }
}

test('T32: a good token opens, and each forgery is refused by every plane', async () => {
  expect(await statuses(await sign(hour()))).toEqual([200, 200, 200])
  for (const [name, token] of Object.entries(await forgeries()))
    expect([name, ...(await statuses(token))]).toEqual([name, 401, 401, 401])
})

test('T32: tokens that are equal in their first 1,000 characters are two users', async () => {
  const long = { pad: 'x'.repeat(1_000), ...hour() }
  const [ada, bob] = await Promise.all([sign({ ...long, sub: 'ada' }), sign({ ...long, sub: 'bob' })])
  expect(ada.slice(0, 1_000)).toBe(bob.slice(0, 1_000))
  const begun = await api<{ data: { scope: { id: string } } }>(server, '/api/v1/switches', {
    ...bearer(ada),
    body: { modelId: 'eu.amazon.nova-lite-v1:0', conversationId: 'c-of-ada' },
  })
  expect(begun.status).toBe(200)
  expect((await api(server, '/api/v1/conversations/c-of-ada', bearer(ada))).status).toBe(200)
  expect((await api(server, '/api/v1/conversations/c-of-ada', bearer(bob))).status).toBe(404)
  expect(await statuses(`${ada.slice(0, -6)}${bob.slice(-6)}`)).toEqual([401, 401, 401])
})

test('T32: a revoked key ends within a second in every process, under load', async () => {
  const rounds = short(5, 50)
  let slowestMs = 0
  for (let round = 0; round < rounds; round++) {
    const { body: made } = await api<{ id: string; key: string }>(server, '/api/v1/keys', {
      body: { name: `round ${round}`, scopes: ['invoke', 'read'] },
    })
    expect(await statuses(made.key)).toEqual([200, 200, 200])
    await api(server, `/api/v1/keys/${made.id}`, { method: 'DELETE' })
    const startedMs = performance.now()
    // New connections, so that each worker is met.
    for (let clean = 0; clean < 8;) {
      const refused = (await statuses(made.key)).every((status) => status === 401)
      clean = refused ? clean + 1 : 0
      if (!refused) slowestMs = Math.max(slowestMs, performance.now() - startedMs)
      expect(performance.now() - startedMs).toBeLessThan(short(25_000, 5_000))
    }
  }
  expect(slowestMs).toBeLessThan(short(5_000, 1_000))
  revoked = `${rounds} keys revoked, 3 processes: last answer ${slowestMs.toFixed(0)} ms after`
  reportFigure('T32', revoked)
})

test('T32: an open stream ends with the time of its token', async () => {
  const now = Math.floor(Date.now() / 1_000)
  const token = await sign({ ...hour(), exp: now })
  const answer = await fetch(`${server.url}/api/v1/notifications/stream`, bearer(token))
  expect(answer.status).toBe(200)
  const startedMs = performance.now()
  expect(await answer.text()).toContain('{"reason":"access_ended"}')
  // Five seconds of leeway, one until it is looked for.
  expect(performance.now() - startedMs).toBeLessThan(short(40_000, 11_000))
})

/*
 * A key is looked up by its keyed digest: no compare ends early at a character of it. That is to be read in principalOf; the long
 * form measures it, too.
 */
describe.runIf(isSoak)(inLongForm('T32: time tells nothing'), () => {
  test('T32: a wrong first and a wrong last character take the same time (Welch t < 4.5)', () => {
    const pepper = Buffer.alloc(32, 7)
    const digest = (text: string): string => digestKey(nodeDigests, pepper, text)
    // Many keys: where one digest stands in the table is a difference of that key, not of its first or last character.
    const keys = Array.from({ length: 20_000 }, () => `pm_abcdefghijkl_${randomBytes(24).toString('hex')}`)
    const keysByDigest = new Map(keys.map((key) => [digest(key), { expiresAtMs: null }])) as never
    const wrong = keys.map(
      (key) => [Buffer.from(`x${key.slice(1)}`), Buffer.from(`${key.slice(0, -1)}x`)] as const,
    )
    const serviceKeyDigests = [digest('service')]
    const look = (presented: string): number => {
      const startedNs = process.hrtime.bigint()
      principalOf(digest(presented), { serviceKeyDigests, keysByDigest, nowMs: 0 })
      return Number(process.hrtime.bigint() - startedNs)
    }
    const times: readonly [number[], number[]] = [[], []]
    for (let sample = 0; sample < 1_000_000; sample++) {
      const side = Math.random() < 0.5 ? 0 : 1
      const presented = wrong[Math.floor(Math.random() * wrong.length)]?.[side].toString('latin1') ?? ''
      times[side].push(look(presented))
    }
    const [first, last] = times.map((all) => {
      // Collections and interrupts are noise of both sides.
      const kept = all
        .slice(1_000)
        .sort((a, b) => a - b)
        .slice(0, Math.floor(all.length * 0.95))
      const mean = kept.reduce((sum, one) => sum + one, 0) / kept.length
      const variance = kept.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (kept.length - 1)
      return { mean, spread: variance / kept.length }
    })
    if (first === undefined || last === undefined) throw new Error('nothing was measured')
    const t = Math.abs(first.mean - last.mean) / Math.sqrt(first.spread + last.spread)
    reportFigure('T32', `${revoked}; Welch t ${t.toFixed(2)} over 1,000,000 look-ups`)
    expect(t).toBeLessThan(4.5)
  })
})
