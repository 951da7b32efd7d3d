import { firstUsageMs, spentBetween, type CostAlarmRow, type Queryable } from '@pointsman/registry'
import { meanOf, meanWindow, windowEnd } from './cost-window.ts'

/** What was spent of what a cost alarm watches, in one window. */
export interface Spending {
  readonly windowMs: number
  readonly spentNanoUsd: number
  /** What it is raised above; null = nothing is usual yet. */
  readonly limitNanoUsd: number | null
  readonly isOver: boolean
}

export async function judgeCost(
  database: Queryable,
  costAlarm: CostAlarmRow,
  windowMs: number,
): Promise<Spending> {
  const toMs = windowEnd(costAlarm.period, windowMs)
  const spentNanoUsd = await spentBetween(database, costAlarm, { fromMs: windowMs, toMs })
  const limitNanoUsd = costAlarm.aboveNanoUsd ?? (await unusualAbove(database, costAlarm, windowMs))
  return {
    ...{ windowMs, spentNanoUsd, limitNanoUsd },
    isOver: limitNanoUsd !== null && spentNanoUsd > limitNanoUsd,
  }
}

async function unusualAbove(
  database: Queryable,
  costAlarm: CostAlarmRow,
  windowMs: number,
): Promise<number | null> {
  const before = meanWindow(windowMs)
  const firstMs = await firstUsageMs(database, costAlarm, before.fromMs)
  const spent = await spentBetween(database, costAlarm, before)
  const isBefore = firstMs !== null && firstMs < windowMs
  const mean = meanOf(spent, before, { firstMs: isBefore ? firstMs : null, period: costAlarm.period })
  if (mean === null) return null
  return Math.max((mean * (costAlarm.aboveMeanPercent ?? 0)) / 100, costAlarm.leastNanoUsd)
}
