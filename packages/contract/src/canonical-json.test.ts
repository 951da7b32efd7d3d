import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

test('sorts members at every depth and keeps the order of lists', () => {
  expect(canonicalJson({ b: [3, { d: 1, c: null }], a: 'é"' })).toBe('{"a":"é\\"","b":[3,{"c":null,"d":1}]}')
})

test('reads back as the same value, whatever order the members were written in', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(JSON.parse(text))).toBe(text)
    }),
  )
})

test('refuses what JSON cannot say', () => {
  expect(() => canonicalJson({ cost: Number.NaN })).toThrow(/cannot say/)
  expect(() => canonicalJson(10n)).toThrow(/bigint/)
})
