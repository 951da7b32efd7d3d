import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { replicaId, type HeldCircuit, type ReplicaId, type Revision } from '@pointsman/contract'
import type { Replicas } from '@pointsman/control'
import { systemClock } from './clock.ts'
import type { Log } from './log.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** This process's data plane in the registry's list: a lease of 15 s, renewed every 5 s, and one acknowledgement a revision. */
export interface Replica {
  readonly id: ReplicaId
  /** Never rejects: a registry that is away is asked again with the next renewal. */
  join(replicas: LeasedAt): Promise<void>
  /** The registry can be asked again, and may have forgotten this replica: the lease now, and all that holds. Never rejects. */
  rejoin(): Promise<void>
  /** It serves this revision from now on. */
  applied(revision: Revision): void
  /** It cannot take this revision, and why: shown where replicas are listed. */
  refused(revision: Revision, problem: string): void
  /** A circuit opened or closed: told soon, and again with each renewal. */
  circuitsMoved(): void
  leave(): Promise<void>
}

/** Where leases and acknowledgements go. */
export type LeasedAt = Pick<Replicas, 'renewLease' | 'acknowledge' | 'leave'>

interface Told {
  readonly revision: Revision
  readonly problem?: string
}

const renewEveryMs = 5_000
const leaseMs = 15_000
/** Circuits that open together, as a provider's do, are told together. */
const circuitsAfterMs = 250

/** A new id for each start: a replica that comes back has served nothing yet. */
export function createReplica(log: Log, circuits: () => readonly HeldCircuit[] = () => []): Replica {
  const id = replicaId(`${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`)
  const identity = {
    id,
    host: hostname(),
    title: process.title,
    kind: 'leased' as const,
    startedAtMs: systemClock.nowMs(),
  }
  const acknowledgements = createAcknowledgements(id)
  let replicas: LeasedAt | null = null
  let renewedAtMs: number | null = null
  let timer: NodeJS.Timeout | null = null
  const told = (event: string) => (error: unknown) => {
    log('warn', event, { replica: id, error })
  }
  const renewNow = async (): Promise<void> => {
    if (replicas === null) return
    await replicas.renewLease({ ...identity, circuits: circuits() })
    const nowMs = systemClock.nowMs()
    // A lease that ran out may have been forgotten with all that was acknowledged under it.
    if (renewedAtMs !== null && nowMs - renewedAtMs > leaseMs) acknowledgements.repeat()
    renewedAtMs = nowMs
    await acknowledgements.send(replicas)
  }
  // One at a time: those that pile up behind one that hangs, or while the process is stopped, say nothing new.
  const renew = oneAtATime(() => renewNow().catch(told('lease_not_renewed')))
  const soon = askedTogether(circuitsAfterMs, () => void renew())
  const send = (): void => {
    // Before its first lease the registry does not know this replica, and would drop what it says.
    if (replicas === null || renewedAtMs === null) return
    acknowledgements.send(replicas).catch(told('revision_not_acknowledged'))
  }
  return {
    id,
    async join(joined) {
      replicas = joined
      await renew()
      timer = setInterval(() => void renew(), renewEveryMs)
    },
    rejoin: () => {
      acknowledgements.repeat()
      return renew()
    },
    applied(revision) {
      acknowledgements.owe({ revision })
      send()
    },
    refused(revision, problem) {
      acknowledgements.owe({ revision, problem })
      send()
    },
    circuitsMoved() {
      if (replicas !== null) soon.ask()
    },
    async leave() {
      if (timer !== null) clearInterval(timer)
      soon.stop()
      await replicas?.leave(id)
    },
  }
}

/** What is asked for within the span is done once, at its end. */
function askedTogether(spanMs: number, done: () => void) {
  let timer: NodeJS.Timeout | null = null
  return {
    ask(): void {
      timer ??= setTimeout(() => {
        timer = null
        done()
      }, spanMs)
    },
    stop(): void {
      if (timer !== null) clearTimeout(timer)
    },
  }
}

/**
 * What this replica has to say and has not said yet: what it serves, then what it cannot take. Sent one after the
 * other, because the registry believes the last one; what was lost stays owed, and goes with the next renewal. Bound: the newest of each.
 */
function createAcknowledgements(replica: ReplicaId) {
  let served: Told | null = null
  let refusal: Told | null = null
  let owed: readonly Told[] = []
  let sending: Promise<void> | null = null
  const repeat = (): void => {
    owed = [served, refusal].filter((told) => told !== null)
  }
  const sendAll = async (replicas: LeasedAt): Promise<void> => {
    for (let next = owed[0]; next !== undefined; next = owed[0]) {
      const told: Told = next
      await replicas.acknowledge({ replica, ...told })
      owed = owed.filter((other) => other !== told)
    }
  }
  return {
    /** A newer revision that is served ends the refusal of an older one. */
    owe(told: Told): void {
      if (told.problem === undefined) {
        served = told
        refusal = null
        owed = [told]
      } else {
        refusal = told
        owed = [...owed.filter(({ problem }) => problem === undefined), told]
      }
    },
    repeat,
    send(replicas: LeasedAt): Promise<void> {
      sending ??= sendAll(replicas).finally(() => {
        sending = null
      })
      return sending
    },
  }
}
