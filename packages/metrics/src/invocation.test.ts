import { unknownUsage } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { invocationOf } from './invocation.ts'
import { sampleRecord } from './testing/index.ts'

const refused = { attempts: [], outcome: 'refused', modelId: null, provider: null } as const

test.each([
  ['a count of tokens', { operation: 'count-tokens' }],
  [
    'a request that was wrong before any model was called',
    { ...refused, error: { code: 'invalid_request', message: '' } },
  ],
  ['a limit that was reached', { ...refused, error: { code: 'limit_reached', message: '' } }],
  [
    'a caller that left before any call',
    { ...refused, outcome: 'client-closed', error: { code: 'client_closed', message: '' } },
  ],
] as const)('%s is no invocation', (_, changes) => {
  expect(invocationOf(sampleRecord(changes))).toBeNull()
})

test('a plan that nobody could serve is one that failed, of the model that was wanted', () => {
  const record = sampleRecord({ ...refused, error: { code: 'no_candidate', message: '' } })
  expect(invocationOf(record)).toMatchObject({ success: false, model: 'eu.amazon.nova-pro-v1:0' })
})

test('a caller that left in the middle is no failure of the model', () => {
  const left = sampleRecord({ outcome: 'partial', error: { code: 'client_closed', message: '' } })
  const broken = sampleRecord({ outcome: 'partial', error: { code: 'upstream_broken', message: '' } })
  expect([left, broken].map((record) => invocationOf(record)?.success)).toEqual([true, false])
})

test('input is all input; what the vendor did not say stays unknown', () => {
  const usage = { ...unknownUsage, inputTokens: 10, cacheReadTokens: 200, cacheWrite1hTokens: 3 }
  expect(invocationOf(sampleRecord({ usage }))).toMatchObject({
    inputTokens: 213,
    outputTokens: null,
    cacheWriteTokens: 3,
  })
  expect(invocationOf(sampleRecord({ usage: unknownUsage }))).toMatchObject({ inputTokens: null })
})
