import type { ReplicaId, Revision } from '@pointsman/contract'
import {
  acknowledge,
  activateSwitches,
  listReplicas,
  pendingReplicas,
  removeReplica,
  renewReplica,
  type Database,
  type ReplicaRow,
} from '@pointsman/registry'
import type { Clock } from '../ports.ts'

/** With what it holds back now; left out: nothing. */
export type ReplicaIdentity = Pick<ReplicaRow, 'id' | 'host' | 'title' | 'kind' | 'startedAtMs'> &
  Partial<Pick<ReplicaRow, 'circuits'>>

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
  /** Waits until every leased replica serves the revision, at most for a second; those that do not yet are returned. */
  settled(revision: Revision): Promise<readonly ReplicaId[]>
  /** Activates what became complete while nobody waited: late acknowledgements, replicas that left. */
  review(revision: Revision): Promise<void>
}

/** Acknowledgements of replicas on other hosts reach the registry only, so it is asked again this often. */
const lookAgainMs = 50

/** `patienceMs`: how long `settled` waits. */
export function createReplicas(database: Database, clock: Clock, patienceMs: number): Replicas {
  /** Revisions up to this number are known to be served by every leased replica. */
  let settledUpTo = 0
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const go of [...waiting]) go()
  }
  const pendingNow = async (revision: Revision): Promise<readonly ReplicaId[]> => {
    const pending = await pendingReplicas(database, revision)
    if (pending.length > 0) return pending
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      activateSwitches(transaction, revision.number),
    )
    settledUpTo = Math.max(settledUpTo, revision.number)
    return pending
  }
  return {
    renewLease: (replica) => renewReplica(database, replica),
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
      // By a timer: set back, the wall clock would hold the answer up by as much.
      const patience = new AbortController()
      const cancel = clock.after(patienceMs, () => patience.abort())
      try {
        for (;;) {
          const pending = await pendingNow(revision)
          if (pending.length === 0 || patience.signal.aborted) return pending
          await pause(clock, waiting, patience.signal)
        }
      } finally {
        cancel()
      }
    },
    review: async (revision) => {
      if (revision.number > settledUpTo) await pendingNow(revision)
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
