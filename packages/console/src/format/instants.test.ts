// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { clockTime } from './instants.ts'

test('a day begins at 00', () => {
  expect(clockTime(new Date(2026, 4, 20, 0, 5).getTime())).toBe('00:05')
  expect(clockTime(new Date(2026, 4, 20, 15, 5).getTime())).toBe('15:05')
})
