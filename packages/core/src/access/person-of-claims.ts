import { defaultWorkspace, type KeyScope, type Principal } from '@pointsman/contract'

/** Somebody who signed in with OpenID Connect, and what they may do. */
export interface Person {
  /** The issuer's own id of them: stable, and never reused there. */
  readonly subject: string
  readonly name: string
  readonly scopes: readonly KeyScope[]
}

/** Which claim tells what somebody may do, and what each of its values opens. */
export interface ScopeMapping {
  /** A claim's name, or a way into claims: `groups`, `https://example.org/roles`, `realm_access.roles`. */
  readonly claim: string
  /** By value of the claim; `*` = whoever the issuer signs in. */
  readonly scopes: ReadonlyMap<string, readonly KeyScope[]>
}

/** What a token says, its signature, dates and audience already checked. Members are read only where they are the object's own. */
export interface Claims {
  readonly [name: string]: unknown
}

/** In the order in which people read them. `self` is no person's of the console: it is an app's user's. */
const grantable: readonly KeyScope[] = ['invoke', 'read', 'switch', 'admin']
/** With `person:` before it, it stands in records, whose names have 256. */
const maxSubjectCharacters = 248
const maxNameCharacters = 100
const controlCharacters = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Null = the claims name nobody: no subject, or one that could not stand in a record. */
export function personOfClaims(claims: Claims, mapping: ScopeMapping): Person | null {
  const subject = ownMember(claims, 'sub')
  if (typeof subject !== 'string' || subject.trim() === '' || subject.length > maxSubjectCharacters)
    return null
  if (subject.search(controlCharacters) !== -1) return null
  return { subject, name: nameOf(claims) ?? subject, scopes: scopesOfClaims(claims, mapping) }
}

/** Whether the claim that the mapping reads is there at all: an issuer may tell it elsewhere. */
export const hasMappedClaim = (claims: Claims, { claim }: ScopeMapping): boolean =>
  memberAt(claims, claim) !== undefined

/** Who asks, in the session of a person. No user id: an operator acts for everybody, as a key does. */
export const principalOfPerson = ({ scopes, subject }: Pick<Person, 'scopes' | 'subject'>): Principal => ({
  kind: 'user',
  // Apart from the users of apps, whose ids other issuers give.
  id: `person:${subject}`,
  workspace: defaultWorkspace,
  scopes,
  routes: null,
  models: null,
  userId: null,
})

function scopesOfClaims(claims: Claims, { claim, scopes }: ScopeMapping): readonly KeyScope[] {
  const granted = new Set(
    ['*', ...valuesOf(memberAt(claims, claim))].flatMap((value) => scopes.get(value) ?? []),
  )
  return grantable.filter((scope) => granted.has(scope))
}

/** A text is one value, spaces and all: what it is parted by, only its issuer knows. */
const valuesOf = (said: unknown): readonly string[] =>
  // A group that somebody named `*` is no wildcard.
  (Array.isArray(said) ? said : [said]).filter(
    (value): value is string => typeof value === 'string' && value !== '*',
  )

/** A name may hold dots itself; only what is no name is taken for a way. */
function memberAt(claims: Claims, path: string): unknown {
  const named = ownMember(claims, path)
  if (named !== undefined) return named
  return path.split('.').reduce<unknown>(ownMember, claims)
}

const ownMember = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Claims)[name]
    : undefined

function nameOf(claims: Claims): string | null {
  for (const claim of ['name', 'preferred_username', 'email']) {
    const said = ownMember(claims, claim)
    const name = typeof said === 'string' ? said.replaceAll(controlCharacters, '').trim() : ''
    if (name !== '') return Array.from(name).slice(0, maxNameCharacters).join('')
  }
  return null
}
