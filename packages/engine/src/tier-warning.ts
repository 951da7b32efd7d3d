import type { ServedTier } from '@pointsman/contract'

/**
 * Prices are of the standard tier: another one's cost is told for what it is. Left open it would count for nothing in
 * limits of spend after a start.
 */
export function tierWarning(served: ServedTier | null): string | null {
  if (served === null || served.tier === 'standard') return null
  const name = served.tier === 'other' ? 'another tier' : `the tier ${served.tier}`
  return `service_tier: ${name} served, whose price is not known; its cost is reckoned at the standard price`
}
