import type { CostImpact, Price } from '@pointsman/contract'

/** A route's mean day. Tokens are totals of the day, not of one request. */
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

/** US-$ saved a day at the route's mean daily usage; negative = dearer; null when a price is unknown. */
export declare function costImpact(input: CostImpactInput): CostImpact
