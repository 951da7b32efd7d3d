import type { Principal } from '@pointsman/contract'
import type { Behind, Replicas } from '../acknowledgements/replicas.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { actorOf } from '../switches/actor.ts'
import type { Publishing } from './publishing.ts'

/**
 * Reads the tables anew and publishes them as a new revision, equal content or not, so that every replica loads and
 * acknowledges. Waits like a switch does.
 */
export async function reloadReplicas(
  parts: { readonly publishing: Publishing; readonly replicas: Replicas },
  principal: Principal,
): Promise<Behind & { readonly cleared: true; readonly revision: number }> {
  requireUnlimited(principal)
  const changed = await parts.publishing.change(actorOf(principal), () =>
    Promise.resolve({ changed: true, result: null }),
  )
  const revision = changed.revision ?? parts.publishing.holder.required().compiled.revision
  return { cleared: true, revision: revision.number, ...(await parts.replicas.settled(revision)) }
}
