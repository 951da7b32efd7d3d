/**
 * A retry budget as a share of traffic (Linkerd's form): each call earns a part of a retry, so that retries add at
 * most that share to the load however many callers there are. Amounts are whole hundredths of a retry.
 */
export interface RetryBudgetNumbers {
  /** What a call earns, in hundredths of a retry. */
  readonly percent: number
  /** Whole retries that may be saved up. */
  readonly saved: number
  /** One retry may be borrowed after so long without one. */
  readonly floorEveryMs: number
}

/** Below 0 where a retry was borrowed: the traffic that follows pays it back first. */
export interface RetryBudget {
  readonly balance: number
  /** When there was a retry last; -Infinity = never. */
  readonly lastAtMs: number
}

export const freshRetryBudget: RetryBudget = { balance: 0, lastAtMs: Number.NEGATIVE_INFINITY }

const oneRetry = 100
/** However much a failing model has cost, so much traffic clears it. */
const deepestDebt = -10 * oneRetry

/** The balance after one more call. */
export const earned = (balance: number, { percent, saved }: RetryBudgetNumbers): number =>
  Math.min(balance + percent, saved * oneRetry)

/** The balance after a call that failure added and that could not be refused. */
export const charged = (balance: number): number => Math.max(balance - oneRetry, deepestDebt)

/** What is left after one retry; null = there is none to be had. */
export function spent(
  { balance, lastAtMs }: RetryBudget,
  nowMs: number,
  { floorEveryMs }: RetryBudgetNumbers,
): RetryBudget | null {
  if (balance >= oneRetry) return { balance: balance - oneRetry, lastAtMs: nowMs }
  if (nowMs - lastAtMs < floorEveryMs) return null
  // Borrowed once at most: what a lone caller never pays back does not grow, and an older debt is not forgiven.
  return { balance: Math.min(balance, Math.max(balance - oneRetry, -oneRetry)), lastAtMs: nowMs }
}
