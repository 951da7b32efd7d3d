import type { Seal } from './console-ports.ts'

/** What a session's cookie holds, sealed: whose key opened it, never the key. */
export interface Session {
  /** Random; what sign-out ends. */
  readonly id: string
  /** Of the key: looked up at each request, so that a revoked key ends its sessions. */
  readonly keyDigest: string
  readonly untilMs: number
}

export const sealSession = (seal: Seal, session: Session): string =>
  seal.seal('console-session', JSON.stringify(session))

/** Null = no session of ours, or one whose time is over. */
export function openSession(seal: Seal, token: string, nowMs: number): Session | null {
  const text = seal.open('console-session', token)
  if (text === null) return null
  const session = JSON.parse(text) as Session
  return session.untilMs > nowMs ? session : null
}

/** What the Playground calls models with: good for minutes, and for what the session's key may do. */
export interface Ticket {
  readonly keyDigest: string
  readonly untilMs: number
}

const ticketPrefix = 'pm_ticket_'

export const sealTicket = (seal: Seal, ticket: Ticket): string =>
  `${ticketPrefix}${seal.seal('console-ticket', JSON.stringify(ticket))}`

/** The digest of the key that a ticket stands for; null = it is no ticket, or its time is over. */
export function keyDigestOfTicket(seal: Seal, presented: string, nowMs: number): string | null {
  if (!presented.startsWith(ticketPrefix)) return null
  const text = seal.open('console-ticket', presented.slice(ticketPrefix.length))
  if (text === null) return null
  const ticket = JSON.parse(text) as Ticket
  return ticket.untilMs > nowMs ? ticket.keyDigest : null
}
