import { windowOf, type LimitCount } from '@pointsman/gateway'
import type { BudgetSpend } from '@pointsman/registry'

/** Begins of a UTC day and month. */
export interface SpendWindows {
  readonly dayMs: number
  readonly monthMs: number
}

export const spendWindowsAt = (nowMs: number): SpendWindows => ({
  dayMs: windowOf('spend-day', nowMs),
  monthMs: windowOf('spend-month', nowMs),
})

/** What counts of spend begin with: what records tell of each budget. A holder of mutable state: one entry for each that spent. */
export interface SpendOpenings {
  readonly of: (count: LimitCount) => number
  /** Of one window the most that was ever read: a later look may stand before records that the first one had from a journal. */
  add(windows: SpendWindows, spend: readonly BudgetSpend[]): void
}

export function createSpendOpenings(): SpendOpenings {
  const read = new Map<string, SpendWindows & BudgetSpend>()
  const of = ({ budget, kind, windowMs }: LimitCount): number => {
    const spent = read.get(budget)
    if (kind === 'spend-day' && windowMs === spent?.dayMs) return spent.dayNanoUsd
    if (kind === 'spend-month' && windowMs === spent?.monthMs) return spent.monthNanoUsd
    return 0
  }
  return {
    of,
    add({ dayMs, monthMs }, spend) {
      for (const { budget, dayNanoUsd, monthNanoUsd } of spend)
        read.set(budget, {
          ...{ budget, dayMs, monthMs },
          dayNanoUsd: Math.max(dayNanoUsd, of({ budget, kind: 'spend-day', windowMs: dayMs })),
          monthNanoUsd: Math.max(monthNanoUsd, of({ budget, kind: 'spend-month', windowMs: monthMs })),
        })
    },
  }
}
