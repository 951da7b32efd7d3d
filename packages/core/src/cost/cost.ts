import type { PriceTier, TokenRates, UsageBuckets } from '@pointsman/contract'

/** Rates, and those of long inputs: a price's, or those of one of its service tiers. */
interface RatesByInput extends TokenRates {
  readonly tiers: readonly PriceTier[]
}

const isCount = (tokens: number): boolean => Number.isSafeInteger(tokens) && tokens >= 0

/** The rates of the highest tier that one request's whole input exceeds, else the price's own. */
export function ratesFor(price: RatesByInput, wholeInputTokens: number): TokenRates {
  let rates: TokenRates = price
  let above = -1
  for (const tier of price.tiers) {
    if (wholeInputTokens > tier.inputTokensAbove && tier.inputTokensAbove > above) {
      rates = tier
      above = tier.inputTokensAbove
    }
  }
  return rates
}

/**
 * What an answer cost, in nano-dollars, rounded once (half up); null when a bucket or a price that it needs is
 * not known. Unknown cache buckets count as none once input and output are known, because vendors leave them
 * out where no cache was used. A bucket of no tokens needs no price. Tiers hold for the whole request, by its
 * input over all buckets.
 */
export function costNanoUsd(usage: UsageBuckets, price: RatesByInput): number | null {
  const { inputTokens, outputTokens } = usage
  if (inputTokens === null || outputTokens === null) return null
  const rates = ratesFor(price, wholeInput(usage, inputTokens))
  let picoUsd = 0
  for (const [bucket, rateName] of billed) {
    const tokens = usage[bucket] ?? 0
    if (!isCount(tokens)) return null
    if (tokens === 0) continue
    const rate = rates[rateName]
    if (rate === null) return null
    picoUsd += tokens * rate
  }
  return picoUsd <= largestExactPicoUsd ? Math.floor((picoUsd + 500) / 1_000) : exactNanoUsd(usage, rates)
}

const wholeInput = (usage: UsageBuckets, inputTokens: number): number =>
  inputTokens +
  (usage.cacheReadTokens ?? 0) +
  (usage.cacheWrite5mTokens ?? 0) +
  (usage.cacheWrite1hTokens ?? 0)

const billed = [
  ['inputTokens', 'inputPicoUsd'],
  ['cacheReadTokens', 'cacheReadPicoUsd'],
  ['cacheWrite5mTokens', 'cacheWrite5mPicoUsd'],
  ['cacheWrite1hTokens', 'cacheWrite1hPicoUsd'],
  ['outputTokens', 'outputPicoUsd'],
] as const

/**
 * Up to here, eight thousand dollars, a double holds sums and products of whole numbers exactly, and a quotient by a thousand
 * well enough not to be taken for the next whole number (from 2^43 on it would be).
 */
const largestExactPicoUsd = 8e15

function exactNanoUsd(usage: UsageBuckets, rates: TokenRates): number {
  let picoUsd = 0n
  for (const [bucket, rateName] of billed)
    picoUsd += BigInt(usage[bucket] ?? 0) * BigInt(rates[rateName] ?? 0)
  return Number((picoUsd + 500n) / 1_000n)
}
