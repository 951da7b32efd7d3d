import type { ToldUsage } from '@pointsman/contract'

/** `times`: calls, searches, containers, as the vendor counts; some give a number of them away. */
export const besideTokens = (what: string, times: number): string =>
  `usage: ${what} (${times}) may be billed beside the tokens; the cost is of the tokens alone`

export const withUnpriced = (usage: ToldUsage, unpriced: readonly string[]): ToldUsage =>
  unpriced.length === 0 ? usage : { ...usage, unpriced: [...(usage.unpriced ?? []), ...unpriced] }
