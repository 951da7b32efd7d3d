import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startOwnPostgres } from '../../../tools/own-postgres.ts'
import { api, eventually, removeFolder, startServer, type RunningServer } from '../../server.ts'
import { quantile, reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { failures, steadyLoad } from './steady-load.ts'

/** Fewer than a server's own pool and listener would take. */
const connections = 5
const postgres = await startOwnPostgres([
  `max_connections=${connections}`,
  'superuser_reserved_connections=0',
  'max_wal_senders=0',
])
if (postgres === null) process.stdout.write('T25: skipped, this machine has no PostgreSQL\n')

const lockedSeconds = short(3, 30)
/** What requests, records, switches and replicas write to. */
const hotTables =
  'pointsman.usage_records, pointsman.ingest_checkpoints, pointsman.conversation_pins, pointsman.routes, pointsman.replicas, pointsman.switches'

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(postgres !== null)('T25: a database', () => {
  if (postgres === null) return
  let server: RunningServer
  // Before the server has taken all the others.
  const locks = new pg.Client({ connectionString: postgres.url })
  beforeAll(async () => {
    await locks.connect()
    server = await startServer({
      environment: {
        DATABASE_URL: postgres.url,
        POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
      },
    })
  })
  afterAll(async () => {
    await locks.end()
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
    await postgres.end()
  })

  const recorded = async (): Promise<number> => {
    const { body } = await api<{ data?: readonly { requests: number }[] }>(
      server,
      '/api/v1/usage?groupBy=model',
    )
    return (body.data ?? []).reduce((sum, row) => sum + row.requests, 0)
  }

  test('T25: with five connections, and its hot tables locked, delays no answer and loses no record', async () => {
    const before = await recorded()
    const load = steadyLoad(
      { url: server.url, key: server.key, model: 'use-case/clinical' },
      { clients: 3, pauseMs: 10, conversations: true },
    )
    const reads = Array.from({ length: short(60, 300) }, () => api(server, '/api/v1/switches?limit=5'))
    const statuses = (await Promise.all(reads)).map(({ status }) => status)
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(statuses).toContain(200)
    const crowded = load.take()

    await locks.query(`BEGIN; LOCK TABLE ${hotTables} IN ACCESS EXCLUSIVE MODE`)
    const askedAt = performance.now()
    const { status } = await api(server, '/api/v1/switches', {
      body: { modelId: 'eu.amazon.nova-pro-v1:0', useCase: 'health' },
    })
    const refusedMs = performance.now() - askedAt
    await new Promise((resolve) => setTimeout(resolve, lockedSeconds * 1_000))
    const locked = load.take()
    await locks.query('ROLLBACK')
    const rest = await load.stop()
    const all = [...crowded, ...locked, ...rest]

    expect(failures(all)).toEqual([])
    expect(status).toBe(503)
    expect(refusedMs).toBeLessThan(short(40_000, 8_000))
    // A conversation's first look-up is waited for 25 ms at most.
    const p99 = quantile(
      locked.map(({ overheadMs }) => overheadMs),
      0.99,
    )
    const usual = quantile(
      rest.map(({ overheadMs }) => overheadMs),
      0.5,
    )
    expect(locked.length).toBeGreaterThan(10)
    const drained = await eventually(recorded, (count) => count >= before + all.length)
    expect(drained).toBe(before + all.length)
    reportFigure(
      'T25',
      `${connections} connections, hot tables locked for ${lockedSeconds} s: ${all.length} requests, 0 failed, the gateway's own time p99 ${p99.toFixed(1)} ms (median afterwards ${usual.toFixed(1)}), a switch refused after ${Math.round(refusedMs)} ms, 0 records lost`,
    )
  })
})
