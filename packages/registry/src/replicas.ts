import type { ReplicaId, Revision } from '@pointsman/contract'
import type { Queryable } from './database.ts'

/** A lease runs this long; renewed every 5 s. */
export const replicaLeaseMs = 15_000

export interface ReplicaRow {
  readonly id: ReplicaId
  readonly host: string
  readonly title: string
  /** `leased` ones are waited for by a switch; `pull` ones (Lambda, edge) are only listed. */
  readonly kind: 'leased' | 'pull'
  readonly startedAtMs: number
  readonly leaseUntilMs: number
  /** Its lease has not run out. */
  readonly live: boolean
  /** What it serves; null before its first snapshot. */
  readonly revision: Revision | null
  /** Since when. */
  readonly servedSinceMs: number | null
  /** Why it could not take the newest one, where it said so. */
  readonly problem: string | null
}

/** Registers or renews; the database's clock decides. */
export declare function renewReplica(
  database: Queryable,
  replica: Pick<ReplicaRow, 'id' | 'host' | 'title' | 'kind' | 'startedAtMs'>,
): Promise<void>
/** A replica serves this revision, or says why it cannot. */
export declare function acknowledge(
  database: Queryable,
  acknowledgement: {
    readonly replica: ReplicaId
    readonly revision: Revision
    readonly problem?: string
  },
): Promise<void>
/** Live ones first. */
export declare function listReplicas(database: Queryable): Promise<readonly ReplicaRow[]>
/** Leased and live ones that do not serve this revision (or a newer one) yet. */
export declare function pendingReplicas(
  database: Queryable,
  revision: Revision,
): Promise<readonly ReplicaId[]>
/** An orderly stop: nobody waits for it any more. */
export declare function removeReplica(database: Queryable, id: ReplicaId): Promise<void>
/** Forgets replicas whose lease ran out before this instant. */
export declare function pruneReplicas(database: Queryable, beforeMs: number): Promise<number>
