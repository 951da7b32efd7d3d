import type { Measured } from './bench.ts'

/** The value below which this share of all lies (nearest rank); null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** A table's line from what was measured, in milliseconds. */
export const spanOf = (
  setting: string,
  what: string,
  values: readonly number[],
  aim: Measured['aim'] = null,
): Measured => ({
  setting,
  what,
  unit: 'ms',
  count: values.length,
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: quantile(values, 1),
  aim,
})
