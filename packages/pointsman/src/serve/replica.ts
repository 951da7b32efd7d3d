import { randomUUID } from 'node:crypto'
import { replicaId, type ReplicaId } from '@pointsman/contract'

/** A new id for each start: a replica that comes back has served nothing yet. */
export const newReplicaId = (): ReplicaId => replicaId(`replica-${randomUUID()}`)
