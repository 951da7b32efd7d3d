import { afterEach, expect, test } from 'vitest'
import { keys, modelDetail, route } from './testing/fake-answers.ts'
import { run, startFakeServer, type FakeServer } from './testing/run.ts'

let server: FakeServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

test('a key that is revoked where a replica is late, or is not heard of, is told with their names', async () => {
  const unheard = [{ id: 'replica-3', since: '2026-11-27T10:02:03.000Z' }]
  const revoked = { ...keys[0], pending: ['replica-1'], unheard }
  server = await startFakeServer({ 'DELETE /api/v1/keys/wnGeeAdHuE1E': revoked })
  const { out } = await run(['keys', 'revoke', 'wnGeeAdHuE1E'], { url: server.url })
  expect(out).toContain('Not yet with: replica-1. They follow by themselves.')
  expect(out).toContain('Not heard of: replica-3 (since 2026-11-27 10:02:03 UTC).')
})

test('what is live is not said to be live everywhere where a replica is not heard of', async () => {
  const unheard = [{ id: 'replica-3', since: '2026-11-27T10:02:03.000Z' }]
  const result = { statements: [], notices: [], revision: 8, state: 'published', pending: [], unheard }
  server = await startFakeServer({ 'POST /api/v1/sql': result })
  const { out } = await run(['sql', 'SELECT 1'], { url: server.url })
  expect(out).toContain('Revision 8, live on every replica that is heard of.')
  expect(out).toContain('Not heard of: replica-3')
})

test.each([
  ['models enable llama', 'PATCH /api/v1/models/llama', modelDetail],
  ['models set-default llama', 'PATCH /api/v1/models/llama', modelDetail],
  ['models add llama', 'POST /api/v1/models', modelDetail],
  ['use-cases set clinical --capture on', 'PUT /api/v1/use-cases/clinical', route],
  ['agents set clinical --inherit', 'PUT /api/v1/agents/clinical', route],
])('%s names who does not serve the change', async (line, request, answer) => {
  const unheard = [{ id: 'replica-3', since: '2026-11-27T10:02:03.000Z' }]
  server = await startFakeServer({ [request]: { ...answer, pending: ['replica-1'], unheard } })
  const { out } = await run(line.split(' '), { url: server.url })
  expect(out).toContain('Not yet with: replica-1.')
  expect(out).toContain('Not heard of: replica-3')
})
