import { expect, test } from 'vitest'
import { forgetPastLimits, leaseLimits, type LimitReport } from './limits.ts'
import { onBothDatabases } from './testing/databases.ts'

const dayMs = 86_400_000
const windowMs = Math.floor(Date.now() / dayMs) * dayMs
const report = (budget: string, changed: Partial<LimitReport> = {}): LimitReport => ({
  ...{ budget, kind: 'spend-day', windowMs, endsMs: windowMs + 2 * dayMs, limit: 100 },
  ...{ held: 0, settled: 0, wanted: 0, atLeast: 0, ...changed },
})
const host = (holder: string, livesMs = 60_000) => ({ holder, livesMs })

onBothDatabases(
  'limits that hosts share',
  (registry) => {
    const lease = async (holder: string, ...reports: readonly LimitReport[]) =>
      leaseLimits(registry.database(), host(holder), reports)
    const granted = async (holder: string, one: LimitReport): Promise<number> =>
      (await lease(holder, one))[0]?.granted ?? Number.NaN

    test('hosts together are never granted more than the limit, however they ask at once', async () => {
      const asks = Array.from({ length: 8 }, (_, index) =>
        granted(`crowd-${index}`, report('crowd', { wanted: 30 })),
      )
      const grants = await Promise.all(asks)
      expect(grants.reduce((sum, one) => sum + one, 0)).toBe(100)
      expect(Math.min(...grants)).toBe(0)
    })

    test('what is held is told absolutely: an answer that was lost leases nothing twice', async () => {
      expect(await granted('a', report('lost', { wanted: 60 }))).toBe(60)
      // The answer did not arrive: the host still says that it holds nothing.
      expect(await granted('a', report('lost', { wanted: 60 }))).toBe(60)
      expect(await lease('b', report('lost', { wanted: 60 }))).toEqual([{ granted: 40, others: 60 }])
      // Given back.
      expect(await granted('a', report('lost', { held: 10, settled: 10 }))).toBe(0)
      expect(await granted('b', report('lost', { held: 40, settled: 40, wanted: 60 }))).toBe(50)
    })

    test('a host that is gone counts with what it used, and holds no slot', async () => {
      const slots = report('gone', { kind: 'concurrent', windowMs: 0, limit: 2, wanted: 2 })
      expect(await lease('a', report('gone', { wanted: 80 }), slots)).toMatchObject([
        { granted: 80 },
        { granted: 2 },
      ])
      expect(await granted('b', slots)).toBe(0)
      const left = [report('gone', { held: 80, settled: 7 }), { ...slots, held: 2, wanted: 0 }]
      await leaseLimits(registry.database(), host('a', -1), left)
      expect(await lease('b', report('gone', { wanted: 100 }), slots)).toEqual([
        { granted: 93, others: 7 },
        { granted: 2, others: 0 },
      ])
    })

    test('what the records tell counts once, whoever tells it', async () => {
      const told = report('told', { atLeast: 30, wanted: 1 })
      expect(await lease('a', told)).toEqual([{ granted: 1, others: 30 }])
      expect(await lease('b', told)).toEqual([{ granted: 1, others: 31 }])
      // Its own use is in the records too.
      expect(await lease('c', report('told', { atLeast: 50, held: 20, settled: 18 }))).toEqual([
        { granted: 0, others: 32 },
      ])
    })

    test('one that used more than it was granted is believed, and nobody is granted less than nothing', async () => {
      expect(await granted('a', report('over', { held: 150, settled: 150 }))).toBe(0)
      expect(await lease('b', report('over', { wanted: 10 }))).toEqual([{ granted: 0, others: 150 }])
    })

    test('counts of windows that are over go; a slot stays with the host that holds it', async () => {
      const past = { endsMs: Date.now() - 1_000 }
      await lease(
        'keeper',
        report('past', { ...past, wanted: 5 }),
        report('past', { ...past, kind: 'concurrent', windowMs: 0, wanted: 1 }),
      )
      await forgetPastLimits(registry.database())
      const { rows } = await registry
        .database()
        .query("SELECT kind FROM pointsman.limit_counts WHERE budget_id = 'past'")
      expect(rows).toEqual([{ kind: 'concurrent' }])
    })
  },
  { filled: false },
)
