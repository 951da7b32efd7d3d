import type { KeyScope } from '@pointsman/contract'
import type { Behind } from './behind.ts'
import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** A key as lists show it: never itself. */
export interface KeyItem {
  readonly id: string
  readonly name: string
  readonly lastFour: string
  readonly scopes: readonly KeyScope[]
  /** Routes that it may call, models that may serve it; null = all. */
  readonly routes: readonly string[] | null
  readonly models: readonly string[] | null
  readonly requestsPerMinute: number | null
  /** Input and output together. */
  readonly tokensPerMinute: number | null
  /** Requests under way at once. */
  readonly concurrentRequests: number | null
  /** By UTC day and month. */
  readonly spendPerDayUsd: number | null
  readonly spendPerMonthUsd: number | null
  /** ISO 8601. */
  readonly createdAt: string
  /** Its last request to a model that is in the records. */
  readonly lastUsedAt: string | null
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  /** The key that took its place; until this one ends both are good. */
  readonly replacedBy: string | null
  readonly revision: number
}

/** As it stands now, and who does not know of it yet. */
export type ChangedKey = KeyItem & Behind

/** Shown this once, and kept nowhere. */
export interface NewKey extends KeyItem, Behind {
  readonly key: string
  /** The same key for clients that sign as AWS's do, where it was asked for. */
  readonly aws?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export interface KeyOrder {
  readonly name: string
  /** `invoke` unless set. */
  readonly scopes?: readonly Exclude<KeyScope, 'self'>[] | undefined
  readonly routes?: readonly string[] | null | undefined
  readonly models?: readonly string[] | null | undefined
  readonly requestsPerMinute?: number | null | undefined
  readonly tokensPerMinute?: number | null | undefined
  readonly concurrentRequests?: number | null | undefined
  readonly spendPerDayUsd?: number | null | undefined
  readonly spendPerMonthUsd?: number | null | undefined
  /** ISO 8601 with its offset. */
  readonly expiresAt?: string | null | undefined
  /** The same by the server's clock: in how long from now. */
  readonly expiresInSeconds?: number | undefined
  /** Tells an AWS access-key pair of it too. */
  readonly aws?: boolean | undefined
}

/** What is left out stays; null takes a limit away. */
export type KeyChange = {
  readonly [Field in keyof Omit<KeyOrder, 'scopes' | 'aws'>]?: KeyOrder[Field] | undefined
}

export interface RotateOptions extends WriteOptions {
  readonly aws?: boolean | undefined
  /** Until when the old key stays good: ISO 8601 with its offset. */
  readonly until?: string | undefined
  /** The same by the server's clock: for how long from now. */
  readonly overlapSeconds?: number | undefined
}

export interface Keys extends Listing<KeyItem, { readonly includeRevoked?: boolean | undefined }> {
  show(id: string, options?: CallOptions): Promise<Tagged<KeyItem>>
  create(order: KeyOrder, options?: CallOptions): Promise<Tagged<NewKey>>
  /** Another name, other limits or another end; it goes on being used. */
  change(id: string, change: KeyChange, options?: WriteOptions): Promise<Tagged<ChangedKey>>
  /** A new key with the same rights and limits in place of this one, which ends at once, at `until`, or after `overlapSeconds`. */
  rotate(id: string, options?: RotateOptions): Promise<Tagged<NewKey>>
  /** Ends it at once, on every replica that can be reached. */
  revoke(id: string, options?: WriteOptions): Promise<Tagged<ChangedKey>>
}

export function keysOf(connection: Connection): Keys {
  const path = (id: string): string => `/api/v1/keys/${encodeURIComponent(id)}`
  return {
    ...listing<KeyItem, { readonly includeRevoked?: boolean | undefined }>((question, options) =>
      connection.json('GET', '/api/v1/keys', { ...options, query: { ...question } }),
    ),
    show: (id, options) => connection.tagged('GET', path(id), options),
    create: (order, options) => connection.tagged('POST', '/api/v1/keys', { ...options, body: order }),
    change: (id, change, options) => connection.tagged('PATCH', path(id), { ...options, body: change }),
    rotate: (id, { aws = false, overlapSeconds, until, ...options } = {}) =>
      connection.tagged('POST', `${path(id)}/rotate`, {
        ...options,
        query: { ...(aws ? { aws } : {}), overlapSeconds, until },
      }),
    revoke: (id, options) => connection.tagged('DELETE', path(id), options),
  }
}
