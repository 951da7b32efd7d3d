import { providerId } from '@pointsman/contract'
import type { ProviderReadiness } from '@pointsman/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyDatabase, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const bedrock = providerId('bedrock')

let at: TestControl
let bedrockState: ProviderReadiness
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  at = await startControl(opened.database, {
    providerStates: () => new Map([[bedrock, bedrockState]]),
  })
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const missing: ProviderReadiness = { ready: false, missing: 'AWS_BEARER_TOKEN_BEDROCK' }

test('a model whose provider this server cannot call may become a target, with a warning that says so', async () => {
  bedrockState = { ready: true }
  const none = await at.orchestrate({ action: 'validate', modelId: 'gpt-4o' })
  expect(none.body.data).toMatchObject({ valid: true, available: false })
  expect(none.body.data.problems.join()).toMatch(/cannot call provider openai/)
  const done = await at.orchestrate({ action: 'switch', modelId: 'gpt-4o', useCase: 'health' })
  expect(done.body.data.switched).toBe(true)
  expect(done.body.data.warnings.join()).toMatch(/cannot call provider openai.*fallback/)
  const ranked = await at.orchestrate({ action: 'get-for-use-case', useCase: 'health' })
  expect(ranked.body.data.models.find(({ id }) => id === 'gpt-4o')).toMatchObject({ passed: false })
  const auto = await at.orchestrate({ action: 'auto-switch', useCase: 'health' })
  expect(auto.body.data).toMatchObject({ switched: true, fromId: 'gpt-4o' })
})

test('without credentials the variable to set is named, and nothing is chosen automatically', async () => {
  bedrockState = missing
  const validation = await at.ask(`/api/v1/models/${encodeURIComponent(pro)}/validate`, { body: {} })
  expect(validation.body).toMatchObject({ valid: true, available: false })
  expect(validation.body.problems.join()).toContain('AWS_BEARER_TOKEN_BEDROCK')
  const done = await at.ask('/api/v1/switches?dryRun=true', { body: { modelId: pro, useCase: 'health' } })
  expect(done.body.warnings.join()).toContain('AWS_BEARER_TOKEN_BEDROCK')
  const auto = await at.orchestrate({ action: 'auto-switch', useCase: 'health' })
  expect([auto.status, auto.body.error.code]).toEqual([503, 'no_candidate'])
  expect(auto.body.error.message).toContain('AWS_BEARER_TOKEN_BEDROCK')
  bedrockState = { ready: true }
  const ready = await at.orchestrate({ action: 'validate', modelId: pro })
  expect(ready.body.data).toMatchObject({ valid: true, available: true })
})
