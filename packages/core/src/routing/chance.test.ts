import { expect, test } from 'vitest'
import { chanceFromText } from './chance.ts'

test('one text, one chance, on every machine', () => {
  expect(chanceFromText('conv-123')).toBe(chanceFromText('conv-123'))
  // Written down, so that a change of the function, which would split replicas of two versions, is seen.
  expect(chanceFromText('conv-123')).toBeCloseTo(0.507_897, 6)
  expect(chanceFromText('')).toBeLessThan(1)
})

test('ids that differ by their last digit spread evenly', () => {
  const tenths = Array.from({ length: 10 }, () => 0)
  for (let index = 0; index < 10_000; index++) {
    const tenth = Math.floor(chanceFromText(`conv-${index}`) * 10)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  for (const count of tenths) {
    expect(count).toBeGreaterThan(850)
    expect(count).toBeLessThan(1_150)
  }
})
