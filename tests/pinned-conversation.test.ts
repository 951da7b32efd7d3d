import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  api,
  patientWithRegistry,
  pendingAtLast,
  removeFolder,
  startServer,
  type RunningServer,
} from './server.ts'

/** Targets of conversations and users are cached by the data plane; a switch must not be answered before that is over. */
let server: RunningServer
beforeAll(async () => {
  server = await startServer({ environment: patientWithRegistry })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

async function served(headers: Record<string, string>): Promise<string | null> {
  const body = { model: 'use-case/health', messages: [{ role: 'user', content: 'Hello' }] }
  return (await api(server, '/v1/chat/completions', { body, headers })).headers.get('x-pointsman-model')
}

test.each([
  ['conversation', { conversationId: 'c1' }, { 'x-pointsman-conversation': 'c1' }],
  ['user', { userId: 'u1' }, { 'x-pointsman-user': 'u1' }],
])('a switch of a %s that was just served counts at the very next request', async (_, scope, headers) => {
  for (let round = 0; round < 8; round++) {
    const modelId = round % 2 === 0 ? micro : lite
    await Promise.all([served(headers), served(headers)])
    const body = { action: 'switch', modelId, ...scope }
    const answer = await api(server, '/functions/v1/orchestrate-bedrock-models', { body })
    expect(answer.body).toMatchObject({ success: true })
    expect(await pendingAtLast(server)).toEqual([])
    expect([round, await served(headers)]).toEqual([round, modelId])
  }
})
