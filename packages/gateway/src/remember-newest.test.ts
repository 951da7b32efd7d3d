import { expect, test } from 'vitest'
import { rememberNewest } from './remember-newest.ts'

test('the key that was named longest ago goes first', () => {
  const known = new Map<string, number>()
  for (const entry of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const)
    rememberNewest(known, entry, 2)
  expect([...known]).toEqual([
    ['a', 3],
    ['c', 4],
  ])
})
