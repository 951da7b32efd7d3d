import {
  isServiceTier,
  serviceTierRule,
  type Price,
  type PriceTier,
  type TokenRates,
} from '@pointsman/contract'
import { entriesAStep, type CompileWork, type Steps } from './compile-index.ts'
import type { EntryChange } from './entry-changes.ts'

const rateNames = [
  'inputPicoUsd',
  'outputPicoUsd',
  'cacheReadPicoUsd',
  'cacheWrite5mPicoUsd',
  'cacheWrite1hPicoUsd',
] as const satisfies readonly (keyof TokenRates)[]

function checkRates(rates: TokenRates, where: string, problems: Set<string>): void {
  for (const name of rateNames) {
    const rate = rates[name]
    if (rate !== null && !(Number.isSafeInteger(rate) && rate >= 0)) {
      problems.add(`${where}: ${name} is ${String(rate)}; prices are whole pico-dollars, 0 or more, or null`)
    }
  }
}

function checkPrice(price: Price, problems: Set<string>): void {
  const where = `price ${price.id} of ${price.modelId}`
  checkRates(price, where, problems)
  if (!Number.isFinite(price.effectiveFromMs)) problems.add(`${where}: effectiveFromMs is not a number`)
  checkTiers(price.tiers, where, problems)
  const names = new Set<string>()
  for (const { serviceTier: name, tiers, ...rates } of price.serviceTiers ?? []) {
    const place = `${where}, service tier ${name}`
    if (!isServiceTier(name)) problems.add(`${place}: ${serviceTierRule}`)
    if (names.has(name)) problems.add(`${place}: stands twice`)
    names.add(name)
    checkRates(rates, place, problems)
    checkTiers(tiers, place, problems)
  }
}

function checkTiers(tiers: readonly PriceTier[], where: string, problems: Set<string>): void {
  const limits = new Set<number>()
  for (const tier of tiers) {
    const limit = tier.inputTokensAbove
    if (!Number.isSafeInteger(limit) || limit <= 0)
      problems.add(`${where}: a tier begins above ${String(limit)} tokens`)
    if (limits.has(limit)) problems.add(`${where}: two tiers begin above ${limit} tokens`)
    limits.add(limit)
    checkRates(tier, `${where}, tier above ${limit}`, problems)
  }
}

/** The rows of a model before and after. */
interface ModelPrices {
  readonly gone: Set<string>
  readonly came: Price[]
}

/** Of each model whose prices changed its rows anew: region → rows, oldest first. */
export function* compilePrices(changes: readonly EntryChange<Price>[], work: CompileWork): Steps {
  const byModel = new Map<string, ModelPrices>()
  const of = (id: string): ModelPrices => {
    const own = byModel.get(id) ?? { gone: new Set<string>(), came: [] }
    byModel.set(id, own)
    return own
  }
  for (const { before } of changes) {
    if (before === undefined) continue
    of(before.modelId).gone.add(before.id)
    work.edit.pricesById.delete(before.id)
  }
  for (const [place, { after: price }] of changes.entries()) {
    if (place % entriesAStep === 0) yield
    if (price === undefined) continue
    if (work.edit.pricesById.has(price.id)) work.problems.add(`price ${price.id} stands twice`)
    work.edit.pricesById.set(price.id, price)
    if (!work.edit.models.has(price.modelId)) work.problems.add(forUnknown(price))
    checkPrice(price, work.problems)
    of(price.modelId).came.push(price)
  }
  for (const [id, own] of byModel) {
    const regions = regionsOf(
      [...rowsOf(id, work)].filter(({ id: row }) => !own.gone.has(row)).concat(own.came),
    )
    for (const rows of regions.values()) checkDates(rows, work.problems)
    if (regions.size === 0) work.edit.prices.delete(id)
    else work.edit.prices.set(id, regions)
    yield
  }
  for (const id of work.lostModels) {
    if (!work.edit.models.has(id)) for (const price of rowsOf(id, work)) work.problems.add(forUnknown(price))
  }
}

const forUnknown = (price: Price): string => `price ${price.id} is for the unknown model ${price.modelId}`

const rowsOf = (id: string, { edit }: CompileWork): readonly Price[] =>
  [...(edit.prices.get(id)?.values() ?? [])].flat()

function regionsOf(prices: readonly Price[]): ReadonlyMap<string, readonly Price[]> {
  const regions = new Map<string, Price[]>()
  const ordered = prices.toSorted(
    (a, b) =>
      compareTexts(a.region, b.region) || a.effectiveFromMs - b.effectiveFromMs || compareTexts(a.id, b.id),
  )
  for (const price of ordered) {
    const rows = regions.get(price.region)
    if (rows === undefined) regions.set(price.region, [price])
    else rows.push(price)
  }
  return regions
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function checkDates(rows: readonly Price[], problems: Set<string>): void {
  for (const [place, row] of rows.entries()) {
    const earlier = rows[place - 1]
    if (earlier?.effectiveFromMs === row.effectiveFromMs) {
      problems.add(
        `prices ${earlier.id} and ${row.id} of ${row.modelId} in ${row.region} begin at the same instant`,
      )
    }
  }
}
