// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { fill } from './fill.ts'

test('names are filled in, numbers as the language writes them, and the count chooses the plural', () => {
  expect(fill('{what} took {count} ms', { what: 'It', count: 12_345 })).toBe('It took 12,345 ms')
  const rows = { one: '{count} row', other: '{count} rows' } as const
  expect([0, 1, 2].map((count) => fill(rows, { count }))).toEqual(['0 rows', '1 row', '2 rows'])
  // What somebody wrote is text, not a message with names of its own.
  expect(fill('{reason}', { reason: '{count} <img onerror=alert(1)>' })).toBe(
    '{count} <img onerror=alert(1)>',
  )
})
