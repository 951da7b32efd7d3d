import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SimulatedModel } from './simulated-model.ts'
import { startSimulator } from './simulator.ts'
import type { Simulator } from './simulator.ts'
import { sampleModels } from './testing/sample-models.ts'

/* One address serves the models of several providers, and each of its APIs only those of its own. */

const given = (id: string, more: Partial<SimulatedModel>): SimulatedModel => {
  const [any] = sampleModels
  if (any === undefined) throw new Error('no sample')
  return { ...any, id, name: id, baseModelId: null, sourceRegions: [], destinationRegions: null, ...more }
}

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({
    latency: { firstTokenMs: 0, perTokenMs: 0 },
    models: [
      given('amazon.nova-pro-v1:0', { provider: 'bedrock' }),
      given('anthropic.claude-a', { provider: 'bedrock', vendor: 'anthropic', format: 'claude' }),
      given('claude-b', { provider: 'anthropic', vendor: 'anthropic', format: 'claude' }),
      given('gemini-c', { provider: 'google', vendor: 'google', format: 'gemini' }),
    ],
  })
})
afterAll(() => simulator.close())

async function ids(path: string, headers: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const answer = await fetch(`${simulator.url}${path}`, { headers })
  expect(answer.status).toBe(200)
  return [...(await answer.text()).matchAll(/"(?:modelId|id|name)": ?"([^"]+)"/g)].map(([, id = '']) => id)
}

test('each API lists the models of its own provider', async () => {
  expect(await ids('/foundation-models')).toEqual(['amazon.nova-pro-v1:0', 'anthropic.claude-a'])
  expect(await ids('/v1/models', { 'anthropic-version': '2023-06-01' })).toEqual(['claude-b'])
  expect(await ids('/v1beta/models')).toEqual(['models/gemini-c'])
})

test('a model of another provider is one that does not exist', async () => {
  const messages = JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] })
  const ask = (path: string, body: string): Promise<Response> =>
    fetch(`${simulator.url}${path}`, { method: 'POST', body, headers: { 'anthropic-version': '2023-06-01' } })
  expect((await ask('/model/claude-b/converse', messages)).status).toBe(400)
  expect((await ask('/model/anthropic.claude-a/converse', messages)).status).toBe(200)
  const contents = JSON.stringify({ contents: [{ parts: [{ text: 'Hi' }] }] })
  expect((await ask('/v1beta/models/claude-b:generateContent', contents)).status).toBe(404)
  const said = { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }
  expect((await ask('/v1/messages', JSON.stringify({ ...said, model: 'claude-a' }))).status).toBe(404)
  expect((await ask('/v1/messages', JSON.stringify({ ...said, model: 'claude-b' }))).status).toBe(200)
})

test('each API has its own limit of a body', async () => {
  const body = 'x'.repeat(26_214_400)
  const status = async (path: string): Promise<number> => {
    const sent = fetch(`${simulator.url}${path}`, { method: 'POST', body })
    // Where the refusal overtakes the body, the client sees its connection closed.
    return sent.then((answer) => answer.status).catch(() => 413)
  }
  expect(await status('/v1/messages')).not.toBe(413)
  expect(await status('/v1/chat/completions')).not.toBe(413)
  expect(await status('/v1beta/models/gemini-c:generateContent')).not.toBe(413)
  expect(await status('/model/amazon.nova-pro-v1:0/converse')).toBe(413)
})
