import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wholeNumber } from './whole-number.ts'

test('digits alone are a number, up to as many as may be', () => {
  const text = fc.oneof(fc.stringMatching(/^\d{0,17}$/), fc.string({ maxLength: 4 }))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 15 }), (written, most) => {
      const isNumber = /^\d+$/.test(written) && written.length <= most
      expect(wholeNumber(written, most)).toBe(isNumber ? Number(written) : null)
    }),
  )
})

test.each(['', '-1', '+1', ' 1', '1 ', '1.0', '1e3', '0x1', '١'])('%j is none', (text) => {
  expect(wholeNumber(text, 15)).toBeNull()
})
