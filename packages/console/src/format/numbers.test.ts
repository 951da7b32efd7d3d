// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { usd } from './numbers.ts'

test.each([
  [0, '$0.00'],
  [1_234.5, '$1,234.50'],
  [0.0123, '$0.012'],
  [0.000_123_4, '$0.000123'],
  [0.000_000_375, '$0.000000375'],
  [-0.000_000_001, '-$0.000000001'],
  [0.000_000_000_001, '$0.000000000001'],
])('%d dollars are %s: a sum that is none is alone told as none', (value, words) => {
  expect(usd(value)).toBe(words)
})
