import { expect, test } from 'vitest'
import { usageRecord } from '../testing/sample-usage.ts'
import { rollupRows } from './rollup-rows.ts'

const unpriced = (changes: Parameters<typeof usageRecord>[2]): number | undefined =>
  rollupRows([usageRecord('one', 0, changes)]).find(({ dimension }) => dimension === 'all')?.unpriced_requests

test('a request is unpriced where a model served it, or may have, at a cost that is not known', () => {
  expect(unpriced({})).toBe(0)
  expect(unpriced({ costNanoUsd: null })).toBe(1)
  expect(unpriced({ costNanoUsd: null, modelId: null, outcome: 'failed' })).toBe(0)
  expect(unpriced({ costNanoUsd: null, modelId: null, outcome: 'unknown' })).toBe(1)
})

test('a count of tokens is recorded, but is no use of a model', () => {
  expect(rollupRows([usageRecord('one', 0, { operation: 'count-tokens' })])).toEqual([])
  expect(rollupRows([usageRecord('one', 0, { operation: 'chat' })])).not.toEqual([])
})
