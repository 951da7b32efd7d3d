import { PointsmanError, type Principal } from '@pointsman/contract'
import { digestKey, principalOf } from '@pointsman/core'
import { endConsoleSession, isConsoleSessionEnded, type Database } from '@pointsman/registry'
import type { Authenticate, AuthenticationParts } from '../keys/authenticate.ts'
import type { RandomBytes } from '../ports.ts'
import type { Seal } from './console-ports.ts'
import { openSession, sealSession, sealTicket, type Session } from './session-token.ts'
import { readSessionCookie } from './session-cookie.ts'

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
  readonly randomBytes: RandomBytes
  readonly authentication: AuthenticationParts
}

/**
 * Sessions of the web console: a cookie that holds, sealed, the digest of the key that opened it. Each request looks that
 * digest up as if the key had been sent, so that a key's end ends its sessions, too. Nothing is kept of them but which ones
 * were signed out of before their time.
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
  const look = async (headers: Headers): Promise<SignedIn | null> => {
    requireOwnPage(headers)
    const token = readSessionCookie(headers)
    const session = token === null ? null : openSession(seal, token, nowMs())
    const principal = session === null ? null : principalOfDigest(session.keyDigest)
    if (session === null || principal === null || (await isConsoleSessionEnded(database, session.id)))
      return null
    return { session, principal }
  }
  const find = async (headers: Headers): Promise<SignedIn> => {
    const signedIn = await look(headers)
    if (signedIn !== null) return signedIn
    throw readSessionCookie(headers) === null
      ? new PointsmanError('missing_key', 'Nobody is signed in. Sign in with a key.')
      : new PointsmanError('invalid_key', 'This session has ended. Sign in again.')
  }
  return {
    signIn: (key) => {
      const keyDigest = digestKey(authentication.digests, authentication.pepper, key)
      const principal = principalOfDigest(keyDigest)
      if (principal === null) throw unknownKey(authentication)
      if (!principal.scopes.includes('read')) throw mayNotRead(principal)
      const id = hex(parts.randomBytes(16))
      const session = { id, keyDigest, untilMs: nowMs() + sessionMs }
      return { session, principal, token: sealSession(seal, session) }
    },
    look,
    find,
    authenticate: async (headers) => (await find(headers)).principal,
    ticket: ({ keyDigest, untilMs }) => {
      const ticket = { keyDigest, untilMs: Math.min(untilMs, nowMs() + ticketMs) }
      return { ticket: sealTicket(seal, ticket), untilMs: ticket.untilMs }
    },
    end: ({ id, untilMs }) => endConsoleSession(database, { id, untilMs, nowMs: nowMs() }),
  }
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

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
