import type { Actor } from '@pointsman/contract'
import type { CallOptions, Connection } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** That a person's name was erased; never the name. */
export interface Erasure {
  readonly id: string
  /** What stands in the place of the name from then on. */
  readonly seal: string
  /** ISO 8601. */
  readonly erasedAt: string
  readonly actor: Actor
  /** Rows that no longer name the person; `kept` are records from before names could be erased. */
  readonly counts: {
    readonly switches: number
    readonly approvals: number
    readonly kept: number
    readonly conversations: number
    readonly pins: number
    readonly messages: number
    /** Kept prompts and answers that were removed; absent in erasures from before any were kept. */
    readonly captured?: number
  }
}

export interface Erasures extends Listing<Erasure> {
  /** Erases a person from switches, conversations and usage. The chain of switches stays whole. */
  create(userId: string, options?: CallOptions): Promise<Erasure>
}

export const erasuresOf = (connection: Connection): Erasures => ({
  ...listing<Erasure, unknown>((question, options) =>
    connection.json('GET', '/api/v1/erasures', { ...options, query: { ...question } }),
  ),
  create: (userId, options) => connection.json('POST', '/api/v1/erasures', { ...options, body: { userId } }),
})
