import {
  canonicalJson,
  type LifecycleStatus,
  type Model,
  type ModelId,
  type Price,
} from '@pointsman/contract'
import { callingRegion, type CompiledSnapshot } from '@pointsman/core'
import { routesWith, type RouteAtRisk } from '../../analytics/lifecycle-report.ts'
import {
  asTheyBegin,
  differingFields,
  followedBy,
  isSamePrice,
  placeOf,
  refuseAbsurd,
  refuseEdited,
  refuseShrunken,
} from '../price-rules.ts'

/** What the catalogue should come to, by the word of a source. */
export interface Proposal {
  /** Whole entries as they are to be; those that exist keep whether they are enabled. */
  readonly models: readonly Model[]
  readonly prices: readonly Price[]
  /** Entries that the source lists no more, and that stay as they are. */
  readonly missing: readonly ModelId[]
  /** Of the source, left aside. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[]
  /** What should be known beside. */
  readonly warnings: readonly string[]
}

export interface FieldChange {
  /** `lifecycle.endsOn` */
  readonly field: string
  readonly from: unknown
  readonly to: unknown
}

export interface PlannedPrice {
  readonly modelId: ModelId
  readonly region: string
  readonly effectiveFromMs: number
  /** What holds when it begins; null = nothing was known. Pico-dollars a token, which is millionths of US-$ per million. */
  readonly from: PlannedRates | null
  readonly to: PlannedRates
  /** What differs of all rates: `cacheReadPicoUsd`, `serviceTiers.flex`; empty where nothing was known. */
  readonly fields: readonly string[]
  readonly source: string
}
type PlannedRates = Pick<Price, 'inputPicoUsd' | 'outputPicoUsd'>

export interface CataloguePlan {
  readonly new: readonly {
    readonly id: ModelId
    readonly name: string
    readonly kind: Model['kind']
    readonly enabled: boolean
    /** A price holds now where it would be called. */
    readonly priced: boolean
  }[]
  readonly changed: readonly {
    readonly id: ModelId
    readonly name: string
    readonly fields: readonly FieldChange[]
  }[]
  /** Entries that are no longer current by this, and what hangs on them. */
  readonly ended: readonly {
    readonly id: ModelId
    readonly name: string
    readonly status: LifecycleStatus
    readonly endsOn: string | null
    readonly replacement: ModelId | null
    readonly routes: readonly RouteAtRisk[]
  }[]
  readonly prices: readonly PlannedPrice[]
  /** Of those that the source speaks of: no price is known where they would be called. */
  readonly unpriced: readonly { readonly id: ModelId; readonly region: string }[]
  readonly missing: readonly { readonly id: ModelId; readonly routes: readonly RouteAtRisk[] }[]
  readonly skipped: Proposal['skipped']
  readonly warnings: readonly string[]
}

/** A plan with what it would write. */
export interface Planned {
  readonly plan: CataloguePlan
  readonly models: readonly Model[]
  readonly prices: readonly Price[]
}

export interface PlanParts {
  readonly present: readonly Model[]
  readonly history: readonly Price[]
  readonly snapshot: CompiledSnapshot
  readonly homeRegion: string
  readonly nowMs: number
}

/**
 * What a proposal would change, and nothing twice: of entries those that differ, of prices those that differ from what
 * holds when they begin. Throws PointsmanError `refused` where a price would edit one, knows less than the one that it would
 * follow, or is far from it.
 */
export function planOf(proposal: Proposal, parts: PlanParts): Planned {
  const present = new Map(parts.present.map((model) => [model.id, model]))
  const kept = proposal.models.map((model) => ({
    ...model,
    enabled: present.get(model.id)?.enabled ?? model.enabled,
  }))
  const added = kept.filter(({ id }) => !present.has(id))
  const differing = kept.flatMap((model) => {
    const before = present.get(model.id)
    const fields = before === undefined ? [] : changesOf(before, model)
    return fields.length === 0 ? [] : [{ model, fields }]
  })
  const prices = newPrices(proposal.prices, parts.history)
  const isPriced = pricedAfter(parts, prices)
  const where = (model: Model): string => callingRegion(model, parts.homeRegion)
  const plan: CataloguePlan = {
    new: added.map((model) => ({
      ...{ id: model.id, name: model.name, kind: model.kind, enabled: model.enabled },
      priced: isPriced(model.id, where(model)),
    })),
    changed: differing.map(({ model: { id, name }, fields }) => ({ id, name, fields })),
    ended: differing
      .filter(({ fields }) => fields.some(({ field }) => field === 'lifecycle.status'))
      .filter(({ model }) => model.lifecycle.status === 'eol' || model.lifecycle.status === 'legacy')
      .map(({ model: { id, name, lifecycle } }) => ({
        ...{ id, name, ...lifecycle },
        routes: routesWith(parts.snapshot, id),
      })),
    prices: prices.map(({ price, follows }) => plannedPrice(price, follows)),
    unpriced: kept
      .filter((model) => model.lifecycle.status !== 'eol' && !isPriced(model.id, where(model)))
      .map((model) => ({ id: model.id, region: where(model) })),
    missing: proposal.missing.map((id) => ({ id, routes: routesWith(parts.snapshot, id) })),
    skipped: proposal.skipped,
    warnings: proposal.warnings,
  }
  return {
    plan,
    models: [...added, ...differing.map(({ model }) => model)],
    prices: prices.map(({ price }) => price),
  }
}

/** Members that differ, one level into objects. Whether it is enabled is no fact of a source's. */
function changesOf(before: Model, after: Model): readonly FieldChange[] {
  const was = flat(before)
  const is = flat(after)
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => field !== 'enabled')
    .filter((field) => canonicalJson(was.get(field) ?? null) !== canonicalJson(is.get(field) ?? null))
    .map((field) => ({ field, from: was.get(field) ?? null, to: is.get(field) ?? null }))
}

const flat = (model: Model): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(model).flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).map(([member, inner]): [string, unknown] => [`${name}.${member}`, inner])
        : [[name, value] satisfies [string, unknown]],
    ),
  )

interface NewPrice {
  readonly price: Price
  readonly follows: Price | null
}

function newPrices(prices: readonly Price[], history: readonly Price[]): readonly NewPrice[] {
  const byPlace = Map.groupBy(history, placeOf)
  const found = new Map<Price, NewPrice>()
  for (const price of asTheyBegin(prices)) {
    const rows = byPlace.get(placeOf(price)) ?? []
    const follows = followedBy(price, rows)
    if (isSamePrice(price, follows)) continue
    refuseEdited(price, follows)
    refuseShrunken(price, follows)
    refuseAbsurd(price, follows)
    byPlace.set(placeOf(price), [...rows, price])
    found.set(price, { price, follows })
  }
  return prices.flatMap((price) => found.get(price) ?? [])
}

function pricedAfter(
  { history, nowMs }: PlanParts,
  added: readonly NewPrice[],
): (id: string, region: string) => boolean {
  const places = new Set(
    [...history, ...added.map(({ price }) => price)]
      .filter(({ effectiveFromMs }) => effectiveFromMs <= nowMs)
      .map(({ modelId, region }) => `${modelId} ${region}`),
  )
  return (id, region) => places.has(`${id} ${region}`) || places.has(`${id} *`)
}

const plannedPrice = (price: Price, follows: Price | null): PlannedPrice => ({
  modelId: price.modelId,
  region: price.region,
  effectiveFromMs: price.effectiveFromMs,
  from: follows && ratesOf(follows),
  to: ratesOf(price),
  fields: follows === null ? [] : differingFields(price, follows),
  source: price.source,
})

const ratesOf = ({ inputPicoUsd, outputPicoUsd }: Price): PlannedRates => ({ inputPicoUsd, outputPicoUsd })

/** `3 new, 2 changed, 1 price`; empty where nothing would change. */
export function planWords(plan: CataloguePlan): string {
  const counts: readonly (readonly [number, string])[] = [
    [plan.new.length, 'new'],
    [plan.changed.length, 'changed'],
    [plan.ended.length, 'ended'],
    [plan.prices.length, plan.prices.length === 1 ? 'price' : 'prices'],
  ]
  return counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ')
}
