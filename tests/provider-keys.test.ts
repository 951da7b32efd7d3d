import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChangedProviderKey, ProviderItem, ProviderTest } from '@pointsman/sdk'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase } from '../tools/postgres-for-tests.ts'
import { startKeyCheckingVendor, type KeyCheckingVendor } from './key-checking-vendor.ts'
import {
  api,
  eventually,
  migratedFolder,
  pendingAtLast,
  removeFolder,
  startServer,
  type RunningServer,
} from './server.ts'
import { prepareTwoHosts, type TwoHosts } from './two-hosts.ts'

const keys = {
  variable: 'sk-of-the-variable-0001',
  first: 'sk-first-stored-key-0002',
  second: 'sk-second-stored-key-0003',
}

const ask = (server: RunningServer) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    // A connection of its own each, so that all data planes of a host are asked.
    headers: { authorization: `Bearer ${server.key}`, connection: 'close' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }),
  })
const statusesOf = async (server: RunningServer, count = 6): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, async () => (await ask(server)).status))
const store = (server: RunningServer, key: string) =>
  api<ChangedProviderKey>(server, '/api/v1/providers/openai/key', { method: 'PUT', body: { key } })
const shown = async (server: RunningServer): Promise<ProviderItem> =>
  (await api<ProviderItem>(server, '/api/v1/providers/openai')).body
const ok = Array.from({ length: 6 }, () => 200)

describe('a provider’s key, in force on every data plane when the change is answered', () => {
  let vendor: KeyCheckingVendor
  let server: RunningServer
  let dataDir: string
  const start = () =>
    startServer({
      command: 'serve',
      dataDir,
      environment: {
        POINTSMAN_WORKERS: '2',
        OPENAI_API_KEY: keys.variable,
        OPENAI_BASE_URL: vendor.url,
      },
    })
  beforeAll(async () => {
    dataDir = await migratedFolder()
    vendor = await startKeyCheckingVendor(keys.variable)
    server = await start()
  }, 180_000)
  afterAll(async () => {
    await server.kill('SIGTERM')
    await vendor.close()
    await removeFolder(dataDir)
  })

  test('stored, replaced and taken away, without a restart', async () => {
    expect(await statusesOf(server)).toEqual(ok)
    for (const key of [keys.first, keys.second]) {
      vendor.take(key)
      const { body, status } = await store(server, key)
      expect([status, body.keyLastFour, await pendingAtLast(server)]).toEqual([200, key.slice(-4), []])
      expect(await statusesOf(server)).toEqual(ok)
    }
    vendor.take(keys.variable)
    const removed = await api(server, '/api/v1/providers/openai/key', { method: 'DELETE' })
    expect([removed.status, await pendingAtLast(server)]).toEqual([200, []])
    expect(await statusesOf(server)).toEqual(ok)
  })

  test('a trial says what it was made with, and how to mend it; the key itself is nowhere in it', async () => {
    await store(server, keys.first)
    const trial = async () => {
      const { body } = await api<ProviderTest>(server, '/api/v1/providers/openai/test', { body: {} })
      expect(JSON.stringify(body)).not.toContain(keys.first)
      return body
    }
    vendor.take(keys.second)
    const refused = await trial()
    expect(refused).toMatchObject({
      ...{ ok: false, code: 'provider_auth', keySource: 'registry', keyLastFour: '0002' },
      vendorSays: 'The provider answered 401 invalid_api_key.',
    })
    expect(refused.mend).toMatch(/set-key openai/)
    expect((await shown(server)).lastTest).toMatchObject({ ok: false, keySource: 'registry' })
    vendor.take(keys.first)
    expect(await trial()).toMatchObject({ ok: true, code: null, mend: null, keySource: 'registry' })
    // The list is what data planes told last: moments ago that was the key of the test before.
    const item = await eventually(
      () => shown(server),
      ({ keyLastFour }) => keyLastFour === '0002',
    )
    expect(item).toMatchObject({ keySource: 'registry', keyLastFour: '0002', lastTest: { ok: true } })
  })

  test('a key that the vendor refuses is told to the operator, until another is in its place', async () => {
    const alarms = async () =>
      (
        await api<{ data: { kind: string; subject: string; message: string }[] }>(server, '/api/v1/alarms')
      ).body.data.filter(({ kind }) => kind === 'provider_key')
    vendor.take(keys.second)
    expect(await statusesOf(server)).toEqual(ok.map(() => 502))
    const words = /openai refuses the credential of this server in .*\(401 invalid_api_key\)/
    const item = await eventually(
      () => shown(server),
      ({ keyProblem }) => keyProblem !== null,
    )
    expect(item.keyProblem).toMatch(words)
    expect(item.keyProblem).not.toContain(keys.first)
    const [alarm] = await eventually(alarms, (standing) => standing.length > 0)
    expect(alarm).toMatchObject({ subject: expect.stringMatching(/^openai on /) as string })
    expect(alarm?.message).toMatch(words)
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.includes('provider_key_refused'))
    // One of each data plane that called with it.
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThanOrEqual(2 * 2)
    vendor.take(keys.first)
    await store(server, keys.first)
    expect(await statusesOf(server)).toEqual(ok)
    const after = await eventually(
      async () => ({ problem: (await shown(server)).keyProblem, standing: await alarms() }),
      ({ problem, standing }) => problem === null && standing.length === 0,
    )
    expect(after).toEqual({ problem: null, standing: [] })
  })

  test('it outlives a restart, and what is kept of it on the disk tells nothing', async () => {
    await server.kill('SIGTERM')
    const kept = join(dataDir, 'provider-keys.json')
    expect(await readFile(kept, 'utf8')).not.toContain(keys.first)
    // What the disk holds stands in only where the registry does not answer.
    await writeFile(kept, '[]')
    server = await start()
    vendor.take(keys.first)
    expect(await statusesOf(server)).toEqual(ok)
  }, 120_000)
})

const database = await createDatabase()

// Where the machine has a PostgreSQL; CI requires one.
describe.runIf(database !== null)('a provider’s key with two hosts on one PostgreSQL', () => {
  let vendor: KeyCheckingVendor
  let hosts: TwoHosts
  let near: RunningServer
  let far: RunningServer
  const sql = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: database?.url })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  beforeAll(async () => {
    vendor = await startKeyCheckingVendor('none yet')
    hosts = await prepareTwoHosts(database?.url ?? '', {
      command: 'serve',
      environment: { OPENAI_BASE_URL: vendor.url },
    })
    near = await hosts.startNear()
    far = await hosts.startFar()
  }, 180_000)
  afterAll(async () => {
    await Promise.all([near.kill('SIGTERM'), far.kill('SIGTERM')])
    await hosts.close()
    await vendor.close()
    await database?.drop()
  })

  test('stored at one, the other calls with it when the change is answered', async () => {
    vendor.take(keys.first)
    expect([(await store(near, keys.first)).status, await pendingAtLast(near)]).toEqual([200, []])
    expect([await statusesOf(near), await statusesOf(far)]).toEqual([ok, ok])
  })

  test('a host that starts while the database is away calls with what it had last', async () => {
    await far.kill('SIGTERM')
    await hosts.line.refuse('reset')
    hosts.line.endAll('cut')
    far = await hosts.startFar()
    expect(await statusesOf(far)).toEqual(ok)
    await hosts.line.refuse(null)
    vendor.take(keys.second)
    await store(near, keys.second)
    const statuses = await eventually(
      () => statusesOf(far),
      (found) => found.every((status) => status === 200),
    )
    expect(statuses).toEqual(ok)
  }, 120_000)

  test('a row that was altered is not called with, and its operator is told', async () => {
    await sql("UPDATE pointsman.provider_keys SET provider = 'anthropic' WHERE ended_at IS NULL")
    const before = vendor.presented.length
    const item = await eventually(
      async () => (await api<ProviderItem>(near, '/api/v1/providers/anthropic')).body,
      ({ keyProblem }) => keyProblem !== null,
    )
    expect(item.configured).toBe(false)
    expect(item.keyProblem).toMatch(/altered.*set-key anthropic/)
    expect((await ask(near)).status).toBe(503)
    expect(vendor.presented.length).toBe(before)
    const alarms = await eventually(
      async () =>
        (await api<{ data: { kind: string; message: string }[] }>(near, '/api/v1/alarms')).body.data,
      (all) => all.some(({ kind }) => kind === 'provider_key'),
    )
    expect(alarms.map(({ kind }) => kind)).toContain('provider_key')
    for (const server of [near, far]) expect(server.output()).not.toContain(keys.second)
  })
})
