import {
  inputTokensOf,
  type PriceTier,
  type TokenRates,
  type ToldUsage,
  type UsageBuckets,
} from '@pointsman/contract'

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
 * out where no cache was used. A bucket of no tokens needs no price. Tiers hold for one call of the model as a whole,
 * by its input over all buckets.
 */
export function costNanoUsd(usage: ToldUsage, price: RatesByInput): number | null {
  const { calls = [usage] } = usage
  let picoUsd = 0
  for (const call of calls) {
    const ofCall = picoUsdOf(call, price)
    if (ofCall === null) return null
    picoUsd += ofCall
  }
  return picoUsd <= largestExactPicoUsd ? Math.floor((picoUsd + 500) / 1_000) : exactNanoUsd(calls, price)
}

/** Of one call of the model; exact as far as a double is. */
function picoUsdOf(usage: UsageBuckets, price: RatesByInput): number | null {
  const inputTokens = inputTokensOf(usage)
  if (inputTokens === null || usage.outputTokens === null) return null
  const rates = ratesFor(price, inputTokens)
  let picoUsd = 0
  for (const [bucket, rateName] of billed) {
    const tokens = usage[bucket] ?? 0
    if (!isCount(tokens)) return null
    if (tokens === 0) continue
    const rate = rates[rateName]
    if (rate === null) return null
    picoUsd += tokens * rate
  }
  return picoUsd
}

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

function exactNanoUsd(calls: readonly UsageBuckets[], price: RatesByInput): number {
  let picoUsd = 0n
  for (const usage of calls) {
    const rates = ratesFor(price, inputTokensOf(usage) ?? 0)
    for (const [bucket, rateName] of billed)
      picoUsd += BigInt(usage[bucket] ?? 0) * BigInt(rates[rateName] ?? 0)
  }
  return Number((picoUsd + 500n) / 1_000n)
}
