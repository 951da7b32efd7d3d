import { unknownUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'
import { writeUsage } from './usage.ts'

it('writes all counts of the details also where they are not known: typed clients fail without', () => {
  expect(writeUsage({ ...unknownUsage, inputTokens: 10, outputTokens: 5 })).toEqual({
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 15,
  })
})

it('says nothing of an answer whose tokens are not known', () => {
  expect(writeUsage({ ...unknownUsage, inputTokens: 10 })).toBeNull()
})
