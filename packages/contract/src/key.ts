import type { KeyId, ModelId, UserId, WorkspaceId } from './ids.ts'

/** `self` is a signed-in user's: list models, chat, switch its own conversations. */
export type KeyScope = 'invoke' | 'read' | 'switch' | 'admin' | 'self'

/** A gateway key as the data plane holds it: its digest, never itself. */
export interface Key {
  readonly id: KeyId
  readonly name: string
  readonly workspace: WorkspaceId
  /** Hex HMAC-SHA-256 of the whole key under the pepper derived from the master key. */
  readonly digest: string
  readonly scopes: readonly KeyScope[]
  /** Route keys (`use-case/clinical`) that it may call; `null` = all. */
  readonly routes: readonly string[] | null
  /** Models that may serve it; `null` = all. */
  readonly models: readonly ModelId[] | null
  readonly requestsPerMinute: number | null
  /** Input and output together; absent = no limit, as in snapshots that were made before there was one. */
  readonly tokensPerMinute?: number
  /** Requests under way at once; absent = no limit. */
  readonly concurrentRequests?: number
  /** Spend limit per UTC day, in nano-dollars. */
  readonly spendPerDayNanoUsd: number | null
  /** Spend limit per UTC month, in nano-dollars; absent = none. */
  readonly spendPerMonthNanoUsd?: number
  /** The key whose limits this one shares since it took its place; absent = its own. A rotation gives no money back. */
  readonly budget?: KeyId
  readonly expiresAtMs: number | null
}

/** Who asks: a key, the service key, a signed-in user, or a person at the console. What authentication leaves for the later stages. */
export interface Principal {
  /** `table`: nobody at a door, but edits of a table that is followed. */
  readonly kind: 'service' | 'key' | 'user' | 'table'
  /** `service`, a key's id, a JWT's subject, `person:` and the subject of whoever signed in with OpenID Connect, a table's name. */
  readonly id: string
  readonly workspace: WorkspaceId
  readonly scopes: readonly KeyScope[]
  readonly routes: readonly string[] | null
  readonly models: readonly ModelId[] | null
  /** What it spends is limited: a model whose price is not known may not serve it. */
  readonly spendLimited?: boolean
  /** Set for a signed-in user: wins over any user id sent. */
  readonly userId: UserId | null
}
