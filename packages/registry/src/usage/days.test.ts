import { userId, defaultWorkspace } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { erasePerson } from '../erasures.ts'
import { onBothDatabases } from '../testing/databases.ts'
import { testActor } from '../testing/sample-registry.ts'
import { position, usageRecord } from '../testing/sample-usage.ts'
import { between, dayOf, foldUsageDay, readingOf } from './days.ts'
import { ingestBatch } from './ingest.ts'
import { usageTotals, type UsageQuestion } from './totals.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const today = dayOf(Date.now())

test('what is left of a time without its days is what no day covers', () => {
  const time = { fromMs: 5, toMs: 4 * dayMs }
  expect(between(time, [])).toEqual([time])
  expect(between(time, [dayMs, 3 * dayMs])).toEqual([
    { fromMs: 5, toMs: dayMs },
    { fromMs: 2 * dayMs, toMs: 3 * dayMs },
  ])
})

onBothDatabases('usage by day', (registry) => {
  let offset = 0
  const ingest = (...records: readonly ReturnType<typeof usageRecord>[]) =>
    registry.database().transaction({ purpose: 'plain' }, (transaction) => {
      offset += 1
      return ingestBatch(transaction, { records, position: position(offset) })
    })
  const fold = (): Promise<number | null> =>
    registry
      .database()
      .transaction({ purpose: 'plain' }, (transaction) => foldUsageDay(transaction, Date.now() + hourMs))
  const foldAll = async (): Promise<number> => {
    let days = 0
    while ((await fold()) !== null) days += 1
    return days
  }
  const time = { fromMs: today - 5 * dayMs - 3 * hourMs, toMs: today + dayMs }
  const reading = () => readingOf(registry.database(), time)
  const totals = (groupBy: UsageQuestion['groupBy'], interval?: 'day') =>
    usageTotals(registry.database(), {
      ...{ groupBy, ...time },
      ...(interval === undefined ? {} : { interval }),
    })
  const everything = () =>
    Promise.all([totals('user'), totals('user', 'day'), totals('model', 'day'), totals('all')])

  beforeAll(async () => {
    for (const [at, day] of [5, 4, 4, 2, 1, 0].entries()) {
      const times = { durationMs: 10 ** at, firstContentAfterMs: at === 3 ? null : at + 1 }
      await ingest(
        usageRecord(`day-${at}`, today - day * dayMs + at * hourMs, times),
        usageRecord(`day-${at}-grace`, today - day * dayMs + 1, { ...times, userId: userId('grace') }),
      )
    }
  })

  test('days that were added up tell what their hours told, and days of no traffic are days', async () => {
    const fromHours = await everything()
    expect((await reading()).daysMs).toEqual([])
    expect(await foldAll()).toBe(5)
    const { daysMs, spans } = await reading()
    expect(daysMs).toHaveLength(5)
    expect(spans).toHaveLength(2)
    expect(await everything()).toEqual(fromHours)
    expect(fromHours[0].map(({ group, requests }) => [group, requests])).toEqual([
      ['ada', 6],
      ['grace', 6],
    ])
    expect(await foldAll()).toBe(0)
  })

  test('a record that comes in late opens its day again, and is told of before and after it is added up anew', async () => {
    const before = (await totals('all'))[0]?.requests ?? 0
    await ingest(usageRecord('late', today - 4 * dayMs + 7, { userId: userId('late') }))
    expect((await reading()).daysMs).not.toContain(today - 4 * dayMs)
    const open = await everything()
    expect(open[3][0]?.requests).toBe(before + 1)
    expect(await fold()).toBe(today - 4 * dayMs)
    expect(await everything()).toEqual(open)
  })

  test('a person who was erased stands in no day', async () => {
    await registry
      .database()
      .transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
        erasePerson(transaction, { workspace: defaultWorkspace, person: 'grace', actor: testActor }),
      )
    const { rows } = await registry
      .database()
      .query('SELECT DISTINCT name FROM pointsman.usage_daily WHERE dimension = $1', ['user'])
    expect(rows.map(({ name }) => name)).not.toContain('grace')
    expect((await totals('user')).map(({ requests }) => requests)).toEqual([6, 6, 1])
    expect(await foldAll()).toBeGreaterThan(0)
    expect((await totals('user')).map(({ requests }) => requests)).toEqual([6, 6, 1])
  })

  test('of more groups than are asked for those with the most requests are told', async () => {
    const rows = await usageTotals(registry.database(), { groupBy: 'user', ...time, limit: 2 })
    expect(rows.map(({ requests }) => requests)).toEqual([6, 6])
  })
})
