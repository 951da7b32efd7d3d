import { PointsmanError, type ModelId, type Price, type Principal } from '@pointsman/contract'
import type { CatalogueOutcome } from '../catalogue/changes/change-catalogue.ts'
import { changeCatalogue } from '../catalogue/changes/change-catalogue.ts'
import type { Proposal } from '../catalogue/changes/catalogue-plan.ts'
import type { ImportContext } from '../catalogue/import/import-context.ts'
import {
  keepingRates,
  keptWarning,
  proposalOf,
  takeLlmModel,
  type LlmModelFacts,
  type TakenLlmModel,
} from '../catalogue/import/import-llm-models.ts'
import { knownModels } from '../catalogue/new-entry.ts'
import { placeOf, refuseAbsurd, refuseShrunken } from '../catalogue/price-rules.ts'
import type { ControlHouse } from '../house.ts'
import type { AsideItem } from './agent-items.ts'

export interface ModelFactsOrder extends Pick<ImportContext, 'enable' | 'region'> {
  readonly items: readonly { readonly key: string; readonly facts: LlmModelFacts }[]
  /** Where they come from: `the DynamoDB table LLMModels-dev`. */
  readonly source: string
  /** Left aside before, to be told with the rest. */
  readonly aside: readonly AsideItem[]
  readonly warnings: readonly string[]
  readonly dryRun: boolean
  readonly ifMatch: number | null
  /** Null = now. */
  readonly effectiveFromMs: number | null
}

export interface ModelFactsOutcome extends CatalogueOutcome {
  /** Why each item that was left aside was. */
  readonly refused: ReadonlyMap<string, string>
  /** Which entry each item is of. */
  readonly ids: ReadonlyMap<string, ModelId>
}

/**
 * Takes over what items say of models in one revision, or tells what that would change: name, context, abilities, price. An
 * item that is wrong is left aside and told; the others are taken. Throws PointsmanError `stale`, `revision_rejected`.
 */
export async function takeModelFacts(
  house: ControlHouse,
  principal: Principal,
  order: ModelFactsOrder,
): Promise<ModelFactsOutcome> {
  let refused: ReadonlyMap<string, string> = new Map()
  let ids: ReadonlyMap<string, ModelId> = new Map()
  const nowMs = house.clock.nowMs()
  const outcome = await changeCatalogue(house, principal, {
    propose: ({ history, present }) => {
      const judged = judgeItems(order, {
        ...{ present, history, nowMs, source: order.source, only: null },
        ...{ homeRegion: house.homeRegion, region: order.region, enable: order.enable },
        known: knownModels(present, house.curated?.().models ?? []),
        effectiveFromMs: order.effectiveFromMs ?? nowMs,
      })
      ;({ ids, refused } = judged)
      return judged.proposal
    },
    what: `Models of ${order.source}`,
    dryRun: order.dryRun,
    ifMatch: order.ifMatch,
  })
  return { ...outcome, refused, ids }
}

function judgeItems(
  { aside, items, warnings }: ModelFactsOrder,
  context: ImportContext,
): Pick<ModelFactsOutcome, 'ids' | 'refused'> & { readonly proposal: Proposal } {
  const taken: (TakenLlmModel & { readonly key: string })[] = []
  const refused = new Map<string, string>()
  for (const { facts, key } of items) {
    try {
      const one = takeLlmModel(facts, '', context)
      if (one.price !== null) refusePrice(one.price, context)
      taken.push({ ...one, key })
    } catch (thrown) {
      if (!(thrown instanceof PointsmanError)) throw thrown
      refused.set(key, thrown.message)
    }
  }
  const reasons = [...refused].map(([id, reason]) => ({ id, reason }))
  return {
    refused,
    ids: new Map(taken.map(({ key, model }) => [key, model.id])),
    proposal: {
      ...proposalOf(taken),
      skipped: [...aside.map(({ key, reason }) => ({ id: key, reason })), ...reasons],
      warnings: [...keptWarning(keepingRates(taken)), ...warnings],
    },
  }
}

/** What a plan refuses a whole table for refuses one item here. */
function refusePrice(price: Price, { history }: ImportContext): void {
  const follows = history
    .filter((row) => placeOf(row) === placeOf(price) && row.effectiveFromMs <= price.effectiveFromMs)
    .reduce<Price | null>(
      (newest, row) => (newest === null || row.effectiveFromMs >= newest.effectiveFromMs ? row : newest),
      null,
    )
  refuseShrunken(price, follows)
  refuseAbsurd(price, follows, 'The item is refused')
}
