import { createHmac, generateKeyPairSync } from 'node:crypto'
import type { Principal } from '@pointsman/contract'
import { exportJWK, exportSPKI, SignJWT, type JWTPayload } from 'jose'
import { beforeEach, expect, test } from 'vitest'
import { createSupabaseTokens, type SupabaseTokens } from './supabase-tokens.ts'

const secret = 'a-shared-secret-of-these-tests-32-characters-or-more'
const nowMs = Date.UTC(2026, 10, 25, 12)
const seconds = nowMs / 1_000
const log = (): void => undefined
const hour = { sub: 'ada', role: 'authenticated', exp: seconds + 3_600 }

const bySecret = (claims: JWTPayload = hour, key = secret, alg = 'HS256'): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key))

const noUrl = { jwksUrl: null, issuer: null, audience: null }
const tokensBySecret = (changed: { issuer?: string; audience?: string } = {}): SupabaseTokens =>
  made(createSupabaseTokens({ settings: { ...noUrl, secret, ...changed }, log }))

function made(tokens: SupabaseTokens | null): SupabaseTokens {
  if (tokens === null) throw new Error('no tokens are checked')
  return tokens
}
const whoIs = async (tokens: SupabaseTokens, token: string, atMs = nowMs): Promise<Principal | null> =>
  tokens.check(token, atMs)

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('without a secret and a URL nothing is checked', () => {
  expect(createSupabaseTokens({ settings: { ...noUrl, secret: null }, log })).toBeNull()
})

test('the role decides: the service key, a signed-in user, nobody', async () => {
  const tokens = tokensBySecret()
  const rights = async (claims: JWTPayload) => {
    const principal = await whoIs(tokens, await bySecret({ exp: hour.exp, ...claims }))
    return principal === null ? null : [principal.kind, principal.id, principal.userId, ...principal.scopes]
  }
  expect(await rights({ role: 'service_role' })).toEqual([
    ...['service', 'service', null],
    ...['invoke', 'read', 'switch', 'admin'],
  ])
  expect(await rights({ role: 'authenticated', sub: 'ada' })).toEqual(['user', 'ada', 'ada', 'self'])
  expect(await rights({ role: 'anon' })).toEqual(['user', 'anon', null])
  expect(await rights({ role: 'postgres', sub: 'ada' })).toEqual(['user', 'postgres', null])
  expect(await rights({ role: 'authenticated' })).toBeNull()
  expect(await rights({ role: 'authenticated', sub: 'x'.repeat(257) })).toBeNull()
})

test('dates hold, with five seconds of leeway; a token without an end is none', async () => {
  const tokens = tokensBySecret()
  const lives = async (claims: JWTPayload) =>
    (await whoIs(tokens, await bySecret({ role: 'service_role', ...claims }))) !== null
  expect(await lives({ exp: seconds - 4 })).toBe(true)
  expect(await lives({ exp: seconds - 6 })).toBe(false)
  expect(await lives({ exp: hour.exp, nbf: seconds + 4 })).toBe(true)
  expect(await lives({ exp: hour.exp, nbf: seconds + 6 })).toBe(false)
  expect(await lives({})).toBe(false)
  const token = await bySecret()
  expect(await whoIs(tokens, token)).not.toBeNull()
  // Remembered, but not past its end.
  expect(tokens.check(token, nowMs + 3_604_000)).not.toBeInstanceOf(Promise)
  expect(await whoIs(tokens, token, nowMs + 3_606_000)).toBeNull()
})

test('issuer and audience, where the settings name them', async () => {
  const tokens = tokensBySecret({ issuer: 'https://clinic.example/auth/v1', audience: 'authenticated' })
  const good = { ...hour, iss: 'https://clinic.example/auth/v1', aud: 'authenticated' }
  expect(await whoIs(tokens, await bySecret(good))).not.toBeNull()
  expect(await whoIs(tokens, await bySecret(hour))).toBeNull()
  for (const changed of [{ iss: 'https://other.example' }, { aud: 'other' }]) {
    expect(await whoIs(tokens, await bySecret({ ...good, ...changed }))).toBeNull()
  }
})

test('only HS256 with the secret: no other secret, no other algorithm, no signature left out', async () => {
  const tokens = tokensBySecret()
  const [head, body, signature] = (await bySecret()).split('.')
  const none = base64url({ alg: 'none' })
  const forged = [
    await bySecret(hour, `${secret}x`),
    await bySecret(hour, secret.repeat(2), 'HS512'),
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${base64url({ alg: 'NONE' })}.${body}.${signature}`,
    `${head}.${base64url({ ...hour, sub: 'bob' })}.${signature}`,
    `${head}.${body}.`,
    `${head}.${body}`,
    'a.b.c',
    '..',
  ]
  for (const token of forged) expect(await whoIs(tokens, token), token).toBeNull()
})

test('two tokens that are equal in their first 1,000 characters are two users', async () => {
  const tokens = tokensBySecret()
  const claims = { pad: 'x'.repeat(1_000), role: 'authenticated', exp: hour.exp }
  const ada = await bySecret({ ...claims, sub: 'ada' })
  const bob = await bySecret({ ...claims, sub: 'bob' })
  expect(ada.slice(0, 1_000)).toBe(bob.slice(0, 1_000))
  expect([(await whoIs(tokens, ada))?.id, (await whoIs(tokens, bob))?.id]).toEqual(['ada', 'bob'])
  expect([(await whoIs(tokens, ada))?.id, (await whoIs(tokens, bob))?.id]).toEqual(['ada', 'bob'])
  const cut = `${ada.slice(0, -4)}${bob.slice(-4)}`
  expect(await whoIs(tokens, cut)).toBeNull()
})

const pair = (kind: 'rsa' | 'ec' | 'ed') =>
  kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519')
const pairs = { RS256: pair('rsa'), ES256: pair('ec'), EdDSA: pair('ed') }
type Algorithm = keyof typeof pairs
const algorithms = Object.keys(pairs) as Algorithm[]
const byKey = (alg: Algorithm, kid = `key-${alg}`, claims: JWTPayload = hour): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(pairs[alg].privateKey)
const published = async (...algs: Algorithm[]): Promise<string> =>
  JSON.stringify({
    keys: await Promise.all(
      algs.map(async (alg) => ({ ...(await exportJWK(pairs[alg].publicKey)), kid: `key-${alg}`, alg })),
    ),
  })

let answers: string | null
let asked: number
const fetchText = (): Promise<string> => {
  asked += 1
  return answers === null ? Promise.reject(new Error('away')) : Promise.resolve(answers)
}
const tokensByUrl = (shared: string | null = null): SupabaseTokens =>
  made(
    createSupabaseTokens({
      settings: { ...noUrl, secret: shared, jwksUrl: 'https://clinic.example/jwks' },
      log,
      fetchText,
    }),
  )
beforeEach(async () => {
  answers = await published(...algorithms)
  asked = 0
})

test('RS256, ES256 and EdDSA by the keys of the URL, asked once for all', async () => {
  const tokens = tokensByUrl()
  const checked = await Promise.all(algorithms.map(async (alg) => whoIs(tokens, await byKey(alg))))
  expect(checked.map((principal) => principal?.id)).toEqual(['ada', 'ada', 'ada'])
  expect(asked).toBe(1)
  // A shared secret was never named: its tokens are none of ours.
  expect(await whoIs(tokens, await bySecret())).toBeNull()
})

test('a public key is never taken for a secret', async () => {
  const tokens = tokensByUrl(secret)
  const pem = await exportSPKI(await asCryptoKey())
  const content = `${base64url({ alg: 'HS256', kid: 'key-RS256' })}.${base64url(hour)}`
  for (const key of [pem, pem.trim(), await published('RS256')]) {
    const signature = createHmac('sha256', key).update(content).digest('base64url')
    expect(await whoIs(tokens, `${content}.${signature}`)).toBeNull()
  }
  answers = JSON.stringify({
    keys: [{ kty: 'oct', k: Buffer.from('known to all').toString('base64url'), kid: 'oct', alg: 'HS256' }],
  })
  const bySet = `${base64url({ alg: 'HS256', kid: 'oct' })}.${base64url(hour)}`
  const signature = createHmac('sha256', 'known to all').update(bySet).digest('base64url')
  expect(await whoIs(tokensByUrl(), `${bySet}.${signature}`)).toBeNull()
})

async function asCryptoKey(): Promise<CryptoKey> {
  const jwk = await exportJWK(pairs.RS256.publicKey)
  return crypto.subtle.importKey('jwk', jwk, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, true, ['verify'])
}

test('a key that was taken away ends within a minute, for tokens that were checked before too', async () => {
  const tokens = tokensByUrl()
  const token = await byKey('ES256')
  expect(await whoIs(tokens, token)).not.toBeNull()
  answers = await published('RS256')
  expect(await whoIs(tokens, token, nowMs + 20_000)).not.toBeNull()
  expect(await whoIs(tokens, token, nowMs + 55_000)).toBeNull()
  expect(await whoIs(tokens, await byKey('RS256'), nowMs + 55_000)).not.toBeNull()
})

test('a new key works at once; invented key ids do not become questions', async () => {
  answers = await published('RS256')
  const tokens = tokensByUrl()
  await whoIs(tokens, await byKey('RS256'))
  answers = await published('RS256', 'EdDSA')
  expect(await whoIs(tokens, await byKey('EdDSA'), nowMs + 6_000)).not.toBeNull()
  expect(asked).toBe(2)
  for (let number = 0; number < 50; number++) {
    expect(await whoIs(tokens, await byKey('ES256', `invented-${number}`), nowMs + 7_000 + number)).toBeNull()
  }
  expect(asked).toBe(2)
})

test('the last good keys stay while the URL is away or answers nonsense; without any it is not 401', async () => {
  const tokens = tokensByUrl()
  const token = await byKey('RS256')
  expect(await whoIs(tokens, token)).not.toBeNull()
  for (const [after, broken] of [null, '{"keys":"none"}', '<html>'].entries()) {
    answers = broken
    expect(await whoIs(tokens, token, nowMs + (after + 1) * 100_000)).not.toBeNull()
  }
  answers = null
  const empty = tokensByUrl()
  await expect(whoIs(empty, token)).rejects.toMatchObject({ code: 'not_ready' })
  answers = await published('RS256')
  expect(await whoIs(empty, token, nowMs + 6_000)).not.toBeNull()
})

test('a token without a key id is tried by each key of its kind', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = await Promise.all(
    [other, pairs.RS256].map(async ({ publicKey }, index) => ({
      ...(await exportJWK(publicKey)),
      kid: `${index}`,
    })),
  )
  answers = JSON.stringify({ keys })
  const token = await new SignJWT(hour).setProtectedHeader({ alg: 'RS256' }).sign(pairs.RS256.privateKey)
  expect((await whoIs(tokensByUrl(), token))?.id).toBe('ada')
})
