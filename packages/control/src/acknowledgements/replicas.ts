import type { ReplicaId, Revision } from '@pointsman/contract'
import {
  acknowledge,
  activateSwitches,
  listReplicas,
  removeReplica,
  renewReplica,
  replicasBehind,
  type Database,
  type ReplicaRow,
} from '@pointsman/registry'
import { instant } from '../instant.ts'
import type { Clock } from '../ports.ts'
import type { ClockWatch } from './clock-watch.ts'

/** With what it holds back now; left out: nothing. */
export type ReplicaIdentity = Pick<ReplicaRow, 'id' | 'host' | 'title' | 'kind' | 'startedAtMs'> &
  Partial<Pick<ReplicaRow, 'circuits'>>

/** Who does not serve a revision yet, as far as is known. */
export interface Behind {
  /** Leased replicas that have not said that they do. */
  readonly pending: readonly ReplicaId[]
  /** Not waited for: killed, or cut off and serving an older revision for a day at most. */
  readonly unheard: readonly Unheard[]
}

export interface Unheard {
  readonly id: ReplicaId
  /** Its last lease, in ISO 8601. */
  readonly since: string
}

/** Of what changed nothing. */
export const nobodyBehind: Behind = { pending: [], unheard: [] }

/** What the data-plane side calls: a lease of 15 s, renewed every 5 s, and one acknowledgement a revision. */
export interface Replicas {
  renewLease(replica: ReplicaIdentity): Promise<void>
  /** This replica serves this revision from now on, or says why it cannot. */
  acknowledge(acknowledgement: {
    readonly replica: ReplicaId
    readonly revision: Revision
    readonly problem?: string
  }): Promise<void>
  /** An orderly stop: nobody waits for it any more. */
  leave(replica: ReplicaId): Promise<void>
  list(): Promise<readonly ReplicaRow[]>
  /**
   * Waits until every leased replica serves the revision, at most for a second; those that do not yet are returned. Null: nothing
   * was changed, and nobody is behind.
   */
  settled(revision: Revision | null): Promise<Behind>
  /** Who does not serve it now. */
  behind(revision: Revision): Promise<Behind>
  /** Activates what became complete while nobody waited: late acknowledgements, replicas that left. */
  review(revision: Revision): Promise<void>
}

/** Acknowledgements of replicas on other hosts reach the registry only, so it is asked again this often. */
const lookAgainMs = 50

/** `patienceMs`: how long `settled` waits. `clockWatch` hears what the database's clock says at each renewal. */
export function createReplicas(
  database: Database,
  clock: Clock,
  patienceMs: number,
  clockWatch?: Pick<ClockWatch, 'compare'>,
): Replicas {
  /** Revisions up to this number are known to be served by every leased replica. */
  let settledUpTo = 0
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const go of [...waiting]) go()
  }
  const behindOf = async (revision: Revision): Promise<Behind> => {
    const { pending, unheard } = await replicasBehind(database, revision)
    return { pending, unheard: unheard.map(({ id, sinceMs }) => ({ id, since: instant(sinceMs) })) }
  }
  const behindNow = async (revision: Revision): Promise<Behind> => {
    const behind = await behindOf(revision)
    if (behind.pending.length > 0) return behind
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      activateSwitches(transaction, revision.number),
    )
    settledUpTo = Math.max(settledUpTo, revision.number)
    return behind
  }
  return {
    renewLease: async (replica) => {
      const askedAtMs = clock.nowMs()
      const toldAtMs = await renewReplica(database, replica)
      clockWatch?.compare(toldAtMs, askedAtMs)
    },
    acknowledge: async (acknowledgement) => {
      await acknowledge(database, acknowledgement)
      wake()
    },
    leave: async (replica) => {
      await removeReplica(database, replica)
      wake()
    },
    list: () => listReplicas(database),
    settled: async (revision) => {
      if (revision === null) return nobodyBehind
      // By a timer: set back, the wall clock would hold the answer up by as much.
      const patience = new AbortController()
      const cancel = clock.after(patienceMs, () => patience.abort())
      try {
        for (;;) {
          const behind = await behindNow(revision)
          if (behind.pending.length === 0 || patience.signal.aborted) return behind
          await pause(clock, waiting, patience.signal)
        }
      } finally {
        cancel()
      }
    },
    behind: behindOf,
    review: async (revision) => {
      if (revision.number > settledUpTo) await behindNow(revision)
    },
  }
}

/** Until it is time to look again, the signal ends the wait or somebody wakes those who wait. */
function pause(clock: Clock, waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      waiting.delete(go)
      signal.removeEventListener('abort', go)
      cancel()
      resolve()
    }
    const cancel = clock.after(lookAgainMs, go)
    waiting.add(go)
    signal.addEventListener('abort', go)
  })
}
