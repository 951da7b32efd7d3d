import type { Price, TokenRates } from '@pointsman/contract'
import type { CompiledModel } from './compiled-snapshot.ts'

const rateNames = [
  'inputPicoUsd',
  'outputPicoUsd',
  'cacheReadPicoUsd',
  'cacheWrite5mPicoUsd',
  'cacheWrite1hPicoUsd',
] as const satisfies readonly (keyof TokenRates)[]

function checkRates(rates: TokenRates, where: string, problems: string[]): void {
  for (const name of rateNames) {
    const rate = rates[name]
    if (rate !== null && !(Number.isSafeInteger(rate) && rate >= 0)) {
      problems.push(`${where}: ${name} is ${String(rate)}; prices are whole pico-dollars, 0 or more, or null`)
    }
  }
}

function checkPrice(price: Price, problems: string[]): void {
  const where = `price ${price.id} of ${price.modelId}`
  checkRates(price, where, problems)
  if (!Number.isFinite(price.effectiveFromMs)) problems.push(`${where}: effectiveFromMs is not a number`)
  const limits = new Set<number>()
  for (const tier of price.tiers) {
    const limit = tier.inputTokensAbove
    if (!Number.isSafeInteger(limit) || limit <= 0)
      problems.push(`${where}: a tier begins above ${String(limit)} tokens`)
    if (limits.has(limit)) problems.push(`${where}: two tiers begin above ${limit} tokens`)
    limits.add(limit)
    checkRates(tier, `${where}, tier above ${limit}`, problems)
  }
}

/** Model id → region → rows, oldest first. */
export function compilePrices(
  prices: readonly Price[],
  models: ReadonlyMap<string, CompiledModel>,
  problems: string[],
): ReadonlyMap<string, ReadonlyMap<string, readonly Price[]>> {
  const ids = new Set<string>()
  const index = new Map<string, Map<string, Price[]>>()
  for (const price of prices) {
    if (ids.has(price.id)) problems.push(`price ${price.id} stands twice`)
    ids.add(price.id)
    if (!models.has(price.modelId))
      problems.push(`price ${price.id} is for the unknown model ${price.modelId}`)
    checkPrice(price, problems)
    const regions = index.get(price.modelId) ?? new Map<string, Price[]>()
    index.set(price.modelId, regions)
    const rows = regions.get(price.region)
    if (rows === undefined) regions.set(price.region, [price])
    else rows.push(price)
  }
  for (const regions of index.values()) {
    for (const rows of regions.values()) sortByDate(rows, problems)
  }
  return index
}

function sortByDate(rows: Price[], problems: string[]): void {
  rows.sort((a, b) => a.effectiveFromMs - b.effectiveFromMs)
  for (const [place, row] of rows.entries()) {
    const earlier = rows[place - 1]
    if (earlier?.effectiveFromMs === row.effectiveFromMs) {
      problems.push(
        `prices ${earlier.id} and ${row.id} of ${row.modelId} in ${row.region} begin at the same instant`,
      )
    }
  }
}
