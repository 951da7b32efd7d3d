import type { CostImpact, Price } from '@pointsman/contract'
import { ratesFor } from '../cost/cost.ts'

/** A route's mean day. Tokens are totals of the day, not of one request; fractions are possible. */
export interface MeanDailyUsage {
  readonly requests: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWrite5mTokens: number
  readonly cacheWrite1hTokens: number
  readonly outputTokens: number
  /** Over how many days the mean was taken. */
  readonly days: number
}

export interface CostImpactInput {
  readonly fromPrice: Price | null
  readonly toPrice: Price | null
  readonly meanDailyUsage: MeanDailyUsage
}

/**
 * US-$ of a mean day; null when a rate that it needs is not known. Tiers go by one request's input, so the
 * mean request decides the tier, not the day's sum. Service tiers are left aside on both sides: which one another model would
 * serve nobody knows, and models are compared at one. What is written to a cache is input where a price has no rate for
 * it, and so is, of a model that did not serve this traffic yet (`isNew`), what was read from another one's cache: most
 * models of other vendors than Claude's list none, and a switch to them had no estimate. Doubles are exact enough here.
 */
function dailyUsd(price: Price, usage: MeanDailyUsage, isNew: boolean): number | null {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = usage
  const wholeInput = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens
  const rates = ratesFor(price, wholeInput / usage.requests)
  const written = rates.cacheWrite5mPicoUsd ?? rates.inputPicoUsd
  const buckets: readonly (readonly [number, number | null])[] = [
    [inputTokens, rates.inputPicoUsd],
    [cacheReadTokens, rates.cacheReadPicoUsd ?? (isNew ? rates.inputPicoUsd : null)],
    [cacheWrite5mTokens, written],
    [cacheWrite1hTokens, rates.cacheWrite1hPicoUsd ?? written],
    [outputTokens, rates.outputPicoUsd],
  ]
  let picoUsd = 0
  for (const [tokens, rate] of buckets) {
    if (tokens === 0) continue
    if (rate === null) return null
    picoUsd += tokens * rate
  }
  return picoUsd / 1e12
}

function inWords(savedUsd: number): string {
  if (savedUsd === 0) return 'costs the same'
  const amount = `$${Number(Math.abs(savedUsd).toPrecision(3))}`
  return savedUsd > 0 ? `saves about ${amount} a day` : `costs about ${amount} more a day`
}

/** Of traffic that several models serve; null when one of the impacts is not known. */
export function sumOfImpacts(impacts: readonly CostImpact[], basedOnDays: number): CostImpact {
  const unknown = impacts.find(({ savedPerDayUsd }) => savedPerDayUsd === null)
  if (unknown !== undefined) return unknown
  const saved = impacts.reduce((sum, { savedPerDayUsd }) => sum + (savedPerDayUsd ?? 0), 0)
  const savedPerDayUsd = Math.round(saved * 1e6) / 1e6 + 0
  const explanation = `${inWords(savedPerDayUsd)} at the mean of the last ${basedOnDays} days`
  return { savedPerDayUsd, basedOnDays, explanation }
}

/** US-$ saved a day at the route's mean daily usage; negative = dearer; null when a price is unknown. */
export function costImpact(input: CostImpactInput): CostImpact {
  const { fromPrice, toPrice, meanDailyUsage } = input
  const basedOnDays = meanDailyUsage.days
  const unknown = (which: string): CostImpact => ({
    savedPerDayUsd: null,
    basedOnDays,
    explanation: `the ${which} model's price is not known for all that this traffic uses`,
  })
  if (fromPrice === null) return unknown('present')
  if (toPrice === null) return unknown('new')
  if (meanDailyUsage.requests <= 0) {
    return { savedPerDayUsd: 0, basedOnDays, explanation: `no traffic in the last ${basedOnDays} days` }
  }
  const fromUsd = dailyUsd(fromPrice, meanDailyUsage, false)
  if (fromUsd === null) return unknown('present')
  const toUsd = dailyUsd(toPrice, meanDailyUsage, true)
  if (toUsd === null) return unknown('new')
  // Whole micro-dollars: what is below them is noise of the estimate. The sum with 0 turns -0 into 0.
  const savedPerDayUsd = Math.round((fromUsd - toUsd) * 1e6) / 1e6 + 0
  return {
    savedPerDayUsd,
    basedOnDays,
    explanation: `${inWords(savedPerDayUsd)} at the mean of the last ${basedOnDays} days`,
  }
}
