import { ConfigurationManager, ModelManager } from '@pointsman/model-manager'
import { startSimulator, type Simulator } from '@pointsman/simulator'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
// The simulator serves what the server's catalogue has.
import catalogue from '../catalogue/models.json' with { type: 'json' }
import type { SimulatedModel } from '@pointsman/simulator'
import { freePort } from '../tools/free-port.ts'
import { api, eventually, removeFolder, startServer, type RunningServer } from './server.ts'

/** Agents in a process of their own, that follow what is switched on a server. */
const token = 'ABSKsimulated'
const [pro, lite, micro] = [
  'eu.amazon.nova-pro-v1:0',
  'eu.amazon.nova-lite-v1:0',
  'eu.amazon.nova-micro-v1:0',
]

let simulator: Simulator
let server: RunningServer
let publicKey: string
const managers: ModelManager[] = []
const log: string[] = []

beforeAll(async () => {
  simulator = await startSimulator({
    models: catalogue.models as unknown as readonly SimulatedModel[],
    credentials: { bearerTokens: [token] },
    latency: { firstTokenMs: 1, perTokenMs: 0 },
  })
  server = await startServer()
  publicKey = (await api<{ publicKey: string }>(server, '/api/v1/snapshot')).body.publicKey
  await api(server, '/api/v1/agents/sql_agent', { method: 'PUT', body: { target: lite } })
})
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close()))
  log.length = 0
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
  await simulator.close()
})

const configuration = `
agents:
  default_model: ${pro}
  sql_agent:
    model: ${micro}
    timeout_seconds: 30
  inventory_optimizer:
    model: ${micro}
`

function managerOf(
  changes: { readonly url?: string; readonly publicKey?: string; readonly key?: string } = {},
): ModelManager {
  const manager = new ModelManager(new ConfigurationManager('dev', { text: configuration }), undefined, {
    environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url, AWS_BEARER_TOKEN_BEDROCK: token },
    metrics: 'none',
    log: (_level, message, facts) => void log.push(`${message} ${JSON.stringify(facts)}`),
    server: { url: server.url, key: server.key, publicKey, pollMs: 100, ...changes },
  })
  managers.push(manager)
  return manager
}

const servedBy = async (manager: ModelManager, agentName: string): Promise<string> =>
  (await manager.invokeModel({ agentName, messages: [{ role: 'user', content: 'Hello' }] })).modelId

test('what the server says of an agent wins over the file, and a switch made there reaches the process', async () => {
  const manager = managerOf()
  expect(await servedBy(manager, 'sql_agent')).toBe(lite)
  // Of these the server says nothing.
  expect(await servedBy(manager, 'inventory_optimizer')).toBe(micro)
  expect(await servedBy(manager, 'anyone_else')).toBe(pro)
  const { status } = await api(server, '/functions/v1/orchestrate-bedrock-models', {
    body: { action: 'switch', modelId: pro, agent: 'sql_agent', reason: 'a test' },
  })
  expect(status).toBe(200)
  const after = await eventually(
    () => servedBy(manager, 'sql_agent'),
    (model) => model === pro,
  )
  expect(after).toBe(pro)
  expect(manager.getModelForAgent('sql_agent')).toBe(pro)
  await api(server, '/api/v1/agents/inventory_optimizer', { method: 'PUT', body: {} })
  // An agent that inherits there has the server's default, not the file's.
  await api(server, '/functions/v1/manage-bedrock-models', {
    body: { action: 'set-default', model_id: lite },
  })
  expect(
    await eventually(
      () => servedBy(manager, 'inventory_optimizer'),
      (model) => model === lite,
    ),
  ).toBe(lite)
  expect(await servedBy(manager, 'anyone_else')).toBe(pro)
})

test('a snapshot that another key signed is not taken: the file decides, and it is said', async () => {
  const other = Buffer.alloc(32, 7).toString('base64')
  const manager = managerOf({ publicKey: other })
  expect(await servedBy(manager, 'sql_agent')).toBe(micro)
  expect(log.join('\n')).toMatch(/snapshot_not_read.*not signed by the key that was given/)
})

test('a wrong key and a server that is away are told, and agents are answered all the same', async () => {
  expect(await servedBy(managerOf({ key: 'wrong' }), 'sql_agent')).toBe(micro)
  expect(log.join('\n')).toMatch(/answered 401\. The key is not one of its keys/)
  const url = `http://127.0.0.1:${await freePort()}`
  expect(await servedBy(managerOf({ url }), 'sql_agent')).toBe(micro)
  expect(log.join('\n')).toMatch(/does not answer/)
})
