import { modelId } from '@pointsman/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

/** A model that the operator chose gets what a client wrote for another one as it takes it, also within one dialect. */

const aliases = {
  'to-mini': 'gpt-5-mini',
  'to-sol': 'gpt-5.6-sol',
  'to-5.4': 'gpt-5.4',
  'to-gpt-4o': 'gpt-4o',
  'to-sonnet-5': 'claude-sonnet-5',
  'to-bedrock-sonnet-5': 'eu.anthropic.claude-sonnet-5',
  'to-uncached': 'eu.mistral.pixtral-large-2502-v1:0',
}

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway({ simulates: ['bedrock', 'openai', 'anthropic'] })
  await gateway.publish((entries) => ({
    ...entries,
    aliases: Object.entries(aliases).map(([name, id]) => ({ name, target: modelId(id) })),
  }))
})
afterEach(() => {
  gateway.simulator.reset()
  expect(gateway.failures.splice(0)).toEqual([])
})
afterAll(() => gateway.close())

async function send(path: string, body: object) {
  const answer = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serviceKey}` },
    body: JSON.stringify(body),
  })
  // Those of the writer begin with a field.
  const warned = (answer.headers.get('x-pointsman-warnings') ?? '')
    .split('; ')
    .flatMap((text) => text.match(/^[A-Za-z_.]+(?=: )/) ?? [])
  const text = await answer.text()
  return { status: answer.status, warned, text, path: gateway.simulator.ledger().at(-1)?.path }
}

const user = { role: 'user', content: 'What is the weather in Berlin? Use the get_weather tool.' }
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const toolOfClaude = { name: 'get_weather', input_schema: schema }
const toolOfChat = { type: 'function', function: { name: 'get_weather', parameters: schema } }

const chat = '/v1/chat/completions'

describe('tools for a model of OpenAI that takes them beside reasoning by Responses alone', () => {
  test.each([false, true])('come from Messages, streamed: %s', async (stream) => {
    const body = { model: 'gpt-5.6-sol', max_tokens: 9, messages: [user], tools: [toolOfClaude], stream }
    const { status, text, path, warned } = await send('/v1/messages', body)
    expect([status, path], text).toEqual([200, '/v1/responses'])
    expect(warned).toContain('max_tokens')
    const asked = await send('/v1/messages', { ...body, max_tokens: 2_000 })
    expect(asked.text).toContain('"tool_use"')
  })

  test.each([false, true])('come without a leave to call them, streamed: %s', async (stream) => {
    const body = { model: 'gpt-5.6-sol', max_tokens: 2_000, messages: [user], tools: [toolOfClaude], stream }
    const { status, text } = await send('/v1/messages', { ...body, tool_choice: { type: 'none' } })
    expect(status, text).toBe(200)
  })

  test('pass as they came where the caller named the model, and are translated where it was steered', async () => {
    const named = await send(chat, {
      model: 'gpt-5.6-sol',
      messages: [user],
      tools: [toolOfChat],
    })
    expect([named.status, named.path]).toEqual([400, chat])
    const steered = await send(chat, {
      model: 'to-sol',
      messages: [user],
      tools: [toolOfChat],
    })
    expect([steered.status, steered.path], steered.text).toEqual([200, '/v1/responses'])
    expect(steered.text).toContain('"tool_calls"')
  })

  test('pass where the model thinks only when asked and is not', async () => {
    const body = { model: 'to-5.4', messages: [user], tools: [toolOfChat] }
    expect(await send(chat, body)).toMatchObject({ status: 200, path: '/v1/chat/completions' })
    const thinking = { ...body, reasoning_effort: 'low' }
    expect(await send(chat, thinking)).toMatchObject({ status: 200, path: '/v1/responses' })
  })
})

const hello = { role: 'user', content: 'Hello' }
const converse = (name: string) => `/model/${encodeURIComponent(name)}/converse`
const told = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }

test.each<[string, string, object, string[]]>([
  ['a limit by its older name', chat, { model: 'to-mini', messages: [hello], max_tokens: 99 }, []],
  [
    'sampling',
    chat,
    { model: 'to-mini', messages: [hello], temperature: 0, top_p: 0.5 },
    ['temperature', 'top_p'],
  ],
  [
    'an effort that the model lacks',
    chat,
    { model: 'to-mini', messages: [hello], reasoning_effort: 'xhigh' },
    ['reasoning_effort'],
  ],
  [
    'an effort for a model without',
    chat,
    { model: 'to-gpt-4o', messages: [hello], reasoning_effort: 'low' },
    ['reasoning_effort'],
  ],
  ['too high a limit', chat, { model: 'to-gpt-4o', messages: [hello], max_tokens: 99_999 }, ['max_tokens']],
  ['a response', '/v1/responses', { model: 'to-mini', input: 'Hello', temperature: 0 }, ['temperature']],
  [
    'sampling and a budget of thinking',
    '/v1/messages',
    {
      model: 'to-sonnet-5',
      max_tokens: 2_000,
      messages: [hello],
      temperature: 0.5,
      thinking: { type: 'enabled', budget_tokens: 1_024 },
    },
    ['thinking.budget_tokens', 'temperature'],
  ],
  [
    'a beta in its body, which becomes its header,',
    '/v1/messages',
    {
      model: 'to-sonnet-5',
      max_tokens: 2_000,
      messages: [hello],
      temperature: 0.5,
      context_management: { edits: [] },
      anthropic_beta: ['context-management-2025-06-27'],
    },
    ['temperature'],
  ],
  [
    'sampling of Converse',
    converse('to-bedrock-sonnet-5'),
    { ...told, inferenceConfig: { temperature: 0.5 } },
    ['inferenceConfig.temperature'],
  ],
  [
    'cache points',
    converse('to-uncached'),
    { ...told, system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }] },
    ['cachePoint'],
  ],
])('a steered request with %s is written as the model takes it', async (_what, path, body, fields) => {
  const { status, text, warned } = await send(path, body)
  expect(status, text).toBe(200)
  expect(warned).toEqual(fields)
})

test('what the model takes passes as it came, and so does all that names the model', async () => {
  const steered = { model: 'to-mini', messages: [hello], max_completion_tokens: 99, n: 2 }
  const { status, text } = await send(chat, steered)
  expect(status, text).toBe(200)
  expect((JSON.parse(text) as { choices: unknown[] }).choices).toHaveLength(2)
  const named = await send(chat, { model: 'gpt-5-mini', messages: [hello], max_tokens: 99 })
  expect(named.status).toBe(400)
  expect(named.text).toContain("Use 'max_completion_tokens' instead")
})
