import { toPointsmanError } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { check } from './check.ts'

const told = (schema: z.ZodType, value: unknown, what: 'body' | 'query' = 'body'): string => {
  try {
    check(schema, value, what)
  } catch (thrown) {
    return toPointsmanError(thrown).message
  }
  return 'taken'
}
const instant = z.union([z.iso.datetime({ offset: true }), z.iso.date()])
const id = z.string().regex(/^a/, 'an id begins with a')

test.each([
  [z.string(), undefined, '"it" is missing: it should be a string.'],
  [z.string(), { a: 1 }, '"it" should be a string, not an object.'],
  [z.string(), null, '"it" should be a string, not null.'],
  [z.string().min(1), '', '"it" should be at least 1 character long.'],
  [z.string().max(3), 'abcd', '"it" should be at most 3 characters long.'],
  [z.array(z.string()).max(2), ['a', 'b', 'c'], '"it" should be at most 2 items long.'],
  [z.boolean(), 'yes', '"it" should be true or false, not a string.'],
  [z.stringbool(), 'perhaps', '"it" should be true or false.'],
  [z.enum(['new', 'all']), 'some', '"it" should be "new" or "all".'],
  [z.enum(['a', 'b', 'c']), 'd', '"it" should be "a", "b" or "c".'],
  [z.int(), 1.5, '"it" should be a whole number, not 1.5.'],
  [z.coerce.number(), 'abc', '"it" should be a number.'],
  [z.int().min(1), 0, '"it" should be 1 or more.'],
  [z.number().positive(), 0, '"it" should be more than 0.'],
  [instant, 'soon', '"it" should be an instant such as 2026-11-01T12:00:00Z or a date such as 2026-11-01.'],
  [z.union([z.string(), z.number()]), true, '"it" should be a string or a number, not true.'],
  [id, 'b', '"it" is not what it should be: an id begins with a.'],
])('a wrong value is told in words: %#', (schema, value, message) => {
  expect(told(z.object({ it: schema }), { it: value })).toBe(message)
})

test('a body of the wrong kind and a wrong item are told by what they are', () => {
  expect(told(z.object({}), [])).toBe('The body should be an object, not an array.')
  expect(told(z.object({ ids: z.array(z.string()) }), { ids: ['a', 7] })).toBe(
    '"ids[1]" should be a string, not 7.',
  )
})

test('what stands in a query is told as it was written, and not as the text that everything there is', () => {
  const limit = z.object({ limit: z.coerce.number().int() })
  expect(told(limit, { limit: '1.5' }, 'query')).toBe('"limit" should be a whole number, not "1.5".')
  expect(told(limit, { limit: 'ten' }, 'query')).toBe('"limit" should be a number, not "ten".')
  expect(told(limit, { limit: '7'.repeat(5_000) + 'x' }, 'query')).toHaveLength(235)
})
