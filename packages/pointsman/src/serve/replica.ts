import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { replicaId, type ReplicaId, type Revision } from '@pointsman/contract'
import type { Replicas } from '@pointsman/control'
import { systemClock } from './clock.ts'
import type { Log } from './log.ts'

/** This process's data plane in the registry's list: a lease of 15 s, renewed every 5 s, and one acknowledgement a revision. */
export interface Replica {
  readonly id: ReplicaId
  join(replicas: Replicas): Promise<void>
  applied(revision: Revision): void
  leave(): Promise<void>
}

const renewEveryMs = 5_000

/** A new id for each start: a replica that comes back has served nothing yet. */
export function createReplica(log: Log): Replica {
  const id = replicaId(`${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`)
  const identity = {
    id,
    host: hostname(),
    title: process.title,
    kind: 'leased' as const,
    startedAtMs: systemClock.nowMs(),
  }
  let replicas: Replicas | null = null
  let newest: Revision | null = null
  let timer: NodeJS.Timeout | null = null
  const told = (event: string) => (error: unknown) => {
    log('warn', event, { replica: id, error })
  }
  const renew = async (): Promise<void> => {
    await replicas?.renewLease(identity)
    // An acknowledgement that was lost while the registry was away is repeated with the lease.
    if (newest !== null) await replicas?.acknowledge({ replica: id, revision: newest })
  }
  return {
    id,
    async join(joined) {
      replicas = joined
      await renew()
      timer = setInterval(() => {
        renew().catch(told('lease_not_renewed'))
      }, renewEveryMs)
    },
    applied(revision) {
      newest = revision
      replicas?.acknowledge({ replica: id, revision }).catch(told('revision_not_acknowledged'))
    },
    async leave() {
      if (timer !== null) clearInterval(timer)
      await replicas?.leave(id)
    },
  }
}
