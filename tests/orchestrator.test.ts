import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigurationManager, ModelManager } from '@pointsman/model-manager'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import catalogue from '../catalogue/models.json' with { type: 'json' }
import { SupplyChainOrchestrator } from '../examples/orchestrator/orchestrator.ts'
import { cleanEnvironment, root } from './server.ts'

const token = 'ABSKsimulated'
let simulator: Simulator
let orchestrator: SupplyChainOrchestrator
const environment = () => ({
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
  AWS_BEARER_TOKEN_BEDROCK: token,
})
beforeAll(async () => {
  simulator = await startSimulator({
    models: catalogue.models as unknown as readonly SimulatedModel[],
    credentials: { bearerTokens: [token] },
    latency: { firstTokenMs: 1, perTokenMs: 0 },
  })
})
beforeEach(async () => {
  simulator.reset()
  const config = new ConfigurationManager('dev', { folder: join(root, 'config') })
  const modelManager = new ModelManager(config, undefined, { environment: environment(), metrics: 'none' })
  orchestrator = new SupplyChainOrchestrator(modelManager)
  return () => modelManager.close()
})
afterAll(() => simulator.close())

test('the sample of the guide: a question, a persona, a session', async () => {
  const result = await orchestrator.processQuery({
    query: 'Show me inventory levels',
    persona: 'warehouse_manager',
    sessionId: 'session-123',
  })
  expect(result.agentName).toBe('inventory_optimizer')
  expect(result.response).toMatch(/^This is Claude Haiku 5\.5.*“Show me inventory levels”/)
})

test('each question goes to the agent that it concerns, else to the persona’s own', async () => {
  const ask = async (query: string) =>
    (await orchestrator.processQuery({ query, persona: 'procurement_specialist', sessionId: 's' })).agentName
  expect(await ask('Write a SQL query for all orders')).toBe('sql_agent')
  expect(await ask('Plan the delivery of truck 7')).toBe('logistics_planner')
  expect(await ask('What is new?')).toBe('supplier_analyzer')
  const { byAgent } = orchestrator.modelManager.getUsageSummary()
  expect(Object.keys(byAgent).sort()).toEqual(['logistics_planner', 'sql_agent', 'supplier_analyzer'])
})

test('a session is remembered for as many exchanges as are configured, and belongs to one agent', async () => {
  const sizes: number[] = []
  for (let turn = 1; turn <= 8; turn++) {
    await orchestrator.processQuery({ query: 'stock?', persona: 'warehouse_manager', sessionId: 'long' })
    sizes.push(simulator.ledger().at(-1)?.usage?.inputTokens ?? 0)
  }
  // Five exchanges go along: the sixth question has all of them, and those after it no more.
  for (let turn = 1; turn <= 5; turn++) expect(sizes[turn]).toBeGreaterThan(sizes[turn - 1] ?? 0)
  const grown = (sizes[5] ?? 0) - (sizes[4] ?? 0)
  expect(Math.abs((sizes[7] ?? 0) - (sizes[6] ?? 0))).toBeLessThan(grown / 2)
  await orchestrator.processQuery({ query: 'stock?', persona: 'warehouse_manager', sessionId: 'other' })
  expect(simulator.ledger().at(-1)?.usage?.inputTokens).toBe(sizes[0])
})

test('the example runs as its README says, and ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/orchestrator/main.ts'], {
    cwd: root,
    env: cleanEnvironment(environment()),
    timeout: 60_000,
  })
  expect(stdout).toMatch(/inventory_optimizer: This is Claude Haiku.*supplier_analyzer: This is Claude/s)
  expect(stdout).toMatch(/Total invocations: 3\nTotal cost: \$0\.\d{4}\n$/)
})
