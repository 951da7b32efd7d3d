import { workspaceId } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { onBothDatabases } from '../testing/databases.ts'
import { counting } from '../testing/counting.ts'
import { position, usageRecord } from '../testing/sample-usage.ts'
import { foldUsageDay } from './days.ts'
import { ingestBatch } from './ingest.ts'
import { pruneUsageMinutes } from './minutes.ts'
import { usageTotals } from './totals.ts'
import type { UsageQuestion } from './usage-question.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs
const other = workspaceId('other')

onBothDatabases('usage by the minute', (registry) => {
  let offset = 0
  const ingest = (...records: readonly ReturnType<typeof usageRecord>[]) =>
    registry.database().transaction({ purpose: 'plain' }, (transaction) => {
      offset += 1
      return ingestBatch(transaction, { records, position: position(offset) })
    })
  const asked = (question: Partial<UsageQuestion>) =>
    usageTotals(registry.database(), {
      ...{ groupBy: 'all', fromMs: nowMs - hourMs, toMs: nowMs + minuteMs, workspace: 'default' },
      ...question,
    })
  const told = async (question: Partial<UsageQuestion>) =>
    (await asked(question)).map(({ overhead, requests, startMs }) => [
      startMs === null ? null : (startMs - nowMs) / minuteMs,
      requests,
      overhead.p50Ms,
    ])

  beforeAll(async () => {
    await ingest(
      usageRecord('m1', nowMs - 30 * minuteMs, { overheadUs: 100 }),
      usageRecord('m2', nowMs - 30 * minuteMs + 59_999, { overheadUs: 100 }),
      usageRecord('elsewhere', nowMs - 30 * minuteMs, { workspace: other }),
    )
    await ingest(
      usageRecord('m3', nowMs - 30 * minuteMs + 1, { overheadUs: 100, outcome: 'failed' }),
      usageRecord('m4', nowMs, { overheadUs: 1_000_000 }),
      usageRecord('m5', nowMs - 61 * minuteMs),
    )
  })

  test('each minute of a workspace, and a time that begins between two hours', async () => {
    expect(await told({ interval: 'minute' })).toEqual([
      [-30, 3, 0.0987],
      [0, 1, expect.closeTo(961.5, 0)],
    ])
    expect(await told({ precision: 'minute' })).toEqual([[null, 4, 0.0987]])
    const everywhere = { groupBy: 'all', fromMs: nowMs - hourMs, toMs: nowMs + minuteMs } as const
    const of = async (question: Partial<UsageQuestion>) =>
      (await usageTotals(registry.database(), { ...everywhere, ...question })).map(({ requests }) => requests)
    expect(await of({ interval: 'minute' })).toEqual([4, 1])
    expect(await of({ precision: 'minute' })).toEqual([5])
    expect(await told({ precision: 'minute', fromMs: nowMs - 20 * minuteMs, toMs: nowMs })).toEqual([])
  })

  test('hours and days of all tell the overhead, and those of names do not', async () => {
    const day = { fromMs: nowMs - 24 * hourMs, toMs: nowMs + hourMs }
    const [all] = await asked(day)
    expect(all).toMatchObject({ requests: 5, overhead: { p50Ms: 0.0987 } })
    expect((await asked({ ...day, interval: 'hour' })).every(({ overhead }) => overhead.p50Ms !== null)).toBe(
      true,
    )
    expect((await asked({ ...day, groupBy: 'model' }))[0]?.overhead.p50Ms).toBeNull()
    // Hours from before it was counted say nothing of it, and the rest is told.
    await registry
      .database()
      .query(`UPDATE pointsman.usage_rollups SET overhead_buckets = NULL WHERE hour < $1`, [
        new Date(nowMs - hourMs),
      ])
    await ingest(usageRecord('yesterday', nowMs - 24 * hourMs, { overheadUs: 100 }))
    while (
      (await registry
        .database()
        .transaction({ purpose: 'plain' }, (transaction) =>
          foldUsageDay(transaction, Date.now() + hourMs),
        )) !== null
    );
    expect((await asked({ ...day, fromMs: nowMs - 49 * hourMs }))[0]).toMatchObject({
      requests: 6,
      overhead: { p50Ms: 0.0987 },
    })
  })

  test('of names, of hours and of more than a day it is refused', async () => {
    for (const question of [
      { groupBy: 'model', interval: 'minute' },
      { interval: 'hour', precision: 'minute' },
      { interval: 'minute', fromMs: nowMs - 25 * hourMs },
    ] as const)
      await expect(asked(question)).rejects.toThrow('Minutes are counted of all requests together')
  })

  test('old minutes go, and hours stay', async () => {
    await pruneUsageMinutes(registry.database(), nowMs)
    expect(await told({ interval: 'minute' })).toEqual([[0, 1, expect.anything()]])
    expect((await asked({ fromMs: nowMs - 2 * hourMs }))[0]?.requests).toBe(5)
  })

  test('old minutes go in pieces', async () => {
    const database = registry.database()
    await database.query(
      `INSERT INTO pointsman.usage_minutes
       SELECT $1::timestamptz - ago * interval '1 minute', 'old', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', '{}', '{}'
       FROM generate_series(1, 1100) AS ago`,
      [new Date(nowMs)],
    )
    const removed: number[] = []
    await pruneUsageMinutes(counting(database, removed), nowMs)
    expect(removed).toEqual([500, 500, 100])
  })
})
