import type { Principal } from '@pointsman/contract'
import { principalOfPerson, type Person } from '@pointsman/core'
import type { Seal, SignInSecrets } from './console-ports.ts'

interface AnySession {
  /** Random; what sign-out ends. */
  readonly id: string
  readonly untilMs: number
}

/** What the cookie of a session holds, sealed: whose key opened it, never the key. */
export interface KeySession extends AnySession {
  /** Of the key: looked up at each request, so that a revoked key ends its sessions. */
  readonly keyDigest: string
}

/** The same of a person whom the issuer told: none of its tokens, and of its claims what became of them. */
export interface PersonSession extends AnySession {
  readonly person: Person
  /** Of the settings by which the person got their scopes. */
  readonly policy: string
}

export type Session = KeySession | PersonSession

export const sealSession = (seal: Seal, session: Session): string =>
  seal.seal('console-session', JSON.stringify(session))

/** Null = no session of ours, or one whose time is over. */
export function openSession(seal: Seal, token: string, nowMs: number): Session | null {
  const text = seal.open('console-session', token)
  if (text === null) return null
  const session = JSON.parse(text) as Session
  return session.untilMs > nowMs ? session : null
}

/** A sign-in at the issuer that is under way: kept by the browser, so that any process of any host can finish it. */
export interface BegunSignIn extends SignInSecrets {
  /** The page to come back to: below the console, and checked. */
  readonly page: string
  readonly policy: string
  readonly untilMs: number
}

export const sealSignIn = (seal: Seal, begun: BegunSignIn): string =>
  seal.seal('console-sign-in', JSON.stringify(begun))

/** Null = none of ours, or one whose time is over. */
export function openSignIn(seal: Seal, token: string, nowMs: number): BegunSignIn | null {
  const text = seal.open('console-sign-in', token)
  if (text === null) return null
  const begun = JSON.parse(text) as BegunSignIn
  return begun.untilMs > nowMs ? begun : null
}

/** What the Playground calls models with: good for minutes, and for what the session's key or person may do. */
export type Ticket = (
  { readonly keyDigest: string } | { readonly person: Pick<Person, 'subject' | 'scopes'> }
) & {
  readonly untilMs: number
}

const ticketPrefix = 'pm_ticket_'

export const sealTicket = (seal: Seal, ticket: Ticket): string =>
  `${ticketPrefix}${seal.seal('console-ticket', JSON.stringify(ticket))}`

/** The digest of the key that a ticket stands for; null = it is no ticket, that of a person, or its time is over. */
export function keyDigestOfTicket(seal: Seal, presented: string, nowMs: () => number): string | null {
  const ticket = openTicket(seal, presented, nowMs)
  return ticket !== null && 'keyDigest' in ticket ? ticket.keyDigest : null
}

/** Who asks with a ticket that stands for a person; null as above. */
export function personOfTicket(seal: Seal, presented: string, nowMs: number): Principal | null {
  const ticket = openTicket(seal, presented, () => nowMs)
  return ticket !== null && 'person' in ticket ? principalOfPerson(ticket.person) : null
}

/** The clock is read only for what is a ticket: every key of every request comes by here. */
function openTicket(seal: Seal, presented: string, nowMs: () => number): Ticket | null {
  if (!presented.startsWith(ticketPrefix)) return null
  const text = seal.open('console-ticket', presented.slice(ticketPrefix.length))
  if (text === null) return null
  const ticket = JSON.parse(text) as Ticket
  return ticket.untilMs > nowMs() ? ticket : null
}
