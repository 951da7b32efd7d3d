import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI, type Content } from '@google/genai'
import OpenAI from 'openai'
import type { ResponseInput } from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patientWithRegistry, removeFolder, startServer, type RunningServer } from '../server.ts'
import { pixel, toolQuestion, toolResult, weather } from './client.ts'

/**
 * A conversation with an image, a tool's call and its result, and the first model's thoughts, goes on with a model of
 * another vendor. The simulated vendors refuse what their own would: ids, signatures, orders of turns.
 */
const models = [
  { model: 'eu.anthropic.claude-sonnet-5-5', says: 'Claude Sonnet 5.5' },
  { model: 'eu.amazon.nova-pro-v1:0', says: 'Amazon Nova Pro' },
  { model: 'gpt-4.1', says: 'GPT-4.1' },
  { model: 'gpt-6-luna', says: 'GPT-6' },
  { model: 'claude-sonnet-5-5', says: 'Claude Sonnet 5.5' },
  { model: 'gemini-3.5-flash', says: 'Gemini 3.5 Flash' },
] as const
const moves = models.flatMap((from) => models.map((to) => [from.model, to.model, to.says] as const))
const lastQuestion = 'Thank you. How are you today?'

let server: RunningServer
beforeAll(async () => {
  server = await startServer({ environment: patientWithRegistry })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

/** What the second model says after all that the first one did. */
type Conversation = (from: string, to: string) => Promise<string>

/** OpenAI takes tools by Chat Completions only where its newer models are told not to reason. */
const named = (model: string) =>
  model === 'gpt-6-luna' ? { model, reasoning_effort: 'none' as const } : { model }

const overOpenai: Conversation = async (from, to) => {
  const { chat } = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 })
  const { name, description, schema: parameters } = weather
  const tools = [{ type: 'function' as const, function: { name, description, parameters } }]
  const image = { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${pixel}` } }
  const user = { role: 'user' as const, content: [{ type: 'text' as const, text: toolQuestion }, image] }
  const first = await chat.completions.create({ ...named(from), messages: [user], tools })
  const message = first.choices[0]?.message
  if (message?.tool_calls === undefined) throw new Error('the model called no tool')
  const { role, content, tool_calls } = message
  const results = tool_calls.map(({ id }) => ({
    role: 'tool' as const,
    tool_call_id: id,
    content: toolResult,
  }))
  const last = { role: 'user' as const, content: lastQuestion }
  const messages = [user, { role, content, tool_calls }, ...results, last]
  const second = await chat.completions.create({ ...named(to), messages, tools })
  return second.choices[0]?.message.content ?? ''
}

const overResponses: Conversation = async (from, to) => {
  const { responses } = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 })
  const { name, description, schema: parameters } = weather
  const tools = [{ type: 'function' as const, name, description, parameters, strict: false }]
  const image = {
    type: 'input_image' as const,
    detail: 'auto' as const,
    image_url: `data:image/png;base64,${pixel}`,
  }
  const content = [{ type: 'input_text' as const, text: toolQuestion }, image]
  const input: ResponseInput = [{ role: 'user', content }]
  const asked = { tools, store: false, include: ['reasoning.encrypted_content' as const] }
  const first = await responses.create({ ...asked, model: from, input })
  const calls = first.output.filter((item) => item.type === 'function_call')
  expect(calls.length).toBeGreaterThan(0)
  const results = calls.map(({ call_id }) => ({
    type: 'function_call_output' as const,
    call_id,
    output: toolResult,
  }))
  const history = [...input, ...(first.output as ResponseInput), ...results]
  const last = { role: 'user' as const, content: lastQuestion }
  return (await responses.create({ ...asked, model: to, input: [...history, last] })).output_text
}

const overAnthropic: Conversation = async (from, to) => {
  const { messages } = new Anthropic({
    baseURL: server.url,
    apiKey: server.key,
    authToken: null,
    maxRetries: 0,
  })
  const { name, description, schema } = weather
  const tools = [{ name, description, input_schema: { ...schema, required: [...schema.required] } }]
  // Models that do not think leave it out with a warning.
  const asked = { max_tokens: 3_000, tools, thinking: { type: 'adaptive' as const } }
  const source = { type: 'base64' as const, media_type: 'image/png' as const, data: pixel }
  const content = [
    { type: 'image' as const, source },
    { type: 'text' as const, text: toolQuestion },
  ]
  const user = { role: 'user' as const, content }
  const first = await messages.create({ ...asked, model: from, messages: [user] })
  const calls = first.content.filter((block) => block.type === 'tool_use')
  expect(calls.length).toBeGreaterThan(0)
  const results = calls.map(({ id }) => ({
    type: 'tool_result' as const,
    tool_use_id: id,
    content: toolResult,
  }))
  const turn = { role: 'assistant' as const, content: first.content as Anthropic.ContentBlockParam[] }
  const last = { role: 'user' as const, content: [...results, { type: 'text' as const, text: lastQuestion }] }
  const second = await messages.create({ ...asked, model: to, messages: [user, turn, last] })
  return second.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

const overGoogle: Conversation = async (from, to) => {
  const client = new GoogleGenAI({ apiKey: server.key, httpOptions: { baseUrl: server.url } })
  const { name, description, schema: parametersJsonSchema } = weather
  const config = { tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema }] }] }
  const inlineData = { mimeType: 'image/png', data: pixel }
  const user: Content = { role: 'user', parts: [{ text: toolQuestion }, { inlineData }] }
  const first = await client.models.generateContent({ model: from, contents: [user], config })
  const turn = first.candidates?.[0]?.content
  const calls = (turn?.parts ?? []).flatMap(({ functionCall }) => functionCall ?? [])
  if (turn === undefined || calls.length === 0) throw new Error('the model called no tool')
  const parts = calls.map(({ id, name: called = '' }) => ({
    functionResponse: { name: called, response: { output: toolResult }, ...(id === undefined ? {} : { id }) },
  }))
  const last: Content = { role: 'user', parts: [...parts, { text: lastQuestion }] }
  return (await client.models.generateContent({ model: to, contents: [user, turn, last], config })).text ?? ''
}

describe.each([
  ['openai chat', overOpenai],
  ['openai responses', overResponses],
  ['anthropic', overAnthropic],
  ['google', overGoogle],
] as const)('through %s', (_, conversation) => {
  test.concurrent.each(moves)('a conversation with %s goes on with %s', async (from, to, says) => {
    expect(await conversation(from, to)).toContain(says)
  })
})
