import { PointsmanError, type Model, type ModelId, type Price, type Principal } from '@pointsman/contract'
import {
  addPrices,
  findModel,
  setModelEnabled,
  updateModel,
  upsertModels,
  type CatalogueRow,
} from '@pointsman/registry'
import { requireFresh } from '../http/entity-tag.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { actorOf } from '../switches/actor.ts'
import type { SwitchParts } from '../switches/perform.ts'
import { requireModel } from './unknown-names.ts'

export interface WrittenModel {
  readonly row: CatalogueRow
  readonly created: boolean
}

/**
 * Adds an entry or replaces its facts, with dated prices beside it. An entry that exists keeps whether it is enabled:
 * that is `setAvailability`'s, because routes may hang on it. Throws PointsmanError `stale`, `refused`
 * (it exists and `mustBeNew`, or a price would rewrite history), `revision_rejected`.
 */
export async function writeModel(
  parts: SwitchParts,
  principal: Principal,
  written: {
    readonly model: Model
    readonly prices: readonly Price[]
    readonly mustBeNew: boolean
    readonly ifMatch: number | null
  },
): Promise<WrittenModel> {
  requireUnlimited(principal)
  const { model, prices, mustBeNew, ifMatch } = written
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const existing = await findModel(transaction, model.id)
    if (mustBeNew && existing !== null) {
      throw new PointsmanError(
        'refused',
        `The model ${model.id} exists already. Replace it with PUT /api/v1/models/{id}.`,
      )
    }
    if (ifMatch !== null) requireFresh(ifMatch, existing?.revision ?? 0, `The model ${model.id}`)
    const changed = (await upsertModels(transaction, [model])) + (await addPrices(transaction, prices))
    if (existing === null && !model.enabled) await setModelEnabled(transaction, model.id, false)
    return { changed: changed > 0, result: existing === null }
  })
  if (revision !== null) await parts.replicas.settled(revision)
  return { row: await requireRow(parts, model.id), created: result }
}

/** Changes plain facts of an entry; absent = as it is. Throws PointsmanError `model_not_found`, `stale`. */
export async function changeModel(
  parts: SwitchParts,
  principal: Principal,
  change: {
    readonly id: string
    readonly facts: {
      readonly name?: string
      readonly maxOutputTokens?: number | null
      readonly priority?: number
    }
    readonly ifMatch: number | null
  },
): Promise<void> {
  requireUnlimited(principal)
  const { id } = requireModel(parts.publishing.holder.required().compiled, change.id)
  const { revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const row = await findModel(transaction, id)
    if (change.ifMatch !== null) requireFresh(change.ifMatch, row?.revision ?? 0, `The model ${id}`)
    return { changed: await updateModel(transaction, id, change.facts), result: null }
  })
  if (revision !== null) await parts.replicas.settled(revision)
}

async function requireRow(parts: SwitchParts, id: ModelId): Promise<CatalogueRow> {
  const row = await findModel(parts.database, id)
  if (row !== null) return row
  throw new PointsmanError('model_not_found', `Model not found: ${id}`)
}
