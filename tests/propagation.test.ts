import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFleet, type Fleet } from '../bench/propagation/fleet.ts'
import { rehearse } from '../bench/propagation/rehearse.ts'
import { createDatabase } from '../tools/postgres-for-tests.ts'
import { reportFigure } from './faults/figures.ts'
import { short } from './faults/form.ts'

const database = await createDatabase()
/** The whole short form where .ci/run asks for PostgreSQL; elsewhere enough to see a mistake, because `npm test` must stay short. */
const count = short(process.env['POINTSMAN_REQUIRE_POSTGRES'] === '1' ? 150 : 60, 10_000)

// Where the machine has a PostgreSQL; CI requires one.
describe.runIf(database !== null)('three hosts on one PostgreSQL', () => {
  const databaseUrl = database?.url ?? ''
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await startFleet({ databaseUrl, replicas: 3, watchLoops: false })
  }, 180_000)
  afterAll(async () => {
    await fleet.stop()
    await database?.drop()
  })

  test('T26: switches and reverts under steady load: nothing fails, every answer is its revision’s, the audit is whole', async () => {
    const rehearsal = await rehearse(fleet, {
      databaseUrl,
      count,
      perSecond: 30,
      load: { connectionsPerReplica: 3, everyMs: 40 },
    })
    expect(rehearsal.broken).toEqual([])
    expect(rehearsal.switches).toHaveLength(count)
    // Each host served under revisions that were made meanwhile: at the end at least under the last that all had taken.
    const taken = rehearsal.switches.filter(({ pending }) => pending.length === 0)
    expect(taken.length).toBeGreaterThan(0)
    const last = Math.max(...taken.map(({ revision }) => revision))
    const served = [...Map.groupBy(rehearsal.answers, ({ replica }) => replica).values()]
    expect(served).toHaveLength(3)
    for (const answers of served)
      expect(Math.max(...answers.map(({ revision }) => revision ?? 0))).toBeGreaterThanOrEqual(last)
    reportFigure(
      'T26',
      `${count} switches and reverts on three hosts: ${rehearsal.answers.length} requests meanwhile, 0 failed, each of its revision`,
    )
  }, 900_000)
})
