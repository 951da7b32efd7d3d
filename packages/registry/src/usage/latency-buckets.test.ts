import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, quantileOf, readCounts, withAllOf, withOneMore } from './latency-buckets.ts'

const countBuckets = (durationsMs: readonly number[]): readonly number[] =>
  durationsMs.reduce<number[]>((counts, durationMs) => withOneMore(counts, bucketOf(durationMs)), [])

test('every duration has one bucket, and longer ones never a smaller one', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one]
        expect(bucketOf(less)).toBeLessThanOrEqual(bucketOf(more))
        expect(bucketOf(less)).toBeGreaterThanOrEqual(0)
        expect(bucketOf(more)).toBeLessThanOrEqual(80)
      },
    ),
  )
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

test('lists that rows share are never changed, and lists of any lengths add up', () => {
  const shared = withOneMore([], 2)
  expect(withOneMore(shared, 4)).toEqual([0, 0, 1, 0, 1])
  expect(withAllOf(shared, [5])).toEqual([5, 0, 1])
  expect(withAllOf(withAllOf([], shared), [0, 0, 0, 7])).toEqual([0, 0, 1, 7])
  expect([shared, withOneMore([], 2)]).toEqual([
    [0, 0, 1],
    [0, 0, 1],
  ])
})
