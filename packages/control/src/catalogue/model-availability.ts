import { routeKey, toPointsmanError, type ModelId, type Principal } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import {
  findModel,
  recordRefusedSwitch,
  recordSwitch,
  setModelEnabled,
  setRouteTarget,
  type RouteMove,
  type SwitchDraft,
  type Transaction,
} from '@pointsman/registry'
import type { Behind } from '../acknowledgements/replicas.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { actorOf } from '../switches/actor.ts'
import type { SwitchParts } from '../switches/perform.ts'
import { requireModel } from './unknown-names.ts'

export interface AvailabilityChange {
  readonly modelId: string
  readonly enabled: boolean
  readonly reason: string | null
  readonly ifMatch: number | null
}

export interface AvailabilityOutcome extends Behind {
  readonly changed: boolean
  readonly modelId: ModelId
  readonly name: string
  readonly enabled: boolean
  readonly revision: number
  /** Routes that had it as target, and where they went. */
  readonly moves: readonly RouteMove[]
}

/**
 * Switches a model on or off. Off moves the routes that it served, each by a recorded switch. Throws PointsmanError
 * `model_not_found`, `last_usable_model` naming the routes that would have none (recorded as refused), `stale`.
 */
export async function setAvailability(
  parts: SwitchParts,
  principal: Principal,
  asked: AvailabilityChange,
): Promise<AvailabilityOutcome> {
  requireUnlimited(principal)
  const held = parts.publishing.holder.required().compiled
  const { id, name } = requireModel(held, asked.modelId)
  const actor = actorOf(principal)
  const attempt = { actor, action: 'manual_switch', type: 'manual', reason: asked.reason } as const
  try {
    const { result, revision } = await parts.publishing.change(actor, async (transaction, before) => {
      const row = await findModel(transaction, id)
      if (asked.ifMatch !== null) requireFresh(asked.ifMatch, row?.revision ?? 0, `The model ${id}`)
      const { changed, moves } = await setModelEnabled(transaction, id, asked.enabled)
      const evidence = { availability: { model: id, enabled: asked.enabled }, environment: parts.environment }
      for (const move of moves) await recordMove(transaction, before, move, { ...attempt, evidence })
      return { changed, result: moves }
    })
    const behind = await parts.replicas.settled(revision)
    const { number } = revision ?? held.revision
    return {
      changed: revision !== null,
      modelId: id,
      name,
      enabled: asked.enabled,
      revision: number,
      moves: result,
      ...behind,
    }
  } catch (thrown) {
    const error = toPointsmanError(thrown)
    if (error.code === 'last_usable_model') {
      const evidence = {
        availability: { model: id, enabled: asked.enabled },
        environment: parts.environment,
        ...error.details.data,
      }
      const draft = {
        ...attempt,
        scope: { kind: 'global' },
        from: id,
        to: null,
        fromName: name,
        toName: null,
        evidence,
      } as const
      await parts.database.transaction({ purpose: 'plain' }, (transaction) =>
        recordRefusedSwitch(transaction, draft, { code: error.code, message: error.message }),
      )
    }
    throw thrown
  }
}

async function recordMove(
  transaction: Transaction,
  before: CompiledSnapshot,
  { kind, name, from, to }: RouteMove,
  attempt: Pick<SwitchDraft, 'actor' | 'action' | 'type' | 'reason' | 'evidence'>,
): Promise<void> {
  const setBy = from === null ? null : (before.routes.get(routeKey(kind, name))?.switchId ?? null)
  const [left, taken] = [from, to].map((id) => id ?? before.defaultRoute.target)
  const record = await recordSwitch(transaction, {
    ...attempt,
    scope: kind === 'default' ? { kind: 'global' } : { kind, name },
    from: left ?? null,
    to: taken ?? null,
    fromName: nameOf(before, left),
    toName: nameOf(before, taken),
    evidence: { ...attempt.evidence, previous: { own: from, switchId: setBy } },
  })
  await setRouteTarget(transaction, { kind, name, target: to, switchId: record.id })
}

const nameOf = (snapshot: CompiledSnapshot, id: ModelId | undefined): string | null =>
  snapshot.models.get(id ?? '')?.name ?? null
