import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigurationManager, ModelManager, ModelManagerError, type ModelUsageMetrics } from './index.ts'
import { startVendors, type SimulatedVendors } from './testing/simulated-vendors.ts'

let vendors: SimulatedVendors
beforeAll(async () => {
  vendors = await startVendors()
})
afterAll(() => vendors.simulator.close())

test('each invocation is told with what it used, failed ones too, and costs what its answer says', async () => {
  const told: ModelUsageMetrics[] = []
  const config = new ConfigurationManager('dev', {
    text: 'agents: { default_model: eu.amazon.nova-pro-v1:0 }',
  })
  const manager = new ModelManager(config, 'eu-central-1', {
    environment: vendors.environment,
    metrics: 'none',
    log: () => undefined,
    onUsage: (usage) => void told.push(usage),
  })
  const ask = () =>
    manager.invokeModel({ agentName: 'sql_agent', messages: [{ role: 'user', content: 'Hello' }] })
  const { cost, latencyMs, usage } = await ask()
  vendors.simulator.script({ effect: { error: { name: 'AccessDeniedException' } } })
  await expect(ask()).rejects.toThrow(/AccessDenied/)
  const [good, bad] = told
  const model = manager.getModelConfig('eu.amazon.nova-pro-v1:0')
  if (good === undefined || bad === undefined || model === null) throw new Error('something is missing')
  expect(good.getCost(model)).toBeCloseTo(cost ?? Number.NaN, 9)
  expect(good.toDict()).toEqual({
    agent_name: 'sql_agent',
    model_id: 'eu.amazon.nova-pro-v1:0',
    timestamp: good.timestamp.toISOString(),
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    latency_ms: latencyMs,
    success: true,
    error_message: null,
  })
  expect(bad.success).toBe(false)
  expect(bad.errorMessage).toContain('AccessDenied')
  expect(manager.getUsageSummary()).toMatchObject({ successfulInvocations: 1, failedInvocations: 1 })
  await manager.close()
})

test('a summary holds at most a hundred agents by name, and loses no count', async () => {
  const config = new ConfigurationManager('dev', {
    text: 'agents: { default_model: eu.amazon.nova-pro-v1:0 }',
  })
  const manager = new ModelManager(config, undefined, { environment: vendors.environment, metrics: 'none' })
  vendors.simulator.reset()
  const asked = Array.from({ length: 110 }, (_, index) =>
    manager.invokeModel({ agentName: `agent-${index}`, messages: [{ role: 'user', content: 'x' }] }),
  )
  await Promise.all(asked)
  const { byAgent, totalInvocations } = manager.getUsageSummary()
  expect(totalInvocations).toBe(110)
  expect(Object.keys(byAgent)).toHaveLength(101)
  expect(byAgent['other']?.totalInvocations).toBe(10)
  await manager.close()
})

test('vendors’ addresses that cannot be one, and models that do not exist, are refused at once', () => {
  const config = new ConfigurationManager('dev', { text: 'agents:\n  a:\n    model: nova\n' })
  expect(() => new ModelManager(config)).toThrow(
    /dev\.yaml:3: agents\.a\.model is "nova", which the catalogue does not have/,
  )
  const environment = { OPENAI_BASE_URL: 'not an address' }
  const good = new ConfigurationManager('dev', { text: 'agents: {}' })
  expect(() => new ModelManager(good, undefined, { environment })).toThrow(
    /OPENAI_BASE_URL is "not an address"/,
  )
})

test('a word for metrics that there is none of is refused, and not taken for CloudWatch', async () => {
  const metrics = 'off' as unknown as 'none'
  const config = new ConfigurationManager('dev', { text: 'agents: {}' })
  const manager = new ModelManager(config, undefined, { environment: vendors.environment, metrics })
  await expect(
    manager.invokeModel({ agentName: 'a', messages: [{ role: 'user', content: 'x' }] }),
  ).rejects.toThrow('metrics is "off"; it takes auto, cloudwatch, emf, none or an outlet.')
  await manager.close()
})

test('a call without a request, and a model that nobody knows, are told with what this package has for it', async () => {
  const config = new ConfigurationManager('dev', {
    text: 'agents: { default_model: eu.amazon.nova-pro-v1:0 }',
  })
  const manager = new ModelManager(config, undefined, { environment: vendors.environment, metrics: 'none' })
  const unknown = {
    modelId: 'zzz',
    agentName: 'sql_agent',
    messages: [{ role: 'user', content: 'x' }],
  } as const
  const rejected = manager.invokeModel(unknown)
  await expect(rejected).rejects.toBeInstanceOf(ModelManagerError)
  await expect(rejected).rejects.toThrow(
    'Model not found: zzz. List the names that exist with listAvailableModels().',
  )
  // As a program in JavaScript may call it.
  const untyped = manager as unknown as {
    invokeModel(request?: object): Promise<unknown>
    streamModel(request?: object): AsyncGenerator
  }
  const wrong = { name: 'ModelManagerError', code: 'invalid_request' }
  await expect(untyped.invokeModel()).rejects.toMatchObject(wrong)
  await expect(untyped.streamModel().next()).rejects.toMatchObject(wrong)
  await expect(untyped.invokeModel({})).rejects.toMatchObject(wrong)
  await manager.close()
})
