import type { Price, TokenRates, UsageBuckets } from '@pointsman/contract'

const isCount = (tokens: number): boolean => Number.isSafeInteger(tokens) && tokens >= 0

/** The rates of the highest tier that one request's whole input exceeds, else the price's own. */
export function ratesFor(price: Price, wholeInputTokens: number): TokenRates {
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
export function costNanoUsd(usage: UsageBuckets, price: Price): number | null {
  const { inputTokens, outputTokens } = usage
  if (inputTokens === null || outputTokens === null) return null
  const cacheRead = usage.cacheReadTokens ?? 0
  const cacheWrite5m = usage.cacheWrite5mTokens ?? 0
  const cacheWrite1h = usage.cacheWrite1hTokens ?? 0
  const rates = ratesFor(price, inputTokens + cacheRead + cacheWrite5m + cacheWrite1h)
  const buckets: readonly (readonly [number, number | null])[] = [
    [inputTokens, rates.inputPicoUsd],
    [cacheRead, rates.cacheReadPicoUsd],
    [cacheWrite5m, rates.cacheWrite5mPicoUsd],
    [cacheWrite1h, rates.cacheWrite1hPicoUsd],
    [outputTokens, rates.outputPicoUsd],
  ]
  let picoUsd = 0
  for (const [tokens, rate] of buckets) {
    if (!isCount(tokens)) return null
    if (tokens === 0) continue
    if (rate === null) return null
    picoUsd += tokens * rate
  }
  return picoUsd <= longestExactPicoUsd ? Math.floor((picoUsd + 500) / 1_000) : exactNanoUsd(buckets)
}

/** Up to here, nine thousand dollars, sums and products of whole numbers are exact in a double: all but batches. */
const longestExactPicoUsd = Number.MAX_SAFE_INTEGER - 1_000

function exactNanoUsd(buckets: readonly (readonly [number, number | null])[]): number {
  let picoUsd = 0n
  for (const [tokens, rate] of buckets) picoUsd += BigInt(tokens) * BigInt(rate ?? 0)
  return Number((picoUsd + 500n) / 1_000n)
}
