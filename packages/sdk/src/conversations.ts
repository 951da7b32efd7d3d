import type { CallOptions, Connection, Tagged } from './connection.ts'
import { listing, type Listing } from './paging.ts'
import type { SwitchRow } from './switches.ts'

/** Instants are ISO 8601. */
export interface ConversationItem {
  readonly id: string
  /** Its owner; null = it began without one. */
  readonly userId: string | null
  /** That of its latest message or switch. */
  readonly useCase: string | null
  /** The models that it keeps; `*` holds for every use case that has no pin of its own. */
  readonly pins: readonly {
    readonly useCase: string
    readonly modelId: string
    /** The switch that set it; null = it began with this model. */
    readonly switchId: string | null
  }[]
  readonly createdAt: string
  readonly updatedAt: string
  readonly lastActivityAt: string
}

export interface ConversationDetail extends ConversationItem {
  /** Its own switches, newest first, at most 100. */
  readonly switches: readonly SwitchRow[]
  /** That of the last switch that moved it, its own or one of its route; 0 before one. */
  readonly revision: number
}

/** Last changed first; with a signed-in user's token, that user's own. */
export interface Conversations extends Listing<ConversationItem, { readonly userId?: string | undefined }> {
  show(id: string, options?: CallOptions): Promise<Tagged<ConversationDetail>>
}

export function conversationsOf(connection: Connection): Conversations {
  return {
    ...listing<ConversationItem, { readonly userId?: string | undefined }>((question, options) =>
      connection.json('GET', '/api/v1/conversations', { ...options, query: { ...question } }),
    ),
    show: (id, options) =>
      connection.tagged('GET', `/api/v1/conversations/${encodeURIComponent(id)}`, options),
  }
}
