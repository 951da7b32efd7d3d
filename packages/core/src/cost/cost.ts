import type { Price, UsageBuckets } from '@pointsman/contract'

/**
 * What an answer cost, in nano-dollars, rounded once (half up); null when a bucket or a price that it needs is
 * not known. Unknown cache buckets count as none once input and output are known, because vendors leave them
 * out where no cache was used. Tiers hold for the whole request, by its input over all buckets.
 */
export declare function costNanoUsd(usage: UsageBuckets, price: Price): number | null
