import type { ToldUsage } from '@pointsman/contract'

/** `times`: calls, searches, containers, as the vendor counts; some give a number of them away. */
export const besideTokens = (what: string, times: number): string =>
  `usage: ${what} (${times}) may be billed beside the tokens; the cost is of the tokens alone`

/** Where a vendor tells tokens of another kind than text: a price has one rate for all, and some models have more. */
export const atTextRate = (kind: string, tokens: number): readonly string[] =>
  tokens === 0
    ? []
    : [`usage: ${tokens} tokens of ${kind} are reckoned at the rate of text; some models bill more for them`]

export const withUnpriced = (usage: ToldUsage, unpriced: readonly string[]): ToldUsage =>
  unpriced.length === 0 ? usage : { ...usage, unpriced: [...(usage.unpriced ?? []), ...unpriced] }
