import type { ErrorCode } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { attempt, usageRecord } from '../testing/sample-usage.ts'
import { factsOf } from './record-facts.ts'
import { rollupRows } from './rollup-rows.ts'

const unpriced = (changes: Parameters<typeof usageRecord>[2]): number | undefined =>
  rollupRows([usageRecord('one', 0, changes)]).hours.find(({ dimension }) => dimension === 'all')
    ?.unpriced_requests

test('a request is unpriced where a model served it, or may have, at a cost that is not known', () => {
  expect(unpriced({})).toBe(0)
  expect(unpriced({ costNanoUsd: null })).toBe(1)
  expect(unpriced({ costNanoUsd: null, modelId: null, outcome: 'failed' })).toBe(0)
  expect(unpriced({ costNanoUsd: null, modelId: null, outcome: 'unknown' })).toBe(1)
})

test('a refusal of what was asked for is neither served nor failed; what the gateway could not serve is an error', () => {
  const counts = (changes: Parameters<typeof usageRecord>[2]) => {
    const row = rollupRows([usageRecord('one', 0, { outcome: 'refused', ...changes })]).hours[0]
    return [row?.requests, row?.errors, row?.refused]
  }
  const error = (code: ErrorCode) => ({ code, message: 'why' })
  expect(counts({ status: 429 })).toEqual([1, 0, 1])
  expect(counts({ status: 503, error: error('no_candidate') })).toEqual([1, 1, 0])
  // Whoever left before the answer was sent has no status.
  expect(counts({ status: null, error: error('no_candidate') })).toEqual([1, 1, 0])
  expect(counts({ status: null, error: error('invalid_request') })).toEqual([1, 0, 1])
  expect(counts({ outcome: 'ok' })).toEqual([1, 0, 0])
})

test('a count of tokens is no use of a model: it stands by its operation alone', () => {
  const { hours, minutes } = rollupRows([usageRecord('one', 0, { operation: 'count-tokens' })])
  const [only, ...others] = hours
  expect(minutes).toEqual([])
  expect(only).toMatchObject({ dimension: 'operation', name: 'count-tokens', requests: 1 })
  expect(others).toEqual([])
})

test('an embedding is told apart from a chat, streamed or not, and from what does not tell', () => {
  const operations = ['chat', 'chat-stream', 'embed'] as const
  const records = operations.map((operation, at) => usageRecord(`told-${at}`, 0, { operation }))
  const { hours } = rollupRows([...records, usageRecord('untold', 0)])
  const counted = hours.filter(({ dimension }) => dimension === 'operation')
  expect(counted.map(({ name, requests }) => [name, requests])).toEqual([
    ['chat', 2],
    ['embeddings', 1],
    ['', 1],
  ])
})

test('a request that fell back is counted by what for, and no other is', () => {
  const failed = attempt({ error: { code: 'upstream_throttled', vendorName: null, message: 'slow down' } })
  const records = [
    usageRecord('fell-back', 0, { reason: 'fallback', attempts: [failed, attempt()] }),
    usageRecord('answered', 0),
  ]
  const causes = rollupRows(records.map(factsOf)).hours.filter(
    ({ dimension }) => dimension === 'fallback-cause',
  )
  expect(causes.map(({ name, requests }) => [name, requests])).toEqual([['upstream_throttled', 1]])
})

test('all requests are counted by the minute, and an hour of all is the sum of its minutes, the overhead too', () => {
  const records = [
    usageRecord('one', 0, { durationMs: 1, overheadUs: 1 }),
    usageRecord('two', 59_999, { durationMs: 2, overheadUs: 2, firstContentAfterMs: null }),
    usageRecord('three', 60_000, { durationMs: 4, overheadUs: 2 ** 30 }),
    usageRecord('four', 3_600_000, { durationMs: 1, overheadUs: 0 }),
  ]
  const { hours, minutes } = rollupRows(records)
  expect(minutes.map(({ minute, requests }) => [minute.slice(11, 16), requests])).toEqual([
    ['00:00', 2],
    ['00:01', 1],
    ['01:00', 1],
  ])
  const [first, second, ...others] = hours.filter(({ dimension }) => dimension === 'all')
  expect(others).toEqual([])
  expect(first).toMatchObject({ requests: 3, input_tokens: 300 })
  expect(first?.duration_buckets).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  expect(first?.overhead_buckets).toEqual([1, 0, 0, 0, 1, ...Array.from({ length: 75 }, () => 0), 1])
  expect(second?.overhead_buckets).toEqual([1])
  // In the rows of names it would be a third list to add to.
  expect(hours.every((row) => (row.overhead_buckets === null) === (row.dimension !== 'all'))).toBe(true)
})
