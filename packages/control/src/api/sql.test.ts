import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  type TestControl,
  type TestDatabase,
} from '../testing/start-control.ts'

let registry: TestDatabase
let server: TestControl
beforeAll(async () => {
  registry = await openTestDatabase(anyDatabase)
  server = await startControl(registry.database)
  await server.control.start()
})
afterAll(async () => {
  await server.control.stop()
  await server.stop()
  await registry.drop()
})

const sql = (text: string, more: object = {}) =>
  server.ask('/api/v1/sql', { method: 'POST', body: { text, ...more } })

test('a query answers rows, and an edit of the seeds is a switch that is published when it answers', async () => {
  const { status, body } = await sql(
    `UPDATE ai_assistants SET model_version = 'eu.amazon.nova-micro-v1:0' WHERE assistant_type = 'health';
     SELECT model_version FROM ai_assistants WHERE assistant_type = 'health'`,
    { reason: 'Ticket 42' },
  )
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      statements: [
        { command: 'UPDATE', rowCount: 1, line: 1 },
        { command: 'SELECT', rows: [{ model_version: 'eu.amazon.nova-micro-v1:0' }], line: 2 },
      ],
      state: 'published',
      pending: [],
    },
  })
  const { body: switches } = await server.ask('/api/v1/switches?useCase=health&limit=1')
  expect(switches.data).toMatchObject([
    {
      reason: 'Ticket 42',
      actor: { kind: 'database-role', id: 'service_role' },
      evidence: { door: 'sql', subject: 'service' },
      toId: 'eu.amazon.nova-micro-v1:0',
    },
  ])
})

test.each([
  { text: 'SELECT nothing', status: 400, code: 'invalid_request' },
  { text: '', status: 400, code: 'invalid_request' },
  { text: 'COMMIT', status: 400, code: 'invalid_request' },
  {
    text: `UPDATE ai_assistants SET model_version = 'no-such-model' WHERE assistant_type = 'health'`,
    status: 404,
    code: 'model_not_found',
  },
])('what cannot run is told and changes nothing: $text', async ({ text, status, code }) => {
  const before = await sql('SELECT count(*) AS switches FROM bedrock_model_switches')
  const answer = await sql(text)
  expect({ status: answer.status, error: answer.body.error }).toMatchObject({ status, error: { code } })
  expect((await sql('SELECT count(*) AS switches FROM bedrock_model_switches')).body).toEqual(before.body)
})

test('is for administrators', async () => {
  const made = await server.ask('/api/v1/keys', {
    method: 'POST',
    body: { name: 'reader', scopes: ['read', 'switch'] },
  })
  const answer = await server.ask('/api/v1/sql', {
    method: 'POST',
    key: made.body.key,
    body: { text: 'SELECT 1' },
  })
  expect(answer.status).toBe(403)
})

const notices = async (query: string) =>
  (await server.ask(`/api/v1/notifications?${query}`)).body.data.map(({ message }) => message)

test('the notice of an edit says truthfully what it is to those whom it touches', async () => {
  const assistant = (modelId: string) =>
    sql(`UPDATE ai_assistants SET model_version = '${modelId}' WHERE assistant_type = 'operations'`)
  await assistant('eu.amazon.nova-pro-v1:0')
  await assistant('eu.amazon.nova-micro-v1:0')
  await assistant('gpt-4o')
  expect(await notices('limit=3')).toEqual([
    'Replaced Amazon Nova Micro with GPT-4o (Changed in SQL)...',
    'Switched from Amazon Nova Pro to Amazon Nova Micro, which costs less (Changed in SQL)...',
    'Upgraded from Amazon Nova Micro to Amazon Nova Pro (Changed in SQL)...',
  ])
})

test('nobody is told that a conversation begins, but that its model is another one', async () => {
  await sql(
    `INSERT INTO ai_conversations (id, user_id, use_case, model_id) VALUES ('conv-s', 'ada', 'health', 'gpt-4o')`,
  )
  expect(await notices('conversationId=conv-s')).toEqual([])
  await sql(`UPDATE ai_conversations SET model_id = 'eu.amazon.nova-pro-v1:0' WHERE id = 'conv-s'`)
  expect(await notices('conversationId=conv-s')).toEqual([
    'Switched from GPT-4o to Amazon Nova Pro, which costs less (Changed in SQL)...',
  ])
  await sql(`INSERT INTO ai_conversations (id, user_id) VALUES ('conv-t', 'ada')`)
  // As if it were no new one.
  await registry.database.query(
    `UPDATE pointsman.conversations SET created_at = created_at - interval '1 hour' WHERE id = 'conv-t'`,
  )
  await sql(`UPDATE ai_conversations SET model_id = 'gpt-4o' WHERE id = 'conv-t'`)
  expect(await notices('conversationId=conv-t')).toEqual([
    'Now using GPT-4o for every use case of this conversation (Changed in SQL)...',
  ])
})
