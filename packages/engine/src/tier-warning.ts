/** Its cost is told for what it is: prices say what vendors list, and some tiers are sold by contract. */
export const tierWarning = (tier: string): string =>
  `service_tier: the price of the tier ${tier} is not known; the cost is reckoned at the standard price`
