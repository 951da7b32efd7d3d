import { PointsmanError, type Model, type ModelId, type Price, type Principal } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import {
  addPrices,
  findModel,
  findRoute,
  setCandidates,
  setModelEnabled,
  updateModel,
  upsertModels,
  type CatalogueRow,
  type Transaction,
} from '@pointsman/registry'
import type { Behind } from '../acknowledgements/replicas.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { actorOf } from '../switches/actor.ts'
import type { SwitchParts } from '../switches/perform.ts'
import { requireModel, unknownName } from './unknown-names.ts'

export interface WrittenModel {
  readonly row: CatalogueRow
  readonly created: boolean
  readonly behind: Behind
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
    /** It becomes the last candidate of this use case; absent or null = of none. */
    readonly useCase?: string | null
    readonly mustBeNew: boolean
    readonly ifMatch: number | null
  },
): Promise<WrittenModel> {
  requireUnlimited(principal)
  const { model, prices, mustBeNew, ifMatch, useCase = null } = written
  const { result, revision } = await parts.publishing.change(
    actorOf(principal),
    async (transaction, before) => {
      const existing = await findModel(transaction, model.id)
      if (mustBeNew && existing !== null) {
        throw new PointsmanError(
          'refused',
          `The model ${model.id} exists already. Replace it with PUT /api/v1/models/{id}.`,
        )
      }
      if (ifMatch !== null) requireFresh(ifMatch, existing?.revision ?? 0, `The model ${model.id}`)
      const changed = (await upsertModels(transaction, [model])) + (await addPrices(transaction, prices))
      if (useCase !== null) await addCandidate(transaction, before, { id: model.id, useCase })
      if (existing === null && !model.enabled) await setModelEnabled(transaction, model.id, false)
      return { changed: changed > 0, result: existing === null }
    },
  )
  const behind = await parts.replicas.settled(revision)
  return { row: await requireRow(parts, model.id), created: result, behind }
}

/** Ranked after those that stand there: it is for switches and rankings to bring it forward. */
async function addCandidate(
  transaction: Transaction,
  before: CompiledSnapshot,
  { id, useCase }: { readonly id: ModelId; readonly useCase: string },
): Promise<void> {
  const row = await findRoute(transaction, { kind: 'use-case', name: useCase })
  if (row === null) throw unknownName('route_not_found', 'Use case', useCase, before.useCases.keys())
  const { candidates } = row.route
  if (candidates.some(({ modelId }) => modelId === id)) return
  await setCandidates(transaction, { kind: 'use-case', name: useCase }, [
    ...candidates,
    { modelId: id, weight: 1 },
  ])
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
): Promise<Behind> {
  requireUnlimited(principal)
  const { id } = requireModel(parts.publishing.holder.required().compiled, change.id)
  const { revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const row = await findModel(transaction, id)
    if (change.ifMatch !== null) requireFresh(change.ifMatch, row?.revision ?? 0, `The model ${id}`)
    return { changed: await updateModel(transaction, id, change.facts), result: null }
  })
  return parts.replicas.settled(revision)
}

async function requireRow(parts: SwitchParts, id: ModelId): Promise<CatalogueRow> {
  const row = await findModel(parts.database, id)
  if (row !== null) return row
  throw new PointsmanError('model_not_found', `Model not found: ${id}`)
}
