import { unknownUsage } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { inputTokensOfRecord, inputTokensOfTotal } from './input-tokens.ts'

test('cached tokens count among the input; what the vendor did not say is unknown, not 0', () => {
  const some = { ...unknownUsage, inputTokens: 6, cacheReadTokens: 1_000 }
  const all = { ...some, cacheWrite5mTokens: 20, cacheWrite1hTokens: 300 }
  expect([some, all, unknownUsage].map((usage) => inputTokensOfRecord({ usage }))).toEqual([
    1_006,
    1_326,
    null,
  ])
  expect(inputTokensOfTotal({ inputTokens: 6, cacheReadTokens: 1_000, cacheWriteTokens: 320 })).toBe(1_326)
})
