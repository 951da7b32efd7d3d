import type { Oidc } from '@pointsman/control'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readOidcSettings } from '../../oidc-settings.ts'
import { createOidc } from './create-oidc.ts'
import { client, nonce, startFalseIssuer, type FalseIssuer, type Said } from './testing/false-issuer.ts'

let issuer: FalseIssuer
let lines: string[]
beforeEach(async () => {
  issuer = await startFalseIssuer()
  lines = []
})
afterEach(() => issuer.stop())

function oidcOf(changes: { readonly [name: string]: string } = {}): Oidc {
  const variables: { readonly [name: string]: string } = {
    POINTSMAN_PUBLIC_URL: 'https://models.example.org',
    POINTSMAN_OIDC_ISSUER: issuer.url,
    POINTSMAN_OIDC_CLIENT_ID: client.id,
    POINTSMAN_OIDC_CLIENT_SECRET: client.secret,
    POINTSMAN_OIDC_SCOPES: '{"operators":["read","switch"]}',
    ...changes,
  }
  const settings = readOidcSettings((name) => variables[name] || null)
  if (settings === null) throw new Error('no settings')
  const log = (...line: unknown[]): void => void lines.push(JSON.stringify(line))
  return createOidc({ settings, privateHosts: [], log })
}

const secrets = { state: 'the state', nonce, verifier: 'v'.repeat(64) }
const finish = (oidc = oidcOf(), answer: { readonly [name: string]: string } = {}) =>
  oidc.finish(secrets, new URLSearchParams({ code: 'the-code-of-it', state: secrets.state, ...answer }))
const say = (said: Partial<Said>): void => void Object.assign(issuer.said, said)

test('who the issuer tells, with what their groups open', async () => {
  expect(await finish()).toEqual({ person: { subject: 'ada', name: 'Ada', scopes: ['read', 'switch'] } })
  const [asked] = issuer.asked
  expect(asked?.authorization).toMatch(/^Basic /)
  expect(Object.fromEntries(asked?.form ?? [])).toEqual({
    grant_type: 'authorization_code',
    code: 'the-code-of-it',
    redirect_uri: 'https://models.example.org/console/api/session/oidc/callback',
    code_verifier: secrets.verifier,
  })
})

test('the way there carries the challenge, never what it is made of', async () => {
  const begun = await oidcOf().begin(secrets)
  const url = new URL('url' in begun ? begun.url : '')
  expect(`${url.origin}${url.pathname}`).toBe(`${issuer.url}/auth`)
  expect(url.href).not.toContain(secrets.verifier)
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    ...{ response_type: 'code', client_id: client.id, scope: 'openid profile', state: 'the state' },
    ...{ code_challenge_method: 'S256', nonce },
    redirect_uri: 'https://models.example.org/console/api/session/oidc/callback',
  })
})

const seconds = (from: number): number => Math.floor(Date.now() / 1_000) + from

describe('a token that must not be trusted', () => {
  test.each<[string, Partial<Said>]>([
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another client', { claims: { aud: 'another' } }],
    ['for several clients, none of them named as its party', { claims: { aud: [client.id, 'another'] } }],
    ['for several clients, made for another', { claims: { aud: [client.id, 'another'], azp: 'another' } }],
    ['of another sign-in', { claims: { nonce: 'another' } }],
    ['of no sign-in', { claims: { nonce: undefined } }],
    ['that ended', { claims: { exp: seconds(-60) } }],
    ['that never ends', { claims: { exp: undefined } }],
    ['that ends in words', { claims: { exp: 'tomorrow' } }],
    ['that begins later', { claims: { nbf: seconds(120) } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['whose subject is no text', { claims: { sub: { $ne: 1 } } }],
    ['whose subject is too long', { claims: { sub: 'a'.repeat(300) } }],
    ['signed by a key that nobody knows', { signature: 'unknown key' }],
    ['that is not signed', { signature: 'none' }],
    [
      'that is not signed, which the issuer says it does',
      {
        signature: 'none',
        metadata: { id_token_signing_alg_values_supported: ['RS256', 'none'] },
      },
    ],
    [
      'signed by the client’s own secret',
      {
        signature: 'secret',
        metadata: { id_token_signing_alg_values_supported: ['RS256', 'HS256'] },
      },
    ],
    ['whose user info is somebody else’s', { claims: { groups: undefined }, userinfo: { sub: 'eve' } }],
  ])('%s', async (_, said) => {
    say(said)
    expect(await finish()).toEqual({ problem: 'untrusted' })
    expect(lines).toHaveLength(1)
  })

  test('none comes at all', async () => {
    say({ tokenAnswer: { status: 200, body: '{"access_token":"a","token_type":"Bearer"}' } })
    expect(await finish()).toEqual({ problem: 'untrusted' })
  })
})

test('clocks may differ by half a minute', async () => {
  say({ claims: { iat: seconds(20), nbf: seconds(20), exp: seconds(-20) } })
  expect(await finish()).toHaveProperty('person')
})

test('groups and name come from the user info where the token lacks them; the token wins', async () => {
  say({
    claims: { groups: undefined, name: undefined },
    userinfo: { sub: 'ada', name: 'Ada L.', groups: ['operators'] },
  })
  expect(await finish()).toEqual({ person: { subject: 'ada', name: 'Ada L.', scopes: ['read', 'switch'] } })
  say({ claims: { groups: [], name: undefined } })
  expect(await finish()).toEqual({ problem: 'no-rights' })
  say({ claims: { groups: undefined }, userinfo: null })
  expect(await finish()).toEqual({ problem: 'no-rights' })
  expect(lines.map((line) => /cause":"(.*?)"}/.exec(line)?.[1])).toEqual([
    String.raw`no value of the claim \"groups\" opens read`,
    String.raw`neither the id token nor the user info has the claim \"groups\"`,
  ])
})

test('claims of any size become a person of bounded size', async () => {
  const groups = ['operators', ...Array.from({ length: 5_000 }, (_, index) => `group-${index}`)]
  say({ claims: { groups, name: 'x'.repeat(10_000) } })
  const found = await finish()
  expect(JSON.stringify(found).length).toBeLessThan(300)
  expect(found).toMatchObject({ person: { scopes: ['read', 'switch'] } })
})

test('what the browser brings back is refused by what it says, and nobody’s name is logged', async () => {
  const description = { error_description: 'ada@example.org is not assigned' }
  expect(await finish(oidcOf(), { error: 'access_denied', ...description })).toEqual({ problem: 'denied' })
  expect(await finish(oidcOf(), { error: 'invalid_scope', ...description })).toEqual({ problem: 'refused' })
  expect(await finish(oidcOf(), { error: 'ada@example.org' })).toEqual({ problem: 'refused' })
  expect(await finish(oidcOf(), { state: 'another' })).toEqual({ problem: 'untrusted' })
  expect(await finish(oidcOf(), { iss: 'https://evil.example' })).toEqual({ problem: 'untrusted' })
  const twice = new URLSearchParams([
    ['code', 'one'],
    ['code', 'two'],
    ['state', secrets.state],
  ])
  expect(await oidcOf().finish(secrets, twice)).toEqual({ problem: 'untrusted' })
  expect(issuer.asked).toEqual([])
  expect(lines.join('\n')).not.toMatch(/ada|example\.org/)
})

test.each<[string, { readonly status: number; readonly body: string }, string]>([
  ['a code that is used up', { status: 400, body: '{"error":"invalid_grant"}' }, 'refused'],
  ['a secret that is wrong', { status: 401, body: '{"error":"invalid_client"}' }, 'refused'],
  ['no JSON', { status: 200, body: '<html>' }, 'untrusted'],
  ['a redirect, which is not followed', { status: 302, body: '{}' }, 'untrusted'],
  ['a failure of its own', { status: 502, body: 'bad gateway' }, 'unreachable'],
  ['an answer without end', { status: 200, body: 'x'.repeat(1_100_000) }, 'unreachable'],
])('the issuer answers with %s', async (_, tokenAnswer, problem) => {
  say({ tokenAnswer })
  expect(await finish()).toEqual({ problem })
  expect(lines.join('\n')).not.toMatch(/the-code-of-it|its own secret/)
})

test('an issuer that is away, is another one, or names places that it may not', async () => {
  const begin = async (said: Partial<Said>) => {
    say(said)
    return oidcOf().begin(secrets)
  }
  expect(await begin({ metadata: { issuer: 'https://evil.example' } })).toEqual({ problem: 'untrusted' })
  for (const endpoint of ['javascript:alert(1)', 'http://issuer.example/auth', 'data:text/html,x', 'x'])
    expect(await begin({ metadata: { authorization_endpoint: endpoint } })).toEqual({
      problem: 'unreachable',
    })
  for (const endpoint of [
    'https://169.254.169.254/token',
    'https://10.0.0.7/token',
    'http://issuer.example/t',
  ]) {
    say({ metadata: { token_endpoint: endpoint } })
    expect(await finish()).toEqual({ problem: 'unreachable' })
  }
  const away = oidcOf({ POINTSMAN_OIDC_ISSUER: 'http://127.0.0.1:9' })
  expect(await away.begin(secrets)).toEqual({ problem: 'unreachable' })
  expect(await away.signOutUrl()).toBe(null)
})

test('signing out goes on at the issuer where it offers that', async () => {
  expect(await oidcOf().signOutUrl()).toBe(null)
  say({ metadata: { end_session_endpoint: 'javascript:alert(1)' } })
  expect(await oidcOf().signOutUrl()).toBe(null)
  say({ metadata: { end_session_endpoint: 'https://login.example/out?tenant=1' } })
  expect(await oidcOf().signOutUrl()).toBe(
    `https://login.example/out?tenant=1&client_id=the+client&post_logout_redirect_uri=${encodeURIComponent('https://models.example.org/console/')}`,
  )
})

test('the client proves itself as the issuer takes it', async () => {
  say({ metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } })
  expect(await finish()).toHaveProperty('person')
  expect(issuer.asked[0]?.form.get('client_secret')).toBe(client.secret)
  expect(await finish(oidcOf({ POINTSMAN_OIDC_CLIENT_SECRET: '' }))).toHaveProperty('person')
})

test('a flood of sign-ins that fail leaves one line', async () => {
  const oidc = oidcOf()
  await Promise.all(Array.from({ length: 50 }, () => finish(oidc, { error: 'access_denied' })))
  expect(lines).toHaveLength(1)
})

test('what an issuer says of itself is asked for once for all who come at once', async () => {
  const oidc = oidcOf()
  const all = await Promise.all(Array.from({ length: 5 }, () => oidc.begin(secrets)))
  expect(new Set(all.map((begun) => JSON.stringify(begun))).size).toBe(1)
})
