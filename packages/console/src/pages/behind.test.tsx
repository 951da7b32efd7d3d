// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import type { Behind } from '@pointsman/sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant } from '../format/instants.ts'
import { Toasts } from '../parts/toast.tsx'
import { nobodyBehind } from '../testing/nobody-behind.ts'
import { showPage, type Answers } from '../testing/show-page.tsx'

const since = '2026-11-27T10:02:03.000Z'
const behind: Behind = { pending: ['replica-1'], unheard: [{ id: 'replica-2', since }] }

beforeEach(() => {
  render(<Toasts />)
})
afterEach(async () => {
  // What is told stays for as long as nobody closes it, in the next test, too.
  for (const button of screen.queryAllByRole('button', { name: 'Dismiss' })) await userEvent.click(button)
  cleanup()
})

const press = async (name: string): Promise<void> =>
  userEvent.click(await screen.findByRole('button', { name }))

const agent = {
  ...{ kind: 'agent', name: 'sql_agent', key: 'agent/sql_agent', serves: 'two', inherits: false },
  ...{ drill: null, switchId: null, llm_provider: 'bedrock', llm_model: 'two', target: 'two' },
  ...{ candidates: [], fallbacks: null, residency: null, strategy: 'priority', objective: 'quality' },
  ...{ lifecycleRule: 'warn', autoSwitch: 'on', capture: false, heartbeatMs: null, revision: 3 },
}
const key = {
  ...{ id: 'k-1', name: 'etl', lastFour: 'ab12', scopes: ['invoke'], routes: null, models: null },
  ...{ requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: null, spendPerDayUsd: null },
  ...{ spendPerMonthUsd: null, createdAt: '2026-01-01T00:00:00Z', lastUsedAt: null, expiresAt: null },
  ...{ revokedAt: null, replacedBy: null, revision: 3 },
}
const provider = {
  ...{ id: 'openai', keySource: 'registry', keyLast4: 'ab12', missing: null, circuits: [], regions: [] },
  ...{ enabledModels: 1, models: 1, lastTest: null, baseUrl: null, keyProblem: null, keySince: null },
  ...{ keyExpiresAt: null, keyFrom: null },
}
const keys = { 'GET /api/v1/keys': { data: [key], nextCursor: null } }
const providers = { 'GET /api/v1/providers': { data: [provider], nextCursor: null } }

interface Change {
  readonly what: string
  readonly path: string
  readonly line: string
  readonly answer: object
  readonly others: Answers
  readonly make: () => Promise<void>
}

const changes: readonly Change[] = [
  {
    ...{ what: 'an agent that is removed', path: '/agents/sql_agent' },
    ...{ line: 'DELETE /api/v1/agents/sql_agent', answer: { deleted: true, revision: 4 } },
    others: {
      'GET /api/v1/agents': { data: [agent], nextCursor: null },
      'GET /api/v1/agents/sql_agent': agent,
    },
    make: async () => {
      await press('Remove')
      await press('Remove')
    },
  },
  {
    ...{ what: 'a key that is revoked', path: '/providers', others: keys },
    ...{ line: 'DELETE /api/v1/keys/k-1', answer: key },
    make: async () => {
      await press('etl')
      await press('Revoke')
      await press('Revoke')
    },
  },
  {
    ...{ what: 'a new key, beside the key itself', path: '/providers', others: {} },
    ...{ line: 'POST /api/v1/keys', answer: { ...key, key: 'pm_the-new-one' } },
    make: async () => {
      await press('Create a key')
      await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'etl')
      await press('Create')
      await screen.findByText('pm_the-new-one')
    },
  },
  {
    ...{ what: 'a key of a provider', path: '/providers/openai', others: providers },
    ...{ line: 'PUT /api/v1/providers/openai/key', answer: { id: 'openai', note: null } },
    make: async () => {
      await press('Update API key')
      await userEvent.type(screen.getByLabelText('API key'), 'sk-1')
      await press('Update API key')
    },
  },
]

test.each(changes)(
  'who does not serve $what is told, and since when nobody heard of them',
  async ({ answer, line, make, others, path }) => {
    showPage(path, ['read', 'admin'], { ...others, [line]: { ...answer, ...behind } })
    await make()
    expect(await screen.findByText(/Not yet with: replica-1\./)).toBeTruthy()
    expect(
      await screen.findByText(new RegExp(`Not heard of: replica-2 \\(since ${instant(since)}\\)`)),
    ).toBeTruthy()
  },
)

test.each(changes)('where every replica serves $what, nobody is named', async (change) => {
  showPage(change.path, ['read', 'admin'], {
    ...change.others,
    [change.line]: { ...change.answer, ...nobodyBehind },
  })
  await change.make()
  await expect
    .poll(() => document.body.textContent)
    .toMatch(/removed|revoked|only time|every replica calls with it/i)
  expect(document.body.textContent).not.toMatch(/Not yet with|Not heard of/)
})
