import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startOwnPostgres } from '../../../tools/own-postgres.ts'
import {
  api,
  eventually,
  removeFolder,
  startServer,
  temporaryFolder,
  type RunningServer,
} from '../../server.ts'
import { quantile, reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { failures, steadyLoad, type Seen } from './steady-load.ts'

const postgres = await startOwnPostgres()
if (postgres === null) process.stdout.write('T23, T24: skipped, this machine has no PostgreSQL\n')

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1_000))
const awaySeconds = short(3, 60)
/** The database is asked anew by itself; how long until somebody is served again. */
const backWithinMs = short(25_000, 5_000)

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(postgres !== null)('the database of a server', () => {
  if (postgres === null) return
  const environment = {
    DATABASE_URL: postgres.url,
    POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
    POINTSMAN_SERVICE_KEY: 'a service key for tests of 32 chars',
  }
  let server: RunningServer
  let key: string
  beforeAll(async () => {
    server = await startServer({ environment })
    const made = await api<{ key: string }>(server, '/api/v1/keys', {
      body: { name: 'load', scopes: ['invoke'] },
    })
    key = made.body.key
    await api(server, '/api/v1/aliases/usual', { method: 'PUT', body: { target: 'use-case/clinical' } })
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
    await postgres.end()
  })

  const switchTo = (modelId: string) =>
    api<{ error?: { code: string } }>(server, '/api/v1/switches', { body: { modelId, useCase: 'health' } })
  const recorded = async (): Promise<number> => {
    const { body } = await api<{ data: readonly { requests: number }[] }>(
      server,
      '/api/v1/usage?groupBy=model',
    )
    return body.data.reduce((sum, row) => sum + row.requests, 0)
  }
  const asked = async (presented: string): Promise<number> => {
    const load = steadyLoad(
      { url: server.url, key: presented, model: 'usual' },
      { clients: 1, pauseMs: 1_000 },
    )
    return (await load.stop())[0]?.status ?? 0
  }
  const overheads = (seen: readonly Seen[]): readonly number[] => seen.map(({ overheadMs }) => overheadMs)

  test.each(['stopped', 'frozen'] as const)('T23: %s under load', async (how) => {
    const before = await eventually(recorded, () => true)
    const load = steadyLoad({ url: server.url, key, model: 'usual' }, { clients: 3, pauseMs: 10 })
    const talks = steadyLoad(
      { url: server.url, key, model: 'usual' },
      { clients: 1, pauseMs: 50, conversations: true },
    )
    await seconds(1)
    const usual = load.take()
    await (how === 'stopped' ? postgres.stop() : postgres.freeze())
    const askedAt = performance.now()
    const refused = await switchTo('eu.amazon.nova-pro-v1:0')
    const refusedMs = performance.now() - askedAt
    await seconds(awaySeconds)
    // Nobody can know such a key while the registry does not answer.
    expect(await asked('pm_made_while_away')).toBe(503)
    const refusedAgain = await switchTo('eu.amazon.nova-pro-v1:0')
    const away = load.take()
    await (how === 'stopped' ? postgres.start() : postgres.thaw())
    const backAt = performance.now()
    const back = await eventually(
      () => switchTo('eu.amazon.nova-lite-v1:0'),
      ({ status }) => status === 200 || status === 201,
      backWithinMs * 2,
    )
    const backMs = performance.now() - backAt
    const rest = await load.stop()
    const said = await talks.stop()
    const total = usual.length + away.length + rest.length + said.length

    expect(failures([...usual, ...away, ...rest, ...said])).toEqual([])
    for (const { body, headers, status } of [refused, refusedAgain]) {
      expect([status, body.error?.code]).toEqual([503, 'registry_unavailable'])
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect(refusedMs).toBeLessThan(short(60_000, 15_000))
    expect([200, 201]).toContain(back.status)
    expect(backMs).toBeLessThan(backWithinMs)
    const [p99Before, p99Away] = [quantile(overheads(usual), 0.99), quantile(overheads(away), 0.99)]
    const drained = await eventually(recorded, (count) => count >= before + total)
    expect(drained).toBe(before + total)
    reportFigure(
      'T23',
      `${how} for ${awaySeconds} s: ${total} requests, 0 failed, p99 of the gateway's own time ${p99Before.toFixed(1)} → ${p99Away.toFixed(1)} ms, back after ${Math.round(backMs)} ms, 0 records lost`,
    )
  })

  test('T24: flapping: known keys are served all the time, nobody is told 401, and it is back by itself', async () => {
    const load = steadyLoad({ url: server.url, key, model: 'usual' }, { clients: 2, pauseMs: 10 })
    const end = performance.now() + short(4, 300) * 1_000
    let flaps = 0
    let newest = key
    while (performance.now() < end) {
      await postgres.stop()
      await seconds(1)
      // What was answered was published: a key that somebody was given is known while nobody can be asked.
      expect(await asked(newest)).toBe(200)
      await postgres.start()
      await seconds(1)
      const made = await api<{ key: string }>(server, '/api/v1/keys', {
        body: { name: `flap ${flaps}`, scopes: ['invoke'] },
      })
      if (made.status === 201) newest = made.body.key
      flaps += 1
    }
    expect(newest).not.toBe(key)
    const backAt = performance.now()
    const back = await eventually(
      () => switchTo('eu.amazon.nova-pro-v1:0'),
      ({ status }) => status === 200 || status === 201,
      backWithinMs * 2,
    )
    expect([200, 201]).toContain(back.status)
    expect(performance.now() - backAt).toBeLessThan(backWithinMs)
    const seen = await load.stop()
    expect(failures(seen)).toEqual([])
    expect((await api(server, '/readyz')).body).toMatchObject({ status: 'ready' })
    reportFigure('T24', `${flaps} times 1 s away and 1 s there: ${seen.length} requests, 0 failed`)
  })

  test('T24: absent at the start: what was served last is served, and it says so; a first start needs it', async () => {
    await server.kill('SIGKILL')
    await postgres.stop()
    const elsewhere = await temporaryFolder()
    const first = startServer({ environment, dataDir: elsewhere })
    await expect(first).rejects.toThrow(/code 1:[\s\S]*first start[\s\S]*DATABASE_URL/)
    await removeFolder(elsewhere)
    server = await startServer({ environment, dataDir: server.dataDir })
    const ready = await api<{ status: string; notes: readonly string[] }>(server, '/readyz')
    expect(ready.body.status).toBe('ready')
    expect(ready.body.notes.join(' ')).toMatch(/database is away/)
    expect(ready.body.notes.join(' ')).toMatch(/last good snapshot/)
    expect(await asked(key)).toBe(200)
    expect(await asked('pm_made_while_away')).toBe(503)
    expect((await switchTo('eu.amazon.nova-lite-v1:0')).status).toBe(503)
    await postgres.start()
    const backAt = performance.now()
    const back = await eventually(
      () => switchTo('eu.amazon.nova-lite-v1:0'),
      ({ status }) => status === 200 || status === 201,
      backWithinMs * 2,
    )
    expect([200, 201]).toContain(back.status)
    expect(performance.now() - backAt).toBeLessThan(backWithinMs)
    expect(
      await eventually(
        () => asked('pm_made_while_away'),
        (status) => status === 401,
      ),
    ).toBe(401)
    const notes = await eventually(
      async () => (await api<{ notes: readonly string[] }>(server, '/readyz')).body.notes.join(' '),
      (text) => !/away|last good/.test(text),
    )
    expect(notes).not.toMatch(/away|last good/)
  })
})
