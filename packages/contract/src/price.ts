import type { ModelId, PriceId } from './ids.ts'

/**
 * Prices in pico-dollars a token: integers without rounding, because US-$ 1 per million tokens is
 * 1,000,000 pico-dollars a token. `null` = not known, never 0.
 */
export interface TokenRates {
  readonly inputPicoUsd: number | null
  readonly outputPicoUsd: number | null
  readonly cacheReadPicoUsd: number | null
  readonly cacheWrite5mPicoUsd: number | null
  readonly cacheWrite1hPicoUsd: number | null
}

/** Rates of a whole call of the model once its input (all buckets) has more tokens than `inputTokensAbove`. */
export interface PriceTier extends TokenRates {
  readonly inputTokensAbove: number
}

/** Rates of a service tier other than the standard one. */
export interface ServiceTierPrice extends TokenRates {
  /** `flex`, `priority`, or what only its vendor calls so, in small letters: `fast`, `ultrafast`, `reserved`. */
  readonly serviceTier: string
  readonly tiers: readonly PriceTier[]
}

/** One dated price. A change of price is a new row; rows are never edited. */
export interface Price extends TokenRates {
  readonly id: PriceId
  readonly modelId: ModelId
  /** Bedrock bills by the calling region; `*` where the vendor has one price. */
  readonly region: string
  readonly effectiveFromMs: number
  readonly tiers: readonly PriceTier[]
  /** Left out where none is known. One that is not here is reckoned at the standard rates, with a warning. */
  readonly serviceTiers?: readonly ServiceTierPrice[]
  /** Where the figure was read, and when (ISO date). */
  readonly source: string
  readonly sourceDate: string
}

/** What vendors call their standard tier, or a choice of their own: nothing is ever billed by these names. */
const standardWords: ReadonlySet<string> = new Set(['standard', 'default', 'auto', 'on_demand'])
export const isStandardTier = (name: string): boolean => standardWords.has(name)

export const isServiceTier = (name: string): boolean =>
  /^[a-z][a-z0-9_.-]{0,63}$/.test(name) && !isStandardTier(name)
export const serviceTierRule =
  'a service tier is "flex", "priority" or a vendor\'s own word, in small letters, for another than its standard one'
