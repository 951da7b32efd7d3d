import type { LifecycleStatus } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { modelLists } from './model-lists.ts'
import type { ListedModel } from './models.ts'

const model = (status: LifecycleStatus, endsOn: string | null): ListedModel => ({
  id: 'claude-9',
  name: 'Claude 9',
  createdAtMs: 0,
  owner: 'anthropic',
  contextTokens: 200_000,
  maxOutputTokens: null,
  purpose: 'chat',
  lifecycle: { status, endsOn },
})

test("Anthropic's form holds every member of its SDK's ModelInfo", () => {
  expect(modelLists['anthropic-messages'].one(model('deprecated', '2027-01-31'))).toEqual({
    type: 'model',
    id: 'claude-9',
    display_name: 'Claude 9',
    created_at: '1970-01-01T00:00:00.000Z',
    max_input_tokens: 200_000,
    max_tokens: null,
    lifecycle: 'deprecated',
    retires_at: '2027-01-31T00:00:00.000Z',
    deprecated_at: null,
    capabilities: null,
    line: null,
  })
  const stages = (['active', 'preview', 'legacy', 'eol'] as const).map(
    (status) => modelLists['anthropic-messages'].one(model(status, null)) as { lifecycle: string },
  )
  expect(stages.map(({ lifecycle }) => lifecycle)).toEqual(['active', 'active', 'deprecated', 'retired'])
})
