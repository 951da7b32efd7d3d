import type { KeyScope } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { hasMappedClaim, personOfClaims, principalOfPerson } from './person-of-claims.ts'

const scopes = new Map<string, readonly KeyScope[]>([
  ['operators', ['switch', 'read']],
  ['admins', ['admin', 'read', 'invoke']],
])
const scopesOf = (claims: object, claim = 'groups', given = scopes) =>
  personOfClaims({ sub: 'ada', ...claims }, { claim, scopes: given })?.scopes

describe('what a person may do', () => {
  test.each([
    ['nothing is claimed', {}, []],
    ['a group', { groups: ['operators'] }, ['read', 'switch']],
    ['several groups', { groups: ['operators', 'else', 'admins'] }, ['invoke', 'read', 'switch', 'admin']],
    ['one value as a text', { groups: 'operators' }, ['read', 'switch']],
    ['a text with several names is one value', { groups: 'operators admins' }, []],
    ['another spelling', { groups: ['Operators', ' operators'] }, []],
    ['what is no text', { groups: [['operators'], { operators: true }, 1, null] }, []],
    ['an object', { groups: { operators: true } }, []],
    ['names that every object has', { groups: ['constructor', '__proto__', 'toString'] }, []],
    ['a group with the name of the wildcard', { groups: ['*'] }, []],
  ])('%s', (_, claims, expected) => {
    expect(scopesOf(claims)).toEqual(expected)
  })

  test('a claim whose name holds dots, and a way into claims', () => {
    const groups = ['operators']
    expect(scopesOf({ 'https://a.example/roles': groups }, 'https://a.example/roles')).toEqual([
      'read',
      'switch',
    ])
    expect(scopesOf({ realm_access: { roles: groups } }, 'realm_access.roles')).toEqual(['read', 'switch'])
    for (const claim of ['__proto__', 'constructor.name', 'groups.length', 'groups.0', ''])
      expect(scopesOf({ groups }, claim)).toEqual([])
  })

  test('the wildcard is for whoever is signed in', () => {
    const everybody = new Map<string, readonly KeyScope[]>([...scopes, ['*', ['read']]])
    expect(scopesOf({}, 'groups', everybody)).toEqual(['read'])
    expect(scopesOf({ groups: ['*'] }, 'groups', new Map([['*', ['read']]]))).toEqual(['read'])
  })

  test('whether the claim is there at all', () => {
    expect(hasMappedClaim({ groups: [] }, { claim: 'groups', scopes })).toBe(true)
    expect(hasMappedClaim({}, { claim: 'toString', scopes })).toBe(false)
  })
})

describe('who it is', () => {
  const named = (claims: object) => personOfClaims(claims as { sub?: unknown }, { claim: 'groups', scopes })

  test.each([
    [{}],
    [{ sub: '' }],
    [{ sub: ' ' }],
    [{ sub: 1 }],
    [{ sub: 'a\nb' }],
    [{ sub: 'a'.repeat(249) }],
  ])('nobody: %o', (claims) => {
    expect(named(claims)).toBe(null)
  })

  test('a name is shown, bounded and without what moves or hides text', () => {
    expect(named({ sub: 's', name: ' Ada\u202e\u0000 L. ' })?.name).toBe('Ada L.')
    expect(named({ sub: 's', name: '\u200b', preferred_username: 'ada' })?.name).toBe('ada')
    expect([...(named({ sub: 's', name: '😀'.repeat(500) })?.name ?? '')]).toHaveLength(100)
    expect(named({ sub: 's', name: { toString: 1 } })?.name).toBe('s')
  })

  test('is an actor apart from the users of apps, and acts for everybody', () => {
    expect(principalOfPerson({ subject: 'ada', scopes: ['read'] })).toMatchObject({
      kind: 'user',
      id: 'person:ada',
      userId: null,
      routes: null,
      scopes: ['read'],
    })
  })
})
