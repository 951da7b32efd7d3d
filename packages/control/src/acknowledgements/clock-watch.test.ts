import { expect, test } from 'vitest'
import { createClockWatch } from './clock-watch.ts'

test('a clock that differs from the database’s is told once, and once when it is right again', () => {
  let nowMs = 1_000_000
  const told: unknown[] = []
  const watch = createClockWatch({ nowMs: () => nowMs }, (level, event, facts) => {
    told.push([level, event, facts])
  })
  watch.compare(nowMs, nowMs)
  // A slow answer is no wrong clock.
  watch.compare(nowMs - 5_000, nowMs - 9_000)
  expect([told, watch.notes()]).toEqual([[], []])
  nowMs += 30_000
  watch.compare(nowMs - 30_000, nowMs)
  watch.compare(nowMs - 31_000, nowMs)
  expect(told).toEqual([['warn', 'clock_differs', { aheadMs: 30_000 }]])
  expect(watch.notes().join()).toMatch(/31\.0 s ahead of the database/)
  watch.compare(nowMs + 3_000, nowMs)
  expect(watch.notes().join()).toMatch(/3\.0 s behind the database/)
  watch.compare(nowMs + 1_000, nowMs)
  expect(watch.notes()).toEqual([])
  expect(told.at(-1)).toEqual(['info', 'clock_agrees', {}])
})
