import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, onServer } from '../tools/postgres-for-tests.ts'
import { api, eventually, pendingAtLast, type RunningServer } from './server.ts'
import { prepareTwoHosts, type TwoHosts } from './two-hosts.ts'

const database = await createDatabase()
const clinical = 'eu.anthropic.claude-sonnet-5-5'
const lite = 'eu.amazon.nova-lite-v1:0'

// Where the machine has a PostgreSQL; CI requires one.
describe.runIf(database !== null)('hosts on one PostgreSQL', () => {
  let hosts: TwoHosts
  let near: RunningServer
  let far: RunningServer
  beforeAll(async () => {
    hosts = await prepareTwoHosts(database?.url ?? '')
    near = await hosts.startNear()
    far = await hosts.startFar()
  }, 180_000)
  afterAll(async () => {
    await Promise.all([near.kill('SIGTERM'), far.kill('SIGTERM')])
    await hosts.close()
    await database?.drop()
  })

  const ask = (server: RunningServer, key: string) =>
    api<{ error?: { code: string; message: string } }>(server, '/v1/chat/completions', {
      body: { model: 'use-case/clinical', messages: [{ role: 'user', content: 'Hello' }] },
      headers: { authorization: `Bearer ${key}` },
    })
  const served = async (server: RunningServer): Promise<string | null> =>
    (await ask(server, server.key)).headers.get('x-pointsman-model')
  const move = (server: RunningServer, modelId: string) =>
    api(server, '/functions/v1/orchestrate-bedrock-models', {
      body: { action: 'switch', modelId, useCase: 'clinical' },
    })

  test('a switch at one is live at the other when it answers, and each is a replica', async () => {
    expect([await served(near), await served(far)]).toEqual([clinical, clinical])
    await move(near, lite)
    expect(await pendingAtLast(near)).toEqual([])
    expect([await served(near), await served(far)]).toEqual([lite, lite])
    const { body: replicas } = await api<{ data: { live: boolean }[] }>(far, '/api/v1/replicas')
    expect(replicas.data.filter(({ live }) => live)).toHaveLength(2)
    await move(far, clinical)
    expect(await pendingAtLast(far)).toEqual([])
    expect([await served(near), await served(far)]).toEqual([clinical, clinical])
  })

  test('a drill is on at all hosts, and where its stop would not be heard it rests', async () => {
    const { body: drill } = await api<{ id: string }>(near, '/api/v1/drills', {
      body: { route: 'use-case/clinical', fault: '503', reason: 'a test' },
    })
    expect(await pendingAtLast(near)).toEqual([])
    const drawn = async (server: RunningServer): Promise<string | null> =>
      (await ask(server, server.key)).headers.get('x-pointsman-drill')
    expect([await drawn(near), await drawn(far)]).toEqual([drill.id, drill.id])
    await hosts.line.refuse('reset')
    hosts.line.endAll('cut')
    const is = (wanted: string | null) => (found: string | null) => found === wanted
    expect(await eventually(() => drawn(far), is(null))).toBeNull()
    expect(await drawn(near)).toBe(drill.id)
    await hosts.line.refuse(null)
    expect(await eventually(() => drawn(far), is(drill.id))).toBe(drill.id)
    const stopped = await api<{ state: string }>(far, `/api/v1/drills/${drill.id}/stop`, {
      method: 'POST',
    })
    expect([stopped.body.state, await pendingAtLast(far)]).toEqual(['stopped', []])
    expect([await drawn(near), await drawn(far)]).toEqual([null, null])
  }, 120_000)

  test('a start without the database serves what was served last, and joins when it is back', async () => {
    const made = await api<{ key: string }>(near, '/api/v1/keys', {
      body: { name: 'app', scopes: ['invoke'] },
    })
    await eventually(
      async () => (await ask(far, made.body.key)).status,
      (status) => status === 200,
    )
    await far.kill('SIGTERM')
    await hosts.line.refuse('reset')
    hosts.line.endAll('cut')
    const later = await api<{ key: string }>(near, '/api/v1/keys', {
      body: { name: 'new', scopes: ['invoke'] },
    })
    const moved = await move(near, lite)
    expect(moved.status).toBe(200)

    far = await hosts.startFar()
    const ready = await api<{ notes: string[]; snapshotAgeMs: number }>(far, '/readyz')
    expect(ready.body.notes.join()).toMatch(/not been reached since the start.*database is away/)
    expect(ready.body.snapshotAgeMs).toBeGreaterThan(0)
    // The revision that it knew; a key that it knew; and never 401 for one that it could not know.
    const known = await ask(far, made.body.key)
    expect([known.status, known.headers.get('x-pointsman-model')]).toEqual([200, clinical])
    const unknown = await ask(far, later.body.key)
    expect([unknown.status, unknown.body.error?.code]).toEqual([503, 'registry_unavailable'])
    for (const path of ['/api/v1/models', '/functions/v1/manage-bedrock-models'])
      expect(await api(far, path, { body: { action: 'list' } })).toMatchObject({
        status: 503,
        body: { error: { code: 'registry_unavailable' } },
      })

    await hosts.line.refuse(null)
    expect(
      await eventually(
        () => served(far),
        (model) => model === lite,
      ),
    ).toBe(lite)
    expect((await ask(far, later.body.key)).status).toBe(200)
    expect((await ask(far, 'nobody')).status).toBe(401)
    expect(await api(far, '/api/v1/models')).toMatchObject({ status: 200 })
    // What was served meanwhile waited in the journal.
    const records = await eventually(
      () =>
        api<{ data: { modelId: string }[] }>(near, '/api/v1/usage/records?limit=200').then(
          (a) => a.body.data,
        ),
      (found) => found.filter(({ modelId }) => modelId === clinical).length >= 5,
    )
    expect(records.filter(({ modelId }) => modelId === clinical).length).toBeGreaterThanOrEqual(5)
  }, 120_000)

  test('one that a newer version’s database refuses says so, and what to do, while it serves on', async () => {
    await far.kill('SIGTERM')
    await hosts.line.refuse('reset')
    far = await hosts.startFar()
    const setVersion = (text: string): Promise<unknown> =>
      onServer(database?.url ?? '', (client) => client.query(text))
    await setVersion(`UPDATE pointsman.settings SET value = '"29990101000000"' WHERE key = 'schema-version'`)
    await hosts.line.refuse(null)
    const notes = await eventually(
      async () => (await api<{ notes: string[] }>(far, '/readyz')).body.notes.join(' '),
      (found) => !found.includes('is away'),
    )
    const refused =
      /The database is there, but this server may not use it\. .*29990101000000.*newer version.*Start the newer one/
    expect(notes).toMatch(refused)
    const asked = await api<{ error: { message: string } }>(far, '/api/v1/models')
    expect([asked.status, asked.body.error.message]).toEqual([503, expect.stringMatching(refused)])
    expect(asked.body.error.message).not.toMatch(/tried again/)
    expect(await served(far)).toBe(lite)
  }, 120_000)
})
