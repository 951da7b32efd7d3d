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

/** Rates of the whole request once its input (all buckets) has more tokens than `inputTokensAbove`. */
export interface PriceTier extends TokenRates {
  readonly inputTokensAbove: number
}

/** One dated price. A change of price is a new row; rows are never edited. */
export interface Price extends TokenRates {
  readonly id: PriceId
  readonly modelId: ModelId
  /** Bedrock bills by the calling region; `*` where the vendor has one price. */
  readonly region: string
  readonly effectiveFromMs: number
  readonly tiers: readonly PriceTier[]
  /** Where the figure was read, and when (ISO date). */
  readonly source: string
  readonly sourceDate: string
}
