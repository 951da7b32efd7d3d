import { userId, defaultWorkspace } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { erasePerson } from '../erasures.ts'
import { onBothDatabases } from '../testing/databases.ts'
import { testActor } from '../testing/sample-registry.ts'
import { position, usageRecord } from '../testing/sample-usage.ts'
import { dayOf, foldUsageDay, readingOf } from './days.ts'
import { ingestBatch } from './ingest.ts'
import { usageTotals } from './totals.ts'
import type { UsageQuestion } from './usage-question.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
// In a day's first hour the one before it is not added up yet.
const today = dayOf(Date.now() - hourMs)

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
  const reading = () => readingOf(registry.database(), time, false)
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
    const { daysMs, hoursMs } = await reading()
    expect(daysMs).toEqual([5, 4, 3, 2, 1].map((day) => today - day * dayMs))
    expect(hoursMs).toEqual(Array.from({ length: 6 }, (_, hour) => today + hour * hourMs))
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

  test('a group that is asked for is told of, however many requests others had', async () => {
    const rows = await usageTotals(registry.database(), {
      ...{ groupBy: 'user', ...time, limit: 1 },
      groups: ['late', 'nobody'],
    })
    expect(rows.map(({ group, requests }) => [group, requests])).toEqual([['late', 1]])
  })

  test('hours of one workspace, which nothing is added up of, tell what those of all tell', async () => {
    const question = { groupBy: 'user', interval: 'hour', ...time } as const
    const rows = await usageTotals(registry.database(), { ...question, workspace: defaultWorkspace })
    expect(rows.map(({ startMs }) => startMs)).toContain(today - 4 * dayMs)
    expect(rows).toEqual(await usageTotals(registry.database(), question))
  })

  test('a time without a begin and an end is read from the hours that there are', async () => {
    const from = await readingOf(registry.database(), { fromMs: -6e13, toMs: 6e13 }, true)
    expect(from.daysMs).toEqual([])
    expect(from.hoursMs).toHaveLength(5 * 24 + 6)
  })

  test('a clock that runs ahead has no day added up that the database knows is not over', async () => {
    await registry
      .database()
      .transaction({ purpose: 'plain' }, (transaction) => foldUsageDay(transaction, today + dayMs + hourMs))
    expect((await reading()).daysMs).not.toContain(today)
  })

  test('what began before midnight and commits after it comes before its day is added up', async () => {
    const clocked = async (databaseMs: number): Promise<void> =>
      registry.database().transaction({ purpose: 'plain' }, async (transaction) => {
        await transaction.query('CREATE SCHEMA clocked')
        await transaction.query(
          `CREATE FUNCTION clocked.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '${new Date(databaseMs).toISOString()}'::timestamptz $$`,
        )
        await transaction.query('SET LOCAL search_path = clocked, pg_catalog')
        await foldUsageDay(transaction, today + 3 * dayMs)
        await transaction.query('SET LOCAL search_path = pg_catalog')
        await transaction.query('DROP SCHEMA clocked CASCADE')
      })
    await clocked(today + dayMs + hourMs - 1)
    expect((await reading()).daysMs).not.toContain(today)
    await clocked(today + dayMs + hourMs)
    expect((await reading()).daysMs).toContain(today)
  })

  test('a day that a clock ahead had added up is opened by the next record of it', async () => {
    await registry
      .database()
      .query('SELECT pointsman.fold_usage_day($1::timestamptz)', [new Date(today + dayMs)])
    expect((await reading()).daysMs).toContain(today)
    const before = (await totals('all'))[0]?.requests ?? 0
    await ingest(usageRecord('after', today + 7))
    expect((await reading()).daysMs).not.toContain(today)
    expect((await totals('all'))[0]?.requests).toBe(before + 1)
  })
})
