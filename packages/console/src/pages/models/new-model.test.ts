// @vitest-environment happy-dom
import type { ModelDetail } from '@pointsman/sdk'
import { expect, test } from 'vitest'
import { emptyFields, whyNotAdd } from './new-model.ts'

const like = {} as ModelDetail
const fields = { ...emptyFields, id: 'new', name: 'New', inputUsd: '0', outputUsd: '1.5', source: 'a page' }

test('a price or a limit below zero is refused before the server is asked', () => {
  expect(whyNotAdd(fields, like)).toBe(null)
  for (const name of ['inputUsd', 'outputUsd', 'contextTokens', 'maxOutputTokens'] as const)
    expect(whyNotAdd({ ...fields, [name]: '-1' }, like), name).toBe('A number from 0 on, or nothing.')
})

test('a price that would be kept as nothing is refused, and nothing itself is a price', () => {
  for (const name of ['inputUsd', 'outputUsd'] as const)
    expect(whyNotAdd({ ...fields, [name]: '0.0000004' }, like), name).toBe(
      'A price is 0, or 0.000001 US-$ or more per million tokens.',
    )
  expect(whyNotAdd({ ...fields, inputUsd: '0', outputUsd: '0.000001' }, like)).toBe(null)
})
