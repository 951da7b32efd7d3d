import { expect, test } from 'vitest'
import * as fc from 'fast-check'
import { judgedWindows, meanOf, meanWindow, windowEnd, windowStart } from './cost-window.ts'

const instants = fc.integer({ min: 0, max: 4_102_444_800_000 })
const periods = fc.constantFrom('hour', 'day', 'month')

test('an instant lies in its window, and the window after it begins where this one ends', () => {
  fc.assert(
    fc.property(periods, instants, (period, atMs) => {
      const start = windowStart(period, atMs)
      const end = windowEnd(period, start)
      expect(start <= atMs && atMs < end).toBe(true)
      expect(windowStart(period, start)).toBe(start)
      expect(windowStart(period, end)).toBe(end)
      expect(windowStart(period, end - 1)).toBe(start)
      expect(judgedWindows(period, atMs).presentMs).toBe(start)
      expect(windowEnd(period, judgedWindows(period, atMs).beforeMs)).toBe(start)
    }),
  )
})

test('a month ends with its last day, also of a leap year', () => {
  const february = Date.UTC(2028, 1, 1)
  expect(windowEnd('month', february)).toBe(Date.UTC(2028, 2, 1))
  expect(windowEnd('month', Date.UTC(2026, 11, 1))).toBe(Date.UTC(2027, 0, 1))
})

test('a mean is of the days that had usage, seven at most and one at least', () => {
  const windowMs = Date.UTC(2026, 10, 26)
  const before = meanWindow(windowMs)
  const mean = (firstMs: number | null, period: 'hour' | 'day' = 'day') =>
    meanOf(70, before, { firstMs, period })
  expect(mean(before.fromMs)).toBe(10)
  expect(mean(before.fromMs, 'hour')).toBeCloseTo(70 / 168)
  expect(mean(windowMs - 2 * 86_400_000)).toBe(35)
  expect(mean(windowMs - 3_600_000)).toBeNull()
  expect(mean(null)).toBeNull()
})
