import { PointsmanError, type Model, type Price, type Principal } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import { addPrices, listModels, listPrices, upsertModels, type Queryable } from '@pointsman/registry'
import { nobodyBehind, type Behind } from '../../acknowledgements/replicas.ts'
import { requireFresh } from '../../http/entity-tag.ts'
import { requireUnlimited } from '../../keys/limits.ts'
import { actorOf } from '../../switches/actor.ts'
import type { SwitchParts } from '../../switches/perform.ts'
import { planOf, planWords, type CataloguePlan, type Planned, type Proposal } from './catalogue-plan.ts'

/** The catalogue as it stands under the lock, for who proposes. */
export interface Standing {
  readonly present: readonly Model[]
  /** Every dated price. */
  readonly history: readonly Price[]
  readonly snapshot: CompiledSnapshot
}

export interface CatalogueOrder {
  /** Asked under the lock, so that nobody's edit is lost in between: no call to anybody else. */
  readonly propose: (standing: Standing) => Proposal
  /** Stands at the revision, before what was taken over: `Sync with Amazon Bedrock in eu-central-1`. */
  readonly what: string
  /** Says what would be; changes nothing. */
  readonly dryRun: boolean
  /** The registry's revision that a plan was shown of. */
  readonly ifMatch: number | null
}

export interface CatalogueOutcome extends Behind {
  readonly plan: CataloguePlan
  readonly applied: boolean
  /** The registry's: what the plan was made of, or the revision that the change made. */
  readonly revision: number
}

/**
 * Takes over a proposal in one revision, or tells what that would be. Throws PointsmanError `stale`, `refused`,
 * `revision_rejected`; then nothing changed.
 */
export async function changeCatalogue(
  parts: SwitchParts,
  principal: Principal,
  order: CatalogueOrder,
): Promise<CatalogueOutcome> {
  requireUnlimited(principal)
  if (order.dryRun) {
    const snapshot = parts.publishing.holder.required().compiled
    const planned = await parts.database.transaction({ purpose: 'read' }, (transaction) =>
      planUnder(transaction, snapshot, parts, order),
    )
    return { plan: planned.plan, applied: false, revision: snapshot.revision.number, ...nobodyBehind }
  }
  const { result, revision } = await parts.publishing.change(
    actorOf(principal),
    async (transaction, before) => {
      const { plan, models, prices } = await planUnder(transaction, before, parts, order)
      const changed = (await upsertModels(transaction, models)) + (await addPrices(transaction, prices))
      const reason = `${order.what}: ${planWords(plan)}.`
      return { changed: changed > 0, reason, result: { plan, number: before.revision.number } }
    },
  )
  const behind = await parts.replicas.settled(revision)
  return {
    plan: result.plan,
    applied: revision !== null,
    revision: revision?.number ?? result.number,
    ...behind,
  }
}

async function planUnder(
  database: Queryable,
  snapshot: CompiledSnapshot,
  { clock, homeRegion }: SwitchParts,
  { ifMatch, propose }: CatalogueOrder,
): Promise<Planned> {
  if (ifMatch !== null) requireFresh(ifMatch, snapshot.revision.number, 'The registry')
  const present = (await listModels(database)).map(({ model }) => model)
  const history = await listPrices(database)
  const proposal = propose({ present, history, snapshot })
  refuseTakenIds(proposal.prices, history)
  return planOf(proposal, { present, history, snapshot, homeRegion, nowMs: clock.nowMs() })
}

/** An id stands for one dated price. */
function refuseTakenIds(prices: readonly Price[], history: readonly Price[]): void {
  const places = new Map<string, string>(history.map((price) => [price.id, instantOf(price)]))
  for (const price of prices) {
    const taken = places.get(price.id)
    if (taken !== undefined && taken !== instantOf(price))
      throw new PointsmanError(
        'refused',
        `The price ${price.id} is another one already. Nothing was changed.`,
        {
          field: 'id',
        },
      )
    places.set(price.id, instantOf(price))
  }
}

const instantOf = ({ modelId, region, effectiveFromMs }: Price): string =>
  `${modelId} ${region} ${effectiveFromMs}`
