import { randomUUID } from 'node:crypto'
import { replicaId, type HeldCircuit, type ReplicaId, type Revision } from '@pointsman/contract'
import type { Replicas } from '@pointsman/control'
import { systemClock } from '../serve/clock.ts'
import type { Log } from '../serve/log.ts'

/** This process in the registry's list: it pulls, so that no switch waits for it. */
export interface EdgeReplica {
  readonly id: ReplicaId
  /** It was looked for a newer revision, and this is what it serves. Tells of it now and then; never rejects. */
  looked(replicas: Pick<Replicas, 'renewLease' | 'acknowledge'>, at: Revision | null): Promise<void>
}

const tellEveryMs = 5_000

/** A holder of mutable state: what was told last, and when. */
export function createEdgeReplica(
  { host, log }: { readonly host: string; readonly log: Log },
  circuits: () => readonly HeldCircuit[],
): EdgeReplica {
  const id = replicaId(`${host}-${randomUUID().slice(0, 8)}`)
  const startedAtMs = systemClock.nowMs()
  let toldAtMs = Number.NEGATIVE_INFINITY
  let told: Revision | null = null
  const tell = async (
    replicas: Pick<Replicas, 'renewLease' | 'acknowledge'>,
    revision: Revision | null,
  ): Promise<void> => {
    await replicas.renewLease({
      ...{ id, host, startedAtMs, kind: 'pull' as const },
      title: 'pointsman-edge',
      circuits: circuits(),
    })
    if (revision !== null) await replicas.acknowledge({ replica: id, revision })
  }
  return {
    id,
    async looked(replicas, at) {
      const nowMs = systemClock.nowMs()
      const moved = at !== null && (told?.epoch !== at.epoch || told.number !== at.number)
      if (!moved && nowMs - toldAtMs < tellEveryMs) return
      toldAtMs = nowMs
      told = at
      await tell(replicas, at).catch((error: unknown) => log('warn', 'replica_not_told', { error }))
    },
  }
}
