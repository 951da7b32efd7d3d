import { firstUsageMs, spentBetween, type CostAlarmRow, type Queryable } from '@pointsman/registry'
import { meanOf, meanWindow, windowEnd } from './cost-window.ts'

/** How a rule's spending stands in one window. */
export interface CostStanding {
  readonly windowMs: number
  readonly spentNanoUsd: number
  /** What it is raised above; null = nothing is usual yet. */
  readonly limitNanoUsd: number | null
  readonly isOver: boolean
}

export async function judgeCost(
  database: Queryable,
  rule: CostAlarmRow,
  windowMs: number,
): Promise<CostStanding> {
  const toMs = windowEnd(rule.period, windowMs)
  const spentNanoUsd = await spentBetween(database, rule, { fromMs: windowMs, toMs })
  const limitNanoUsd = rule.aboveNanoUsd ?? (await unusualAbove(database, rule, windowMs))
  return {
    ...{ windowMs, spentNanoUsd, limitNanoUsd },
    isOver: limitNanoUsd !== null && spentNanoUsd > limitNanoUsd,
  }
}

async function unusualAbove(
  database: Queryable,
  rule: CostAlarmRow,
  windowMs: number,
): Promise<number | null> {
  const before = meanWindow(windowMs)
  const firstMs = await firstUsageMs(database, rule, before.fromMs)
  const spent = await spentBetween(database, rule, before)
  const isBefore = firstMs !== null && firstMs < windowMs
  const mean = meanOf(spent, before, { firstMs: isBefore ? firstMs : null, period: rule.period })
  if (mean === null) return null
  return Math.max((mean * (rule.aboveMeanPercent ?? 0)) / 100, rule.leastNanoUsd)
}
