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
