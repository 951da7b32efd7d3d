import { isStandardTier, type Price, type ServedTier, type ToldUsage } from '@pointsman/contract'
import { costNanoUsd } from './cost.ts'

/** As long as a price may name one; the word may be a caller's own, and stands in the record. */
const longestName = 64

/**
 * The tier to bill, as prices name it; null = the standard one. What the answer says served counts: a vendor may serve
 * `priority` as the standard tier, and any tier for `auto`. Where it says nothing, what was asked for.
 */
export function billedTier(served: ServedTier | null, asked: ServedTier | null): string | null {
  const told = served ?? asked
  if (told === null || told.tier === 'standard') return null
  if (told.tier !== 'other') return told.tier
  const name = told.raw.slice(0, longestName).toLowerCase()
  return isStandardTier(name) ? null : name
}

export interface TierCost {
  readonly nanoUsd: number | null
  /** False: the price does not know the tier, or not all the rates that this usage needs; the standard ones stand in. */
  readonly isOfTier: boolean
}

/** What an answer of a tier other than the standard one cost. */
export function tierCost(usage: ToldUsage, price: Price, tier: string): TierCost {
  const rates = price.serviceTiers?.find(({ serviceTier }) => serviceTier === tier)
  const nanoUsd = rates === undefined ? null : costNanoUsd(usage, rates)
  return nanoUsd === null
    ? { nanoUsd: costNanoUsd(usage, price), isOfTier: false }
    : { nanoUsd, isOfTier: true }
}

/** What an answer cost in the tier that is billed. */
export const billedNanoUsd = (usage: ToldUsage, price: Price, tier: string | null): number | null =>
  tier === null ? costNanoUsd(usage, price) : tierCost(usage, price, tier).nanoUsd
