import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { api, removeFolder, root, startServer, temporaryFolder } from '../../server.ts'
import { pointsman } from './run-pointsman.ts'

/** Made of a data folder of the version before the schema of March 2026: three switches, three answers, a key. */
const fixture = join(root, 'tests/faults/stores/fixtures/schema-20260201150000.jsonl.gz')
const keyOfThen = 'pm_feWsPBLxWUEJ_juOturwUCYfOMjTedfV0q51Z74573ikOE0YoM33D6OF_22RCaC'
const environment = { POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars' }
const dataDir = await temporaryFolder()
afterAll(() => removeFolder(dataDir))

test('T40: what an earlier version wrote is served by this one: routes, chain, usage, keys', async () => {
  const done = await pointsman(['restore', fixture, '--data-dir', dataDir, '--json'], environment)
  expect([done.code, done.stderr]).toEqual([0, ''])
  const { loaded } = JSON.parse(done.stdout) as { readonly loaded: { readonly upgraded: readonly string[] } }
  expect(loaded.upgraded.length).toBeGreaterThan(0)
  const server = await startServer({ dataDir, environment })
  expect((await api(server, '/api/v1/switches/verify')).body).toMatchObject({ valid: true, count: 4 })
  const { body } = await api<{ data: readonly { toId: string; reason: string }[] }>(
    server,
    '/api/v1/switches?limit=2',
  )
  expect(body.data).toMatchObject([
    { reason: expect.stringMatching(/^Restored from the backup of /) as string },
    { toId: 'eu.amazon.nova-micro-v1:0', reason: 'of then' },
  ])
  const usage = await api<{ data: readonly { requests: number; costUsd: number }[] }>(
    server,
    '/api/v1/usage?groupBy=model&from=2026-11-01T00:00:00Z',
  )
  expect(usage.body.data.reduce((sum, { requests }) => sum + requests, 0)).toBe(3)
  const answer = await api(server, '/v1/chat/completions', {
    body: { model: 'use-case/clinical', messages: [{ role: 'user', content: 'Hello' }] },
    headers: { authorization: `Bearer ${keyOfThen}` },
  })
  expect([answer.status, answer.headers.get('x-pointsman-model')]).toEqual([200, 'eu.amazon.nova-micro-v1:0'])
  expect(await server.kill('SIGTERM')).toBe(0)
})
