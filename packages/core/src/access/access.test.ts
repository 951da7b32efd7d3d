import { keyId, PointsmanError, workspaceId, type Key, type Principal } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { digestKey } from './digest-key.ts'
import { presentedKey } from './presented-key.ts'
import { principalOf, servicePrincipal } from './principal-of-key.ts'
import { requireScope } from './refuse-key.ts'

const presented = (headers: Readonly<Record<string, string>>): string | null =>
  presentedKey((name) => headers[name])

describe('the key that a request presents', () => {
  test.each([
    ['none', {}, null],
    ['a bearer token', { authorization: 'Bearer k' }, 'k'],
    ['a scheme in any case, parted by a tab or spaces', { authorization: 'bEARER\t  k ' }, 'k'],
    ['a bearer token after many spaces', { authorization: ' bearer \t  k ' }, 'k'],
    ['a bearer token after two spaces', { authorization: 'Bearer  k' }, 'k'],
    ['an empty bearer, then another header', { authorization: 'Bearer ', 'api-key': 'k' }, 'k'],
    ['another scheme', { authorization: 'Basic k' }, null],
    ['an empty x-api-key', { 'x-api-key': '' }, null],
    ['a blank x-api-key, then another header', { 'x-api-key': ' ', 'x-goog-api-key': 'k' }, 'k'],
    ['two', { authorization: 'Bearer first', 'x-api-key': 'second' }, 'first'],
  ])('%s', (_, headers, key) => {
    expect(presented(headers)).toBe(key)
  })
})

const key: Key = {
  id: keyId('k1'),
  name: 'one',
  workspace: workspaceId('default'),
  digest: 'd1',
  scopes: ['invoke'],
  routes: ['default'],
  models: null,
  requestsPerMinute: null,
  spendPerDayNanoUsd: null,
  expiresAtMs: 1_000,
}

const known = { serviceKeyDigests: ['s1', 's2'], keysByDigest: new Map([['d1', key]]), nowMs: 999 }

describe('who a digest stands for', () => {
  test('the service key, also while two are good', () => {
    expect(principalOf('s2', known)).toBe(servicePrincipal)
  })

  test('a key, with its rights, until it expires', () => {
    expect(principalOf('d1', known)).toMatchObject({
      kind: 'key',
      id: 'k1',
      routes: ['default'],
      userId: null,
    })
    expect(principalOf('d1', { ...known, nowMs: 1_000 })).toBeNull()
  })

  test('is compared whole: the first 63 characters of 64 are not enough', () => {
    const [begun, service] = ['a'.repeat(63), 'b'.repeat(63)]
    const long = { ...known, serviceKeyDigests: [`${service}0`], keysByDigest: new Map([[`${begun}0`, key]]) }
    expect(principalOf(`${service}0`, long)).toBe(servicePrincipal)
    for (const digest of [`${service}1`, `${begun}1`, service, begun, `${begun}00`, ''])
      expect(principalOf(digest, long)).toBeNull()
  })

  test('nobody', () => {
    expect(principalOf('d2', known)).toBeNull()
  })
})

test('one of the scopes is enough; the refusal names what is lacking and for what', () => {
  const principal: Principal = { ...servicePrincipal, scopes: ['read'] }
  requireScope(principal, ['invoke', 'read'])
  const refused = () => requireScope(principal, ['admin', 'switch'], 'keys.create')
  expect(refused).toThrow(PointsmanError)
  expect(refused).toThrow('the scope "admin" or "switch", which keys.create needs.')
})

test('a digest is the hex HMAC of the key under the pepper', () => {
  const hmacSha256Hex = (pepper: Uint8Array | string, key: string) => `${pepper.length} ${key}`
  const digests = { sha256Hex: () => '', hmacSha256: () => new Uint8Array(), hmacSha256Hex }
  expect(digestKey(digests, new Uint8Array(3), 'k')).toBe('3 k')
})
