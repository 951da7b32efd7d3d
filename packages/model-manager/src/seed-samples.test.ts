import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  BaseAgent,
  ConfigurationManager,
  ModelManager,
  ModelManagerError,
  type AgentAnswer,
  type Message,
} from './index.ts'
import { startVendors, type SimulatedVendors } from './testing/simulated-vendors.ts'

/**
 * Every code sample of the guide that this package was asked for in, in its order, with its names in TypeScript's spelling.
 * The configuration is the guide's own.
 */
const developmentYaml = `
# config/dev.yaml
agents:
  default_model: anthropic.claude-3-5-sonnet-20241022-v2:0
  
  sql_agent:
    enabled: true
    model: anthropic.claude-3-5-sonnet-20241022-v2:0  # Use Sonnet for complex SQL
    timeout_seconds: 60
  
  inventory_optimizer:
    enabled: true
    model: anthropic.claude-3-5-haiku-20241022-v1:0  # Use Haiku for cost savings
    timeout_seconds: 90
`

let vendors: SimulatedVendors
const managers: ModelManager[] = []
const printed: string[] = []
const print = (line: string): void => void printed.push(line)

beforeAll(async () => {
  vendors = await startVendors()
})
afterEach(async () => {
  vendors.simulator.reset()
  printed.length = 0
  await Promise.all(managers.splice(0).map((manager) => manager.close()))
})
afterAll(() => vendors.simulator.close())

function managerOf(text: string): ModelManager {
  const config = new ConfigurationManager('dev', { text })
  const modelManager = new ModelManager(config, undefined, {
    environment: vendors.environment,
    metrics: 'none',
    log: () => undefined,
  })
  managers.push(modelManager)
  return modelManager
}

const messages: readonly Message[] = [{ role: 'user', content: [{ text: 'Hello' }] }]
const failing = (model: string): void => {
  vendors.simulator.script({ match: { model }, effect: { error: { name: 'AccessDeniedException' } } })
}

test('1. per-agent model configuration', () => {
  const modelManager = managerOf(developmentYaml)
  expect(modelManager.getModelForAgent('sql_agent')).toBe('anthropic.claude-3-5-sonnet-20241022-v2:0')
  expect(modelManager.getModelForAgent('inventory_optimizer')).toBe(
    'anthropic.claude-3-5-haiku-20241022-v1:0',
  )
  expect(modelManager.getModelForAgent('anyone_else')).toBe('anthropic.claude-3-5-sonnet-20241022-v2:0')
  expect(modelManager.config.getAgentConfig('inventory_optimizer').timeoutMs).toBe(90_000)
})

test('2. automatic model fallback: the strategy of the guide, to the newest live member', () => {
  const modelManager = managerOf(developmentYaml)
  const tierOf = (id: string): string => {
    const fallback = modelManager.getFallbackModel(id)
    expect(fallback).not.toBe(id)
    return /claude-(\w+)-5-5$/.exec(fallback ?? '')?.[1] ?? `${fallback}`
  }
  expect(tierOf('anthropic.claude-3-5-sonnet-20241022-v2:0')).toBe('haiku')
  expect(tierOf('anthropic.claude-3-opus-20240229-v1:0')).toBe('sonnet')
  expect(tierOf('anthropic.claude-3-5-haiku-20241022-v1:0')).toBe('sonnet')
  expect(tierOf('amazon.titan-text-premier-v1:0')).toBe('sonnet')
  expect(tierOf('meta.llama3-70b-instruct-v1:0')).toBe('sonnet')
})

test('3. model compatibility validation', () => {
  const modelManager = managerOf(developmentYaml)
  const { compatible, error } = modelManager.validateModelCompatibility('amazon.titan-text-premier-v1:0', {
    requiresTools: true,
  })
  expect([compatible, error]).toEqual([false, 'Model does not support tools'])
  if (!compatible) print(`Model not compatible: ${error}`)
  expect(printed).toEqual(['Model not compatible: Model does not support tools'])
})

test('basic usage', async () => {
  const modelManager = managerOf(developmentYaml)
  const response = await modelManager.invokeModel({
    agentName: 'sql_agent',
    messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
    systemPrompt: 'You are a SQL expert',
    useFallback: true,
  })
  if (response.success) {
    print(`Model used: ${response.modelId}`)
    print(`Latency: ${response.latencyMs}ms`)
    print(`Cost: $${response.cost?.toFixed(4)}`)
    print(`Tokens: ${response.usage.totalTokens}`)
  }
  const billed = vendors.simulator.ledger().at(-1)?.usage
  const { inputTokens = 0, outputTokens = 0 } = billed ?? {}
  expect(printed[0]).toBe('Model used: anthropic.claude-3-5-sonnet-20241022-v2:0')
  expect(printed[1]).toMatch(/^Latency: \d+(\.\d+)?ms$/)
  // The guide's prices: $0.003 and $0.015 for 1,000 tokens.
  expect(printed[2]).toBe(`Cost: $${((inputTokens * 0.003 + outputTokens * 0.015) / 1_000).toFixed(4)}`)
  expect(printed[3]).toBe(`Tokens: ${inputTokens + outputTokens}`)
  expect(outputTokens).toBeGreaterThan(0)
  // The system prompt went along.
  const without = await modelManager.invokeModel({ agentName: 'sql_agent', messages })
  expect(without.usage.inputTokens).toBeLessThan(inputTokens)
})

class MyAgent extends BaseAgent {
  async processQuery(query: string): Promise<AgentAnswer> {
    const response = await this.invokeBedrockModel({
      prompt: query,
      systemPrompt: 'You are a helpful assistant',
    })
    return { response }
  }
}

test('integration with agents', async () => {
  const modelManager = managerOf(developmentYaml)
  const agent = new MyAgent('inventory_optimizer', modelManager)
  const { response } = await agent.processQuery('How much is left?')
  expect(response).toMatch(/^This is Claude 3\.5 Haiku \(simulated\).*“How much is left\?”/)
  expect(modelManager.getUsageSummary().byAgent['inventory_optimizer']?.totalInvocations).toBe(1)
})

test('supported models: the table', () => {
  const modelManager = managerOf(developmentYaml)
  const row = (id: string) => {
    const model = modelManager.getModelConfig(id)
    if (model === null) throw new Error(`${id} is missing`)
    const { modelFamily, maxTokens, supportsTools, supportsStreaming } = model
    return [
      modelFamily,
      maxTokens,
      supportsTools,
      supportsStreaming,
      model.costPer1kInputTokens,
      model.costPer1kOutputTokens,
    ]
  }
  expect(row('anthropic.claude-3-5-sonnet-20241022-v2:0')).toEqual(['claude', 8192, true, true, 0.003, 0.015])
  // The guide has $0.001 and $0.005; the vendor's own price is the catalogue's.
  expect(row('anthropic.claude-3-5-haiku-20241022-v1:0')).toEqual(['claude', 8192, true, true, 0.0008, 0.004])
  expect(row('anthropic.claude-3-opus-20240229-v1:0')).toEqual(['claude', 4096, true, true, 0.015, 0.075])
  expect(row('amazon.titan-text-premier-v1:0')).toEqual(['titan', 3072, false, true, 0.0005, 0.0015])
  expect(row('meta.llama3-70b-instruct-v1:0')).toEqual(['llama', 2048, false, true, 0.00265, 0.0035])
})

test('environment-specific configuration', () => {
  const development = managerOf(`
agents:
  default_model: anthropic.claude-3-5-sonnet-20241022-v2:0
  context_window_size: 5
  
  sql_agent:
    model: anthropic.claude-3-5-haiku-20241022-v1:0  # Use cheaper model
`)
  const production = managerOf(`
agents:
  default_model: anthropic.claude-3-5-sonnet-20241022-v2:0
  context_window_size: 10
  
  sql_agent:
    model: anthropic.claude-3-5-sonnet-20241022-v2:0  # Use best model
`)
  expect(development.getModelForAgent('sql_agent')).toBe('anthropic.claude-3-5-haiku-20241022-v1:0')
  expect(production.getModelForAgent('sql_agent')).toBe('anthropic.claude-3-5-sonnet-20241022-v2:0')
  expect(development.config.getAgentConfig('sql_agent').contextWindowSize).toBe(5)
  expect(production.config.getAgentConfig('sql_agent').contextWindowSize).toBe(10)
})

test('usage summary, and flushing before shutdown', async () => {
  const modelManager = managerOf(developmentYaml)
  const costs: number[] = []
  for (const agentName of ['sql_agent', 'inventory_optimizer']) {
    const { cost } = await modelManager.invokeModel({ agentName, messages })
    costs.push(cost ?? Number.NaN)
  }
  const summary = modelManager.getUsageSummary()
  print(`Total invocations: ${summary.totalInvocations}`)
  print(`Total cost: $${summary.totalCostUsd.toFixed(4)}`)
  print(`Average latency: ${summary.averageLatencyMs.toFixed(2)}ms`)
  expect(printed[0]).toBe('Total invocations: 2')
  expect(printed[1]).toBe(`Total cost: $${costs.reduce((sum, cost) => sum + cost, 0).toFixed(4)}`)
  expect(printed[2]).toMatch(/^Average latency: \d+\.\d\dms$/)
  const threshold = 0.000001
  if (summary.totalCostUsd > threshold) print('Consider switching to cheaper models')
  expect(printed.at(-1)).toBe('Consider switching to cheaper models')
  await modelManager.flushMetrics()
  // Publishing does not reset the summary.
  expect(modelManager.getUsageSummary()).toEqual(summary)
})

test('model unavailable: the fallback answers', async () => {
  const modelManager = managerOf(developmentYaml)
  failing('anthropic.claude-3-5-sonnet*')
  const response = await modelManager.invokeModel({ agentName: 'sql_agent', messages, useFallback: true })
  if (response.fallbackUsed) print(`Fallback model used: ${response.modelId}`)
  expect(printed).toEqual(['Fallback model used: eu.anthropic.claude-haiku-5-5'])
})

test('no fallback available: an error says so', async () => {
  const modelManager = managerOf(developmentYaml)
  failing('*')
  try {
    await modelManager.invokeModel({ agentName: 'sql_agent', messages })
  } catch (e) {
    if (!(e instanceof ModelManagerError)) throw e
    print(`Model invocation failed: ${e.message}`)
    expect(e.tried.map(({ modelId }) => modelId)).toEqual([
      'anthropic.claude-3-5-sonnet-20241022-v2:0',
      'eu.anthropic.claude-haiku-5-5',
    ])
  }
  expect(printed).toHaveLength(1)
  expect(printed[0]).toMatch(
    /^Model invocation failed: No candidate could answer\. Tried anthropic\.claude-3-5-sonnet.*AccessDeniedException.*eu\.anthropic\.claude-haiku-5-5/,
  )
  printed.length = 0
  vendors.simulator.reset()
  failing('anthropic.claude-3-5-sonnet*')
  await expect(
    modelManager.invokeModel({ agentName: 'sql_agent', messages, useFallback: false }),
  ).rejects.toMatchObject({ name: 'ModelManagerError', tried: [{}] })
})

test('the sample configurations: four agents, and each model is one that can be called', () => {
  for (const environment of ['dev', 'staging', 'production', 'prod']) {
    const config = new ConfigurationManager(environment)
    expect(config.agentNames).toEqual([
      'sql_agent',
      'inventory_optimizer',
      'logistics_planner',
      'supplier_analyzer',
    ])
    const modelManager = new ModelManager(config, undefined, {
      environment: vendors.environment,
      metrics: 'none',
    })
    managers.push(modelManager)
    const listed = new Map(modelManager.listAvailableModels().map((model) => [model.modelId, model]))
    for (const name of config.agentNames) {
      const id = modelManager.getModelForAgent(name)
      expect(listed.get(id), `${environment}: ${id}`).toMatchObject({ available: true, lifecycle: 'active' })
    }
  }
  expect(readFileSync('config/dev.yaml', 'utf8')).toMatch(/context_window_size: 5/)
})
