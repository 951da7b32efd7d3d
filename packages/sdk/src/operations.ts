import type { Actor, LifecycleStatus, Revision, RevisionState } from '@pointsman/contract'
import type { CallOptions, Connection } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** Instants are ISO 8601. */
export interface RevisionItem extends Revision {
  readonly state: RevisionState
  readonly actor: Actor
  readonly recordedAt: string
  /** When it was published or rejected. */
  readonly settledAt: string | null
  /** Why it was rejected. */
  readonly error: string | null
  readonly manifestHash: string | null
}

/** A running data plane. */
export interface ReplicaItem {
  readonly id: string
  readonly host: string
  readonly title: string
  /** `leased` ones are waited for by a switch; `pull` ones are only listed. */
  readonly kind: 'leased' | 'pull'
  readonly live: boolean
  readonly startedAt: string
  readonly leaseUntil: string
  /** What it serves, and since when. */
  readonly revision: Revision | null
  readonly servedSince: string | null
  /** Why it could not take the newest one. */
  readonly problem: string | null
}

/** A model that ended or ends soon, and the routes that hang on it. */
export interface EndingModel {
  readonly modelId: string
  readonly name: string
  readonly status: LifecycleStatus
  readonly endsOn: string | null
  /** Negative = past its end. */
  readonly daysLeft: number | null
  readonly replacement: string | null
  readonly routes: readonly {
    readonly route: string
    readonly as: 'target' | 'candidate' | 'fallback'
  }[]
}

export interface ClearedCache {
  readonly cleared: true
  readonly revision: number
  /** Replicas that did not serve it within a second. */
  readonly pending: readonly string[]
}

/** What operators look at. */
export interface Operations {
  /** Newest first. */
  readonly revisions: Listing<RevisionItem>
  readonly replicas: Listing<ReplicaItem>
  /** `days`: how far to look ahead, 90 unless set. */
  readonly lifecycle: Listing<EndingModel, { readonly days?: number | undefined }>
  /** Every replica reloads. */
  clearCache(options?: CallOptions): Promise<ClearedCache>
  /** The control API's own description, OpenAPI 3.1. */
  openapi(options?: CallOptions): Promise<{ readonly [name: string]: unknown }>
}

export function operationsOf(connection: Connection): Operations {
  const listed = <Item, Question>(path: string): Listing<Item, Question> =>
    listing<Item, Question>((question, options) =>
      connection.json('GET', `/api/v1/${path}`, { ...options, query: { ...question } }),
    )
  return {
    revisions: listed('revisions'),
    replicas: listed('replicas'),
    lifecycle: listed('lifecycle'),
    clearCache: (options) => connection.json('POST', '/api/v1/cache/clear', options),
    openapi: (options) => connection.json('GET', '/api/v1/openapi.json', options),
  }
}
