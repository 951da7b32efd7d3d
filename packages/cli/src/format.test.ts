import { expect, test } from 'vitest'
import { count, dollars, instant, milliseconds, share } from './format.ts'

test.each([
  [null, '?'],
  [undefined, '?'],
  [0, '$0'],
  [3, '$3'],
  [15.5, '$15.50'],
  [0.06, '$0.06'],
  [0.035, '$0.035'],
  [0.3, '$0.30'],
  [1.05, '$1.05'],
  [-12.5, '-$12.50'],
  [0.000269, '$0.000269'],
  [0.00001, '$0.00001'],
  [0.0000000012, '$0.0000000012'],
  [1234.5, '$1,235'],
])('%s US dollars', (value, text) => {
  expect(dollars(value)).toBe(text)
})

test('what is unknown is shown as unknown, never as zero', () => {
  expect([count(null), milliseconds(null), instant(null), share(null)]).toEqual(['?', '-', '-', '-'])
  expect([count(1234567), milliseconds(999), milliseconds(1500), instant(0), share(0.125), share(0)]).toEqual(
    ['1,234,567', '999 ms', '1.5 s', '1970-01-01 00:00:00', '12.5 %', '0 %'],
  )
})
