// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { ago, clockTime } from './instants.ts'

test('a day begins at 00', () => {
  expect(clockTime(new Date(2026, 4, 20, 0, 5).getTime())).toBe('00:05')
  expect(clockTime(new Date(2026, 4, 20, 15, 5).getTime())).toBe('15:05')
})

test('what has happened is not told as to come, where two clocks differ or one was set back', () => {
  expect(ago(10_000, 190_000)).toBe('3 min. ago')
  expect(ago(190_000, 10_000)).toBe('now')
})
