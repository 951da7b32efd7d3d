import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnReaders } from './column-values.ts'

const numeric = columnReaders.get(1700) ?? String
const int8 = columnReaders.get(20) ?? String

test('numeric becomes a number where 15 digits hold it, and stays text where a digit would be lost', () => {
  for (const [text, value] of [
    ['100.0000000000000000', 100],
    ['0.00063000', 0.00063],
    ['-12.5', -12.5],
    ['0', 0],
    ['1000000', 1_000_000],
    ['0.333333333333333333', '0.333333333333333333'],
    ['12345678901234567', '12345678901234567'],
    ['NaN', 'NaN'],
  ] as const) {
    expect(numeric(text), text).toBe(value)
  }
})

/** What a number says, in units of 10^-scale: by its digits, since to multiply it would round. */
function inUnits(value: number, scale: number): bigint {
  const [mantissa = '', exponent = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const zeros = scale + Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction)
  return zeros < 0 ? digits / 10n ** BigInt(-zeros) : digits * 10n ** BigInt(zeros)
}

test('a number that was read says the same digits as its text', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
      fc.integer({ min: 0, max: 12 }),
      (whole, scale) => {
        const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, '0')
        const text = `${whole < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`
        const read = numeric(text)
        if (typeof read === 'number') expect(inUnits(read, scale)).toBe(whole)
        else expect(read).toBe(text)
      },
    ),
    { examples: [[-61_300_029_352_347_300n, 4]] },
  )
})

test('bigint becomes a number where it is safe', () => {
  expect(int8('9007199254740991')).toBe(9_007_199_254_740_991)
  expect(int8('9007199254740993')).toBe(9_007_199_254_740_993n)
})
