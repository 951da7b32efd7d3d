import type { Actor, LifecycleStatus, Revision, RevisionState } from '@pointsman/contract'
import type { Behind } from './behind.ts'
import type { CallOptions, Connection } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** Instants are ISO 8601. */
export interface RevisionItem extends Revision {
  readonly state: RevisionState
  readonly actor: Actor
  readonly recordedAt: string
  /** When it was published or rejected. */
  readonly settledAt: string | null
  /** What it changed, where no switch says so; what a sync or an import took over from where. */
  readonly reason: string | null
  /** Why it was rejected. */
  readonly error: string | null
  readonly manifestHash: string | null
}

export interface RevisionDetail extends RevisionItem, Behind {
  /** How each replica came to serve it, with it or with a later one, or why it could not. */
  readonly replicas: readonly {
    readonly id: string
    readonly revision: number
    readonly acknowledgedAt: string
    /** Milliseconds from the publication to the acknowledgement. */
    readonly lagMs: number | null
    readonly problem: string | null
  }[]
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
  /** Milliseconds from the publication of what it serves to its acknowledgement. */
  readonly lagMs: number | null
  /** How many revisions the newest published one is ahead of it. */
  readonly behind: number | null
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
    /** Null where no replacement is known. */
    readonly rehearsal: Rehearsal | null
  }[]
}

/** The switch to a replacement, tried without being made: every gate, on the route's recent requests. */
export interface Rehearsal {
  readonly replacement: string
  /** The entry names it; else it is the best of the route's own list that passes. */
  readonly chosenBy: 'catalogue' | 'ranking'
  readonly passes: boolean
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  /** US-$ saved a day where the ending model serves now; null = not known, or it does not serve. */
  readonly costImpactEstimated: number | null
  readonly costExplanation: string | null
}

export interface ClearedCache extends Behind {
  readonly cleared: true
  readonly revision: number
}

/** What operators look at. */
export interface Operations {
  /** Newest first. */
  readonly revisions: Listing<RevisionItem> & {
    show(number: number, options?: CallOptions): Promise<RevisionDetail>
  }
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
    revisions: {
      ...listed('revisions'),
      show: (number, options) => connection.json('GET', `/api/v1/revisions/${number}`, options),
    },
    replicas: listed('replicas'),
    lifecycle: listed('lifecycle'),
    clearCache: (options) => connection.json('POST', '/api/v1/cache/clear', options),
    openapi: (options) => connection.json('GET', '/api/v1/openapi.json', options),
  }
}
