import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketStarts, quantileOf, readCounts } from './latency-buckets.ts'

/** As the database does it. */
const bucketOf = (duration: number): number => bucketStarts.filter((start) => start <= duration).length

function countBuckets(durationsMs: readonly number[]): readonly number[] {
  const counts = Array.from({ length: 81 }, () => 0)
  for (const bucket of durationsMs.map(bucketOf)) counts[bucket] = (counts[bucket] ?? 0) + 1
  return counts
}

test('a bucket reaches 19 % further than the one before, and four to the double, which is in it', () => {
  expect([0, 0.5, 1, 1.0000001, 1.18, 1.19].map(bucketOf)).toEqual([0, 0, 0, 1, 1, 2])
  for (let octave = 0; octave <= 20; octave += 1) {
    expect(bucketOf(2 ** octave)).toBe(octave * 4)
    expect(bucketOf(2 ** octave + 0.001)).toBe(Math.min(80, octave * 4 + 1))
  }
  expect(bucketOf(1e9)).toBe(80)
})

test('a quantile lies within a bucket’s width of the true one', () => {
  const duration = fc.double({ min: 1.5, max: 500_000, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(duration, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.99),
      (durations, share) => {
        const sorted = [...durations].sort((one, other) => one - other)
        const truth = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
        const read = quantileOf(countBuckets(durations), share) ?? 0
        expect(Math.abs(Math.log2(read / truth))).toBeLessThan(0.27)
      },
    ),
  )
  expect(quantileOf([], 0.5)).toBeNull()
})

test('counts are read as they are written', () => {
  expect(readCounts('')).toEqual([])
  expect(readCounts('0')).toEqual([0])
  expect(readCounts('0,12,0,9007199254740991')).toEqual([0, 12, 0, 9007199254740991])
})
