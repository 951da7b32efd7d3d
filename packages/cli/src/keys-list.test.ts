import { afterEach, beforeEach, expect, test } from 'vitest'
import { keys } from './testing/fake-answers.ts'
import { run, startFakeServer, type FakeServer } from './testing/run.ts'

let server: FakeServer
const [key] = keys
beforeEach(async () => {
  const ends = ['2025-12-01T00:00:00.000Z', '2099-03-01T00:00:00.000Z', '2099-03-01T08:00:00.000Z']
  const data = ends.map((expiresAt, at) => ({ ...key, id: `key-${at}`, expiresAt }))
  server = await startFakeServer({ 'GET /api/v1/keys': { data, nextCursor: null } })
})
afterEach(() => server.close())

test('a key that was set to end with a day is told with that day, and not with the next one', async () => {
  const { out } = await run(['keys', 'list'], { url: server.url })
  const states = out.match(/(?:ended|until) \d{4}-\d{2}-\d{2}/g)
  expect(states).toEqual(['ended 2025-11-30', 'until 2099-02-28', 'until 2099-03-01'])
})
