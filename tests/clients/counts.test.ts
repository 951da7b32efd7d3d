import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  api,
  eventually,
  patientWithRegistry,
  removeFolder,
  startServer,
  type RunningServer,
} from '../server.ts'

let server: RunningServer
beforeAll(async () => {
  server = await startServer({ environment: patientWithRegistry })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

const count = (model: string, headers: Record<string, string> = {}) =>
  api(server, '/v1/messages/count_tokens', {
    body: { model, messages: [{ role: 'user', content: 'Hello' }] },
    headers: { 'anthropic-version': '2023-06-01', ...headers },
  })

test.each([
  ['claude-sonnet-5-5', '/v1/messages/count_tokens', { messages: [{ role: 'user', content: 'Hello' }] }],
  [
    'eu.anthropic.claude-sonnet-5-5',
    '/v1/messages/count_tokens',
    { messages: [{ role: 'user', content: 'Hi' }] },
  ],
  ['gpt-4.1', '/v1/messages/count_tokens', { messages: [{ role: 'user', content: 'Hello' }] }],
  ['gemini-3.5-flash', '/v1/messages/count_tokens', { messages: [{ role: 'user', content: 'Hello' }] }],
  ['claude-sonnet-5-5', '/v1/responses/input_tokens', { input: 'Hello' }],
])('input for %s is counted through %s', async (model, path, body) => {
  const answer = await api<{ input_tokens: number }>(server, path, {
    body: { model, ...body },
    headers: { 'anthropic-version': '2023-06-01' },
  })
  expect([answer.status, answer.headers.get('x-pointsman-model')]).toEqual([200, model])
  expect(answer.body.input_tokens).toBeGreaterThan(0)
})

test('a model whose vendor counts nothing is told, and no other one’s count is given', async () => {
  const answer = await count('use-case/health')
  expect(answer.status).toBe(400)
  expect(JSON.stringify(answer.body)).toContain('no token count for eu.amazon.nova-lite-v1:0')
  const switches = await api<{ data: { action: string }[] }>(server, '/api/v1/switches')
  expect(switches.body.data).toEqual([])
})

test('a count costs nothing and is recorded as what it is', async () => {
  const { headers } = await count('claude-sonnet-5-5')
  const id = headers.get('x-pointsman-request-id')
  const found = await eventually(
    async () =>
      (
        await api<{ data: { requestId: string; costNanoUsd: number | null }[] }>(
          server,
          '/api/v1/usage/records',
        )
      ).body.data.find(({ requestId }) => requestId === id),
    (record) => record !== undefined,
  )
  expect(found).toMatchObject({ outcome: 'ok', costNanoUsd: 0, operation: 'count-tokens' })
})

test('a count neither begins a conversation nor tells it of its switch', async () => {
  const body = { modelId: 'claude-haiku-5-5', conversationId: 'counted' }
  expect((await api(server, '/api/v1/switches', { body })).status).toBeLessThan(300)
  const headers = { 'x-pointsman-conversation': 'counted' }
  const counted = await count('use-case/clinical', headers)
  expect(counted.headers.get('x-pointsman-model')).toBe('claude-haiku-5-5')
  expect(counted.headers.get('x-pointsman-switch')).toBeNull()
  const answered = await api(server, '/v1/chat/completions', {
    body: { model: 'use-case/clinical', messages: [{ role: 'user', content: 'Hello' }] },
    headers,
  })
  expect(answered.headers.get('x-pointsman-switch')).toMatch(/^[0-9a-f-]{36}$/)
})
