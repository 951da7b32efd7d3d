import { migrate } from '@pointsman/registry'
import { openServer } from '@pointsman/registry/server'
import { expect, test, vi } from 'vitest'
import { startOwnPostgres } from '../../../../tools/own-postgres.ts'
import { seedCatalogue } from '../catalogue/seed.ts'
import { catalogue, nodeDigests, startControl, testClock } from '../testing/start-control.ts'

const postgres = await startOwnPostgres()

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
test.runIf(postgres !== null)(
  'calls that fail while the database is away are told once, and counted once it is back',
  async () => {
    if (postgres === null) return
    const database = await openServer({ url: postgres.url, connections: 4 })
    await migrate(database)
    const { nowMs } = testClock
    await seedCatalogue(database, () => catalogue, { digests: nodeDigests, nowMs, region: 'eu-central-1' })
    const at = await startControl(database)
    const told = () => at.log.filter(({ event }) => event.startsWith('request'))
    await postgres.stop()
    for (const key of ['nobody knows it', undefined, 'nobody knows it', undefined]) {
      const asked = key === undefined ? {} : { key }
      await vi.waitFor(async () => expect((await at.ask('/api/v1/aliases', asked)).status).toBe(503), 60_000)
    }
    expect(told()).toMatchObject([
      { level: 'error', event: 'request_failed', facts: { code: 'registry_unavailable' } },
    ])
    await postgres.start()
    await vi.waitFor(() => expect(told()).toHaveLength(2), 60_000)
    expect(told()[1]).toMatchObject({ event: 'requests_failed_while_database_away' })
    const failed = Number(told()[1]?.facts['failed'])
    expect(failed).toBeGreaterThanOrEqual(4)
    // The next time is told anew, and a stop tells what was counted.
    await postgres.stop()
    for (let call = 0; call < 2; call += 1) expect((await at.ask('/api/v1/aliases')).status).toBe(503)
    expect(told().slice(2)).toMatchObject([{ event: 'request_failed' }])
    await at.stop()
    expect(told().slice(3)).toMatchObject([{ facts: { failed: 2 } }])
    await database.close()
    await postgres.end()
  },
)
