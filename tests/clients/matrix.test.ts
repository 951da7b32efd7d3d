import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
// The catalogue is what the sandbox serves: abilities decide which cells can exist.
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { api, removeFolder, startServer, type RunningServer } from '../server.ts'
import { anthropic, anthropicBearer, anthropicBedrock } from './anthropic.ts'
import { awsConverse } from './aws.ts'
import { cells, toolQuestion } from './client.ts'
import type { Cell, Client, Place } from './client.ts'
import { google } from './google.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import { judge } from './judge.ts'
import { matrixTable } from './matrix-table.ts'
import { aiAnthropic, aiBedrock, aiGoogle, aiOpenai, aiOpenaiChat, aiOpenaiUnstored } from './vercel-ai.ts'

/** Every official client against every provider family, through the gateway. */
const makers: readonly ((place: Place) => Client)[] = [
  openaiChat,
  openaiResponses,
  anthropic,
  anthropicBearer,
  anthropicBedrock,
  awsConverse,
  google,
  aiOpenai,
  aiOpenaiUnstored,
  aiOpenaiChat,
  aiAnthropic,
  aiGoogle,
  aiBedrock,
]
const clients = makers.map((make) => make({ url: '', key: 'k' }).name)

const chatClients = [openaiChat, aiOpenaiChat].map((make) => make({ url: '', key: 'k' }).name)

/** A family and the model that stands for it. */
const families = [
  { family: 'bedrock claude', model: 'eu.anthropic.claude-sonnet-5-5', says: 'Claude Sonnet 5.5' },
  { family: 'bedrock nova', model: 'eu.amazon.nova-pro-v1:0', says: 'Amazon Nova Pro' },
  { family: 'openai', model: 'gpt-4.1', says: 'GPT-4.1' },
  { family: 'openai reasoning', model: 'gpt-6-luna', says: 'GPT-6' },
  { family: 'anthropic', model: 'claude-sonnet-5-5', says: 'Claude Sonnet 5.5' },
  { family: 'google', model: 'gemini-3.5-flash', says: 'Gemini 3.5 Flash' },
  { family: 'compatible', model: 'local-llama', says: 'Local Llama' },
] as const

const local: SimulatedModel = {
  id: 'local-llama',
  name: 'Local Llama',
  vendor: 'openai',
  format: 'openai',
  purpose: 'chat',
  baseModelId: null,
  abilities: {
    tools: true,
    toolsStreaming: true,
    images: true,
    documents: false,
    streaming: true,
    promptCaching: false,
    reasoning: false,
  },
  contextTokens: 100_000,
  maxOutputTokens: 4_000,
  sourceRegions: [],
  destinationRegions: [],
  lifecycle: { status: 'active', endsOn: null },
}

/** Why a cell cannot exist; what is not named here must work. */
function impossible(client: string, cell: Cell, model: string): string | null {
  const entry = catalogue.models.find(({ id }) => id === model)
  if (cell === 'structured' && entry?.abilities.jsonSchema === false) return 'the model takes no schema'
  const hasTools = cell === 'tools' || cell === 'streamTools'
  // Left as it is, this client names its own earlier answer by the id under which OpenAI stored it.
  if (hasTools && client === 'ai openai' && entry?.provider !== 'openai')
    return 'refers to what OpenAI stored'
  // A model that the caller names gets the caller's own bytes, and OpenAI refuses these.
  if (hasTools && chatClients.includes(client) && model === 'gpt-6-luna')
    return 'the vendor takes tools beside reasoning by Responses alone'
  // It puts the schema into words, which a simulated model does not read.
  const inWords = client === 'ai bedrock' && model.startsWith('eu.anthropic.')
  if (cell === 'structured' && inWords) return 'asks for the schema in words'
  // It forces a tool elsewhere, and Claude from 5.1 on takes that as a wish, which a simulated model does not feel.
  const byTool = client === 'ai bedrock' && model === 'claude-sonnet-5-5'
  return cell === 'structured' && byTool ? 'asks for the schema by a forced tool' : null
}

let upstream: Simulator
let server: RunningServer
const results = new Map<string, string>()

beforeAll(async () => {
  upstream = await startSimulator({ models: [local], latency: { firstTokenMs: 0, perTokenMs: 0 } })
  const compatible = [{ id: 'local', baseUrl: `${upstream.url}/v1` }]
  server = await startServer({ environment: { POINTSMAN_OPENAI_COMPATIBLE: JSON.stringify(compatible) } })
  const { profileOnlyRegions: _none, alsoKnownAs: _names, ...entry } = local
  const answer = await api(server, '/api/v1/models', {
    body: {
      ...entry,
      upstreamId: local.id,
      provider: 'local',
      kind: 'direct',
      family: 'llama',
      tier: null,
      generation: 1,
      abilities: { ...local.abilities, jsonSchema: true },
      lifecycle: { ...local.lifecycle, replacement: null },
      enabled: true,
      priority: 999,
    },
  })
  expect([answer.status, answer.body]).toMatchObject([201, {}])
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await upstream.close()
  await removeFolder(server.dataDir)
  const rows = clients.flatMap((client) => families.map(({ family }) => ({ client, family })))
  process.stdout.write(`${matrixTable(rows, (row, cell) => results.get(keyOf(row, cell)) ?? '')}\n`)
})

const keyOf = ({ client, family }: { client: string; family: string }, cell: Cell): string =>
  `${client}|${family}|${cell}`

test('names of routes reach the Gemini face from each of its clients', async () => {
  const order = { candidates: [{ modelId: 'gpt-4.1', weight: 1 }], target: 'gpt-4.1' }
  const { status } = await api(server, '/api/v1/agents/support', { method: 'PUT', body: order })
  expect(status).toBe(201)
  for (const make of [google, aiGoogle]) {
    const client = make({ url: server.url, key: server.key })
    const asked = { model: 'agent/support', text: 'How are you today?' }
    expect((await client.plain(asked)).text).toContain('GPT-4.1')
    expect((await client.stream(asked)).text).toContain('GPT-4.1')
  }
})

describe.each(makers.map((make, index) => [clients[index] ?? '', make] as const))('%s', (name, make) => {
  describe.each(families)('$family', ({ family, model, says }) => {
    test.concurrent.each(cells)('%s', async (cell) => {
      const key = keyOf({ client: name, family }, cell)
      const why = impossible(name, cell, model)
      results.set(key, why === null ? 'failed' : `– ${why}`)
      if (why !== null) return
      const client = make({ url: server.url, key: server.key })
      const text = cell === 'tools' || cell === 'streamTools' ? toolQuestion : 'How are you today?'
      await judge(client, cell, { model, text, says })
      results.set(key, 'ok')
    })
  })
})
