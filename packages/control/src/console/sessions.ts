import { PointsmanError, type Principal } from '@pointsman/contract'
import { digestKey, principalOf, principalOfPerson, type Person } from '@pointsman/core'
import { endConsoleSession, isConsoleSessionEnded, type Database } from '@pointsman/registry'
import type { Authenticate, AuthenticationParts } from '../keys/authenticate.ts'
import type { RandomBytes } from '../ports.ts'
import type { Oidc, Seal } from './console-ports.ts'
import { readCookie, sessionCookie } from './cookies.ts'
import { openSession, sealSession, sealTicket, type PersonSession, type Session } from './session-token.ts'

/** A working day; whoever stays longer signs in again. */
const sessionMs = 12 * 3_600_000
/** Long enough for one answer of a model to begin. */
const ticketMs = 5 * 60_000

export interface SignedIn {
  readonly session: Session
  readonly principal: Principal
}

export interface Sessions {
  /** Throws PointsmanError `invalid_key`, `forbidden`. */
  signIn(key: string): SignedIn & { readonly token: string }
  /** Of somebody whom the issuer told, whose scopes open the console. */
  signInPerson(person: Person, oidc: Oidc): { readonly session: PersonSession; readonly token: string }
  /** Who is signed in; null = nobody, or no longer. */
  look(headers: Headers): Promise<SignedIn | null>
  /** Who a request's cookie stands for. Throws PointsmanError `missing_key`, `invalid_key`. */
  find(headers: Headers): Promise<SignedIn>
  /** The same for the endpoints that the console is served with. */
  readonly authenticate: Authenticate
  ticket(session: Session): { readonly ticket: string; readonly untilMs: number }
  end(session: Session): Promise<void>
}

export interface SessionsParts {
  readonly database: Database
  readonly seal: Seal
  /** Absent = nobody signs in there, and sessions of those who did have ended. */
  readonly oidc?: Oidc | undefined
  readonly randomBytes: RandomBytes
  readonly authentication: AuthenticationParts
}

/**
 * Sessions of the web console: a cookie that holds, sealed, the digest of the key that opened it, or the person whom the issuer
 * told. Each request looks the digest up as if the key had been sent, so that a key's end ends its sessions, too; a person's
 * end with the settings that gave them their scopes. Nothing is kept of them but which ones were signed out of before their time.
 */
export function createSessions(parts: SessionsParts): Sessions {
  const { authentication, database, seal } = parts
  const { nowMs } = authentication
  const principalOfDigest = (digest: string): Principal | null =>
    principalOf(digest, {
      serviceKeyDigests: authentication.serviceKeyDigests,
      keysByDigest: authentication.keysByDigest(),
      nowMs: nowMs(),
    })
  const principalOfSession = (session: Session): Principal | null => {
    if ('keyDigest' in session) return principalOfDigest(session.keyDigest)
    return session.policy === parts.oidc?.policy ? principalOfPerson(session.person) : null
  }
  const look = async (headers: Headers): Promise<SignedIn | null> => {
    requireOwnPage(headers)
    const token = readCookie(headers, sessionCookie)
    const session = token === null ? null : openSession(seal, token, nowMs())
    const principal = session === null ? null : principalOfSession(session)
    if (session === null || principal === null || (await isConsoleSessionEnded(database, session.id)))
      return null
    return { session, principal }
  }
  const find = async (headers: Headers): Promise<SignedIn> => {
    const signedIn = await look(headers)
    if (signedIn !== null) return signedIn
    throw readCookie(headers, sessionCookie) === null
      ? new PointsmanError('missing_key', 'Nobody is signed in. Sign in at /console.')
      : new PointsmanError('invalid_key', 'This session has ended. Sign in again.')
  }
  return {
    signIn: (key) => {
      const keyDigest = digestKey(authentication.digests, authentication.pepper, key)
      const principal = principalOfDigest(keyDigest)
      if (principal === null) throw unknownKey(authentication)
      if (!principal.scopes.includes('read')) throw mayNotRead(principal)
      const session = { id: randomHex(parts.randomBytes, 16), keyDigest, untilMs: nowMs() + sessionMs }
      return { session, principal, token: sealSession(seal, session) }
    },
    signInPerson: (person, oidc) => {
      const untilMs = nowMs() + Math.min(sessionMs, oidc.sessionMs)
      const session = { id: randomHex(parts.randomBytes, 16), person, policy: oidc.policy, untilMs }
      return { session, token: sealSession(seal, session) }
    },
    look,
    find,
    authenticate: async (headers) => (await find(headers)).principal,
    ticket: (session) => {
      const untilMs = Math.min(session.untilMs, nowMs() + ticketMs)
      return { ticket: sealTicket(seal, { ...holderOf(session), untilMs }), untilMs }
    },
    end: async ({ id, untilMs }) => {
      await endConsoleSession(database, { id, untilMs, nowMs: nowMs() })
    },
  }
}

const holderOf = (session: Session) =>
  'keyDigest' in session
    ? { keyDigest: session.keyDigest }
    : { person: { subject: session.person.subject, scopes: session.person.scopes } }

export const randomHex = (randomBytes: RandomBytes, count: number): string =>
  Array.from(randomBytes(count), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Its value says nothing; that it is there does. */
export const ownPageHeader = 'x-pointsman-console'

/**
 * That the console's own page asks, and not a page elsewhere for it: no other origin can have a browser send a header of its own
 * without asking first, which is answered to nobody. Beside SameSite, which a page on another port of this host passes.
 */
export function requireOwnPage(headers: Headers): void {
  const site = headers.get('sec-fetch-site')
  if (headers.get(ownPageHeader) !== null && (site === null || site === 'same-origin')) return
  throw new PointsmanError(
    'forbidden',
    `This path answers the console's own pages only. Programs call /api/v1 with a key.`,
  )
}

const unknownKey = ({ mayMissKeys }: AuthenticationParts): PointsmanError =>
  mayMissKeys()
    ? new PointsmanError(
        'registry_unavailable',
        'The database is away, so this key cannot be checked just now. Try again in a moment.',
      )
    : new PointsmanError(
        'invalid_key',
        'This server does not know this key. It may be mistyped, revoked or expired, or belong to another server.',
        { field: 'key' },
      )

const mayNotRead = ({ scopes }: Principal): PointsmanError =>
  new PointsmanError(
    'forbidden',
    `This key has ${scopes.length === 0 ? 'no scope' : `scope ${scopes.join(', ')}`}; the console needs one with scope read. "pointsman keys create --name NAME --scopes read,switch" makes one.`,
    { field: 'key' },
  )
