import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, inCanonicalOrder } from './canonical-json.ts'

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

/** Names that the platform orders or takes by itself among them. */
const name = fc.oneof(fc.string(), fc.constantFrom('1', '10', '9', '__proto__', 'toJSON', 'a', 'b', 'c'))
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 0 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(name, fc.oneof(tie('value'), fc.constant(undefined))), { maxLength: 6 })
      .map((members) => Object.fromEntries(members)),
  ),
}))

test('is the same text by whichever way it is written', () => {
  const byDefinition = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    if (Array.isArray(value)) return `[${value.map(byDefinition).join(',')}]`
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    members.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${byDefinition(member)}`).join(',')}}`
  }
  fc.assert(
    fc.property(anyValue, (value) => {
      const before = JSON.stringify(value)
      expect(canonicalJson(value)).toBe(byDefinition(value))
      expect(canonicalJson(inCanonicalOrder(value))).toBe(byDefinition(value))
      expect(JSON.stringify(value)).toBe(before)
    }),
    { numRuns: 1_000 },
  )
})

test('a value that is in order stays the same object, and what is no plain data stays as it is', () => {
  const inOrder = { a: 1, b: { c: [{ d: null, e: 'x' }] } }
  expect(inCanonicalOrder(inOrder)).toBe(inOrder)
  const kept = { b: inOrder, a: new Date(0) }
  expect(Object.keys(inCanonicalOrder(kept))).toEqual(['a', 'b'])
  expect(inCanonicalOrder(kept).b).toBe(inOrder)
  expect(inCanonicalOrder(kept).a).toBe(kept.a)
  expect(canonicalJson(kept)).toBe('{"a":{},"b":{"a":1,"b":{"c":[{"d":null,"e":"x"}]}}}')
})

test('refuses what JSON cannot say', () => {
  expect(() => canonicalJson({ cost: Number.NaN })).toThrow(/cannot say/)
  expect(() => canonicalJson({ b: 1, a: [undefined] })).toThrow(/undefined/)
  expect(() => canonicalJson(10n)).toThrow(/bigint/)
})
