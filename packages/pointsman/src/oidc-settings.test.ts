import { expect, test } from 'vitest'
import { readOidcSettings } from './oidc-settings.ts'

const usual: { readonly [name: string]: string } = {
  POINTSMAN_PUBLIC_URL: 'https://models.example.org/',
  POINTSMAN_OIDC_ISSUER: 'https://login.example/realms/one/',
  POINTSMAN_OIDC_CLIENT_ID: 'pointsman',
  POINTSMAN_OIDC_SCOPES: '{"operators":["read","switch"],"__proto__":["read"]}',
}
const read = (changes: { readonly [name: string]: string } = {}) => {
  const variables = new Map(Object.entries({ ...usual, ...changes }))
  return readOidcSettings((name) => variables.get(name) || null)
}

test('nothing set: people sign in with a key', () => {
  expect(readOidcSettings(() => null)).toBe(null)
})

test('what is usual, and an issuer as it spells itself', () => {
  expect(read()).toMatchObject({
    ...{ issuer: 'https://login.example/realms/one/', clientId: 'pointsman', clientSecret: null },
    ...{ name: 'login.example', publicUrl: 'https://models.example.org', requestedScopes: 'openid profile' },
    ...{ mapping: { claim: 'groups' }, sessionMs: 28_800_000 },
  })
  expect([...(read()?.mapping.scopes ?? [])]).toEqual([
    ['operators', ['read', 'switch']],
    ['__proto__', ['read']],
  ])
  expect(read({ POINTSMAN_OIDC_REQUESTED_SCOPES: 'profile groups' })?.requestedScopes).toBe(
    'openid profile groups',
  )
})

test('the policy changes with what says who may do what, and with nothing else', () => {
  const policy = (changes: { readonly [name: string]: string }) => read(changes)?.policy
  const same = [{ POINTSMAN_OIDC_NAME: 'Login' }, { POINTSMAN_OIDC_CLIENT_SECRET: 'rotated' }]
  for (const changes of same) expect(policy(changes)).toBe(policy({}))
  const others = [
    { POINTSMAN_OIDC_ISSUER: 'https://login.example/realms/two/' },
    { POINTSMAN_OIDC_CLIENT_ID: 'another' },
    { POINTSMAN_OIDC_SCOPES_CLAIM: 'roles' },
    { POINTSMAN_OIDC_SCOPES: '{"operators":["read"]}' },
    { POINTSMAN_OIDC_SESSION_MINUTES: '60' },
  ]
  expect(new Set([{}, ...others].map(policy)).size).toBe(6)
})

test.each([
  [{ POINTSMAN_OIDC_ISSUER: '' }, 'POINTSMAN_OIDC_CLIENT_ID is set, but POINTSMAN_OIDC_ISSUER is not'],
  [{ POINTSMAN_OIDC_ISSUER: 'login.example' }, 'no address'],
  [{ POINTSMAN_OIDC_ISSUER: 'http://login.example' }, 'it takes https'],
  [{ POINTSMAN_OIDC_ISSUER: 'https://a:b@login.example' }, 'no user and no password'],
  [{ POINTSMAN_OIDC_ISSUER: 'https://login.example?x=1' }, 'no query'],
  [{ POINTSMAN_OIDC_ISSUER: 'https://l.example/.well-known/openid-configuration' }, 'before /.well-known/'],
  [{ POINTSMAN_OIDC_CLIENT_ID: '' }, 'POINTSMAN_OIDC_CLIENT_ID is not set'],
  [{ POINTSMAN_PUBLIC_URL: '' }, 'POINTSMAN_PUBLIC_URL is not set'],
  [{ POINTSMAN_PUBLIC_URL: 'http://models.example.org' }, 'it takes https'],
  [{ POINTSMAN_PUBLIC_URL: 'https://models.example.org/console' }, 'has a path'],
  [{ POINTSMAN_OIDC_SCOPES: '' }, 'nobody could sign in'],
  [{ POINTSMAN_OIDC_SCOPES: 'ops=read' }, 'not JSON'],
  [{ POINTSMAN_OIDC_SCOPES: '["read"]' }, 'not an object'],
  [
    { POINTSMAN_OIDC_SCOPES: '{"ops":["read","root"]}' },
    '"ops" must be a list of invoke, read, switch, admin',
  ],
  [{ POINTSMAN_OIDC_SCOPES: '{"ops":["self"]}' }, '"ops" must be a list'],
  [{ POINTSMAN_OIDC_SCOPES: '{"ops":[]}' }, '"ops" must be a list'],
  [{ POINTSMAN_OIDC_SCOPES: '{"ops":["invoke"]}' }, 'gives nobody the scope read'],
  [{ POINTSMAN_OIDC_SESSION_MINUTES: '721' }, 'from 5 to 720'],
  [{ POINTSMAN_OIDC_REQUESTED_SCOPES: 'a"b' }, 'POINTSMAN_OIDC_REQUESTED_SCOPES has'],
])('a wrong value is refused by name: %o', (changes, told) => {
  expect(() => read(changes as { readonly [name: string]: string })).toThrow(told)
})
