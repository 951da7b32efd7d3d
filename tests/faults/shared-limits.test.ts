import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase } from '../../tools/postgres-for-tests.ts'
import { api, eventually, migratedFolder, removeFolder, startServer, type RunningServer } from '../server.ts'
import { prepareTwoHosts, type TwoHosts } from '../two-hosts.ts'
import { reportFigure } from './figures.ts'
import { inLongForm, isSoak, short } from './form.ts'

/*
 * T09: limits of keys under concurrency, of two hosts on one PostgreSQL: the bounds that docs/keys.md states. One process is
 * exact; its test is packages/gateway/src/limits/limits.test.ts.
 */

const database = await createDatabase()
const parallel = short(500, 2_000)
const lite = 'eu.amazon.nova-lite-v1:0'

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(database !== null)('T09: hosts that share limits', () => {
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

  const ask = async (server: RunningServer, key: string): Promise<number> => {
    const answer = await api(server, '/v1/chat/completions', {
      body: { model: lite, max_tokens: 20, messages: [{ role: 'user', content: 'How many beds are free?' }] },
      headers: { authorization: `Bearer ${key}` },
    })
    if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    return answer.status
  }
  const limited = async (limits: object): Promise<{ readonly id: string; readonly key: string }> => {
    const { body } = await api<{ id: string; key: string }>(near, '/api/v1/keys', {
      body: { name: 'limited', scopes: ['invoke'], ...limits },
    })
    await eventually(
      async () => (await api(far, '/v1/models', { headers: { authorization: `Bearer ${body.key}` } })).status,
      (status) => status === 200,
    )
    return body
  }
  /** All at once, each other one at the other host; only what may be answered is. */
  const burst = async (key: string, count: number): Promise<readonly number[]> => {
    const asked = Array.from({ length: count }, (_, index) => ask(index % 2 === 0 ? near : far, key))
    const statuses = await Promise.all(asked)
    expect([...new Set(statuses)].sort().filter((status) => status !== 200 && status !== 429)).toEqual([])
    return statuses
  }
  const served = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length
  const minute = (): number => Math.floor(Date.now() / 60_000)
  /** What the records tell that keys spent, in US dollars and requests that a model served. */
  const spent = async (id: string): Promise<{ costUsd: number; count: number }> => {
    const { body } = await api<{
      data: { keyId: string | null; costNanoUsd: number | null; modelId: string | null }[]
    }>(near, '/api/v1/usage/records?outcome=ok&limit=1000')
    const own = body.data.filter(({ keyId, modelId }) => keyId === id && modelId !== null)
    return {
      costUsd: own.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0) / 1e9, 0),
      count: own.length,
    }
  }
  /** What one request costs here. */
  const priceOfOne = async (): Promise<number> => {
    const { id, key } = await limited({})
    expect(await ask(near, key)).toBe(200)
    const { costUsd } = await eventually(
      () => spent(id),
      ({ count }) => count === 1,
    )
    expect(costUsd).toBeGreaterThan(0)
    return costUsd
  }

  test('T09: requests of a minute are never granted twice, whichever host they come to', async () => {
    const { key } = await limited({ requestsPerMinute: 10 })
    const before = minute()
    const count = served(await burst(key, parallel))
    // Exact by minute; a burst over its end may use two.
    expect(count).toBeGreaterThanOrEqual(10)
    expect(count).toBeLessThanOrEqual(10 * (minute() - before + 1))
    reportFigure('T09', `budget of 10 requests, ${parallel} at once, 2 hosts: ${count} served`)
  })

  test('T09: money for ten requests is overrun by one request of each host at most, and survives kill -9', async () => {
    const one = await priceOfOne()
    const { id, key } = await limited({ spendPerDayUsd: one * 10 })
    let count = served(await burst(key, parallel))
    for (let round = 0; round < 20; round++) count += served(await burst(key, 4))
    await eventually(
      () => spent(id),
      (sum) => sum.count === count,
    )
    const sum = await spent(id)
    expect(sum.count).toBe(count)
    expect(sum.costUsd).toBeGreaterThanOrEqual(one * 9)
    expect(sum.costUsd).toBeLessThanOrEqual(one * 12 + 1e-9)
    const { body: keys } = await api<{ data: { id: string; lastUsedAt: string | null }[] }>(
      near,
      '/api/v1/keys',
    )
    const used = keys.data.find((key) => key.id === id)?.lastUsedAt ?? ''
    expect(Math.abs(Date.parse(used) - Date.now())).toBeLessThan(60_000)
    await near.kill('SIGKILL')
    near = await hosts.startNear()
    expect(served(await burst(key, 4))).toBe(0)
  })

  test('T09: money for five requests, given to a key that spent more before, is spent already, on each host', async () => {
    const one = await priceOfOne()
    const { id, key } = await limited({})
    for (let call = 0; call < 3; call++)
      expect([await ask(near, key), await ask(far, key)]).toEqual([200, 200])
    await eventually(
      () => spent(id),
      ({ count }) => count === 6,
    )
    const changed = { method: 'PATCH', body: { spendPerDayUsd: one * 5 } }
    expect((await api(near, `/api/v1/keys/${id}`, changed)).status).toBe(200)
    // One may come to a host before it has read what was spent.
    const refused = (server: RunningServer) =>
      eventually(
        () => ask(server, key),
        (status) => status === 429,
      )
    expect([await refused(near), await refused(far)]).toEqual([429, 429])
    expect(served(await burst(key, 20))).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect((await spent(id)).count).toBeLessThanOrEqual(6 + 4)
  })

  test('T09: while a host is cut off from the database the limit is used once more at most; afterwards it is one again', async () => {
    const one = await priceOfOne()
    const { key } = await limited({ spendPerDayUsd: one * 10 })
    for (let call = 0; call < 2; call++)
      expect([await ask(near, key), await ask(far, key)]).toEqual([200, 200])
    await hosts.line.refuse('refuse')
    hosts.line.endAll('reset')
    let [atNear, atFar] = [2, 2]
    for (let call = 0; call < 20; call++) {
      const statuses = [await ask(near, key), await ask(far, key)]
      expect(statuses.every((status) => status === 200 || status === 429)).toBe(true)
      atNear += served(statuses.slice(0, 1))
      atFar += served(statuses.slice(1))
    }
    expect(atFar).toBeGreaterThan(2)
    expect(Math.max(atNear, atFar)).toBeLessThanOrEqual(11)
    expect(atNear + atFar).toBeLessThanOrEqual(2 * 11)
    // A key that it cannot know may be good: no 401.
    const later = await api<{ key: string }>(near, '/api/v1/keys', {
      body: { name: 'later', scopes: ['invoke'] },
    })
    expect(await ask(far, later.body.key)).toBe(503)
    await hosts.line.refuse(null)
    expect(
      await eventually(
        () => ask(far, later.body.key),
        (status) => status === 200,
      ),
    ).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(served(await burst(key, 4))).toBe(0)
  })
})

// Two starts of the embedded database: in the long form. The short one kills a host of PostgreSQL.
test.runIf(isSoak)(
  inLongForm(
    'T09: a spent key stays spent after kill -9 on the embedded database, and its last use is known',
  ),
  async () => {
    const dataDir = await migratedFolder()
    let server = await startServer({ dataDir })
    try {
      const { body: made } = await api<{ id: string; key: string }>(server, '/api/v1/keys', {
        body: { name: 'small', scopes: ['invoke'], spendPerMonthUsd: 0.000_001 },
      })
      const ask = async (): Promise<number> =>
        (
          await api(server, '/v1/chat/completions', {
            body: { model: lite, max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] },
            headers: { authorization: `Bearer ${made.key}` },
          })
        ).status
      const asked: number[] = []
      while (asked.length < 20 && asked.at(-1) !== 429) asked.push(await ask())
      expect([asked[0], asked.at(-1)]).toEqual([200, 429])
      const lastUse = async (): Promise<string | null> => {
        const { body } = await api<{ data: { id: string; lastUsedAt: string | null }[] }>(
          server,
          '/api/v1/keys',
        )
        return body.data.find(({ id }) => id === made.id)?.lastUsedAt ?? null
      }
      // Before the records are in the database: the journal alone knows.
      await server.kill('SIGKILL')
      server = await startServer({ dataDir })
      expect(await ask()).toBe(429)
      const used = await eventually(lastUse, (at) => at !== null)
      expect(Math.abs(Date.parse(used ?? '') - Date.now())).toBeLessThan(120_000)
      expect(used).toBe(await lastUse())
    } finally {
      await server.kill('SIGTERM')
      await removeFolder(dataDir)
    }
  },
  120_000,
)
