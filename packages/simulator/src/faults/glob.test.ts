import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesGlob } from './glob.ts'

describe('matchesGlob', () => {
  test.each([
    ['*', '', true],
    ['eu.*', 'eu.amazon.nova-pro-v1:0', true],
    ['eu.*', 'us.amazon.nova-pro-v1:0', false],
    ['*nova*', 'eu.amazon.nova-pro-v1:0', true],
    ['*-v1:0', 'eu.amazon.nova-pro-v1:0', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a.c', 'abc', false],
    ['abc', 'abc', true],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(matchesGlob(pattern, text)).toBe(matches)
  })

  test('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 })
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
        expect(matchesGlob(pattern, text)).toBe(expression.test(text))
      }),
    )
  })
})
