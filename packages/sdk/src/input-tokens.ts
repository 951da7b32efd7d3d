import type { UsageRecord } from '@pointsman/contract'
import type { UsageTotal } from './usage.ts'

/** All of the input, what a cache read or wrote included: the buckets exclude each other. */
export const inputTokensOfTotal = (
  total: Pick<UsageTotal, 'inputTokens' | 'cacheReadTokens' | 'cacheWriteTokens'>,
): number => total.inputTokens + total.cacheReadTokens + total.cacheWriteTokens

/** The same of one request; null = the vendor did not say. */
export const inputTokensOfRecord = ({ usage }: Pick<UsageRecord, 'usage'>): number | null =>
  usage.inputTokens === null
    ? null
    : usage.inputTokens +
      (usage.cacheReadTokens ?? 0) +
      (usage.cacheWrite5mTokens ?? 0) +
      (usage.cacheWrite1hTokens ?? 0)
