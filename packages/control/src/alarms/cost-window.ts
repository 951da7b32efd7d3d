import type { CostAlarmRow } from '@pointsman/registry'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const meanDays = 7

/** Begin of the hour, day or month (UTC) that holds the instant. */
export function windowStart(period: CostAlarmRow['period'], atMs: number): number {
  const at = new Date(atMs)
  switch (period) {
    case 'hour':
      return Math.floor(atMs / hourMs) * hourMs
    case 'day':
      return Math.floor(atMs / dayMs) * dayMs
    case 'month':
      return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)
  }
}

/** The seven days before a window, from the first hour with usage on: a younger history has a mean of its own. */
export interface MeanWindow {
  readonly fromMs: number
  readonly toMs: number
}

export const meanWindow = (windowMs: number): MeanWindow => ({
  fromMs: windowMs - meanDays * dayMs,
  toMs: windowMs,
})

/**
 * How much an ordinary hour or day costs; null = too little is known to call anything unusual: a day of usage at least.
 * @param firstMs the first hour with usage in the seven days; null = there was none.
 */
export function meanOf(
  spentNanoUsd: number,
  { fromMs, toMs }: MeanWindow,
  { firstMs, period }: { readonly firstMs: number | null; readonly period: CostAlarmRow['period'] },
): number | null {
  if (firstMs === null) return null
  const spanMs = toMs - Math.max(fromMs, firstMs)
  if (spanMs < dayMs) return null
  return spentNanoUsd / (spanMs / (period === 'hour' ? hourMs : dayMs))
}

/** The present one and the one before, whose last records arrive when it is over. */
export function judgedWindows(
  period: CostAlarmRow['period'],
  nowMs: number,
): { readonly presentMs: number; readonly beforeMs: number } {
  const presentMs = windowStart(period, nowMs)
  return { presentMs, beforeMs: windowStart(period, presentMs - 1) }
}

export const windowEnd = (period: CostAlarmRow['period'], windowMs: number): number => {
  if (period === 'hour') return windowMs + hourMs
  if (period === 'day') return windowMs + dayMs
  const at = new Date(windowMs)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)
}
