import {
  conversationId,
  defaultWorkspace,
  modelId,
  requestId,
  unknownUsage,
  userId,
  workspaceId,
  type CapturedExchange,
  type FallbackEpisode,
  type UsageRecord,
} from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { findPins } from '../pins/find-pins.ts'
import { verifyChain } from '../switch-chain.ts'
import { latestSwitchOf, listSwitches, switchStates } from '../switches.ts'
import { counting } from '../testing/counting.ts'
import { onBothDatabases } from '../testing/databases.ts'
import { newHaiku, newSonnet, novaLite, novaPro, testActor } from '../testing/sample-registry.ts'
import { attempt, position, usageRecord } from '../testing/sample-usage.ts'
import { findCaptured, pruneCaptured } from './captured.ts'
import { deleteCheckpoint, ingestBatch, readCheckpoints, type UsageBatch } from './ingest.ts'
import { ensureUsagePartitions, findUsageRecord, pruneUsageRecords, usageRecords } from './records.ts'
import { usageGroups, usageTotals } from './totals.ts'
import { meanDailyUsage, recentFailures, recentNeeds } from './traffic.ts'

const hourMs = 3_600_000
const nowMs = Math.floor(Date.now() / hourMs) * hourMs
const throttled = {
  code: 'upstream_throttled',
  vendorName: 'ThrottlingException',
  message: 'slow down',
} as const

const records: readonly UsageRecord[] = [
  usageRecord('u1', nowMs - 3 * hourMs, { durationMs: 100 }),
  usageRecord('u2', nowMs - 2 * hourMs, { durationMs: 200, userId: null, conversationId: null }),
  usageRecord('u3', nowMs - 2 * hourMs + 1, {
    modelId: modelId(newHaiku),
    reason: 'fallback',
    costNanoUsd: null,
    durationMs: 4_000,
    attempts: [
      attempt({ modelId: newSonnet, status: 429, error: throttled, firstContentAfterMs: null }),
      attempt({ modelId: newHaiku, firstContentAfterMs: 700 }),
    ],
    needs: { ...usageRecord('x', 0).needs, tools: true, inputTokensEstimate: 900 },
  }),
  usageRecord('u4', nowMs - 1, {
    outcome: 'failed',
    modelId: null,
    provider: null,
    costNanoUsd: null,
    usage: unknownUsage,
    route: 'default',
    useCase: null,
    status: 502,
    error: { code: 'upstream_error', message: 'nul \0 and half \uDC00' },
    attempts: [
      attempt({
        modelId: novaLite,
        error: { code: 'upstream_error', vendorName: null, message: 'x' },
        firstContentAfterMs: null,
      }),
      attempt({
        modelId: novaLite,
        error: { code: 'upstream_rejected', vendorName: null, message: 'x' },
        firstContentAfterMs: null,
      }),
    ],
    firstContentAfterMs: null,
    durationMs: 60_000,
  }),
]

onBothDatabases('usage', (registry) => {
  const ingest = (batch: UsageBatch, purpose: 'plain' | 'registry' = 'plain') =>
    registry
      .database()
      .transaction(purpose === 'plain' ? { purpose } : { purpose, actor: testActor }, (transaction) =>
        ingestBatch(transaction, batch),
      )
  const all = { fromMs: nowMs - 24 * hourMs, toMs: nowMs + hourMs }

  beforeAll(async () => {
    expect(await ingest({ records: records.slice(0, 3), position: position(300) })).toEqual({
      inserted: 3,
      skipped: false,
    })
    expect(await ingest({ records: records.slice(2), position: position(400) })).toEqual({
      inserted: 1,
      skipped: false,
    })
  })

  test('a batch that comes again, whole or in part, is counted once', async () => {
    const before = await usageTotals(registry.database(), { groupBy: 'all', ...all })
    expect(await ingest({ records, position: position(400) })).toEqual({ inserted: 0, skipped: true })
    expect(await ingest({ records, position: position(100) })).toEqual({ inserted: 0, skipped: true })
    const doubled = [...records, ...records]
    expect(await ingest({ records: doubled, position: position(500) })).toEqual({
      inserted: 0,
      skipped: false,
    })
    expect(await usageTotals(registry.database(), { groupBy: 'all', ...all })).toEqual(before)
    expect(await readCheckpoints(registry.database())).toEqual([position(500)])
    await ingest({ records: [], position: position(0, 2) })
    expect(await readCheckpoints(registry.database())).toEqual([position(0, 2)])
  })

  test('a failed batch leaves neither rows nor a checkpoint', async () => {
    const database = registry.database()
    const before = await readCheckpoints(database)
    await expect(
      database.transaction({ purpose: 'plain' }, async (transaction) => {
        await ingestBatch(transaction, { records: [usageRecord('lost', nowMs)], position: position(900, 9) })
        throw new Error('killed')
      }),
    ).rejects.toThrow('killed')
    expect(await findUsageRecord(database, requestId('lost'))).toBeNull()
    expect(await readCheckpoints(database)).toEqual(before)
  })

  test('totals are those of the records, by every dimension and interval', async () => {
    const database = registry.database()
    const [total] = await usageTotals(database, { groupBy: 'all', ...all })
    expect(total).toMatchObject({
      requests: 4,
      errors: 1,
      fallbacks: 1,
      errorRate: 0.25,
      fallbackRate: 0.25,
      inputTokens: 300,
      outputTokens: 150,
      costUsd: 0.00063,
      unpricedRequests: 1,
    })
    const byModel = await usageTotals(database, { groupBy: 'model', ...all })
    expect(byModel.map((row) => [row.group, row.requests])).toEqual([
      [novaPro, 2],
      ['', 1],
      [newHaiku, 1],
    ])
    const byHour = await usageTotals(database, { groupBy: 'route', interval: 'hour', ...all })
    expect(byHour.map((row) => [row.group, ((row.startMs ?? 0) - nowMs) / hourMs, row.requests])).toEqual([
      ['use-case/clinical', -3, 1],
      ['use-case/clinical', -2, 2],
      ['default', -1, 1],
    ])
    for (const groupBy of ['provider', 'agent', 'useCase', 'user', 'key'] as const) {
      const rows = await usageTotals(database, { groupBy, interval: 'day', ...all })
      expect(
        rows.reduce((sum, row) => sum + row.requests, 0),
        groupBy,
      ).toBe(4)
    }
    expect(await usageTotals(database, { groupBy: 'all', ...all, workspace: 'other' })).toEqual([])
    expect(
      await usageTotals(database, { groupBy: 'all', fromMs: nowMs - 2 * hourMs, toMs: nowMs - hourMs }),
    ).toMatchObject([{ requests: 2 }])
  })

  test('quantiles come from buckets 19 % wide', async () => {
    const [total] = await usageTotals(registry.database(), { groupBy: 'all', ...all })
    const near = (value: number | null | undefined, wanted: number): void => {
      expect(Math.abs(Math.log2((value ?? 0) / wanted))).toBeLessThan(0.26)
    }
    near(total?.latency.p50Ms, 200)
    near(total?.latency.p99Ms, 60_000)
    near(total?.firstContent.p50Ms, 200)
    expect(
      (await usageTotals(registry.database(), { groupBy: 'model', ...all })).find((row) => row.group === '')
        ?.firstContent,
    ).toEqual({
      p50Ms: null,
      p90Ms: null,
      p99Ms: null,
    })
  })

  test('single records are found, filtered and paged, newest first', async () => {
    const database = registry.database()
    expect(await findUsageRecord(database, requestId('u1'))).toEqual(records[0])
    expect((await findUsageRecord(database, requestId('u4')))?.error?.message).toBe(
      'nul \uFFFD and half \uFFFD',
    )
    const ids = async (filter: Partial<Parameters<typeof usageRecords>[1]>) =>
      (await usageRecords(database, { limit: 10, cursor: null, ...filter })).data.map(
        (record) => record.requestId,
      )
    expect(await ids({})).toEqual(['u4', 'u3', 'u2', 'u1'])
    expect(await ids({ outcome: 'failed' })).toEqual(['u4'])
    expect(await ids({ modelId: novaPro })).toEqual(['u2', 'u1'])
    expect(await ids({ userId: 'ada' })).toEqual(['u4', 'u3', 'u1'])
    expect(await ids({ route: 'default' })).toEqual(['u4'])
    expect(await ids({ conversationId: 'conv-1', toMs: nowMs - hourMs })).toEqual(['u3', 'u1'])
    expect(await ids({ workspace: 'other' })).toEqual([])
    const first = await usageRecords(database, { limit: 3, cursor: null })
    expect(
      (await usageRecords(database, { limit: 3, cursor: first.nextCursor })).data.map(
        (record) => record.requestId,
      ),
    ).toEqual(['u1'])
  })

  test('what a route uses a day, needs, and how its models do', async () => {
    const database = registry.database()
    expect(await meanDailyUsage(database, 'use-case/clinical', { nowMs, days: 5 })).toMatchObject({
      requests: 0.6,
      inputTokens: 60,
      outputTokens: 30,
      days: 5,
    })
    expect((await meanDailyUsage(database, null, { nowMs, days: 1 })).requests).toBe(4)
    expect((await meanDailyUsage(database, 'agent/none', { nowMs, days: 7 })).requests).toBe(0)
    expect(await recentNeeds(database, 'use-case/clinical', nowMs - 24 * hourMs)).toMatchObject({
      tools: true,
      images: false,
      streaming: true,
      inputTokensEstimate: 900,
    })
    expect(await recentNeeds(database, 'agent/none', 0)).toBeNull()
    const health = await recentFailures(database, nowMs - 24 * hourMs)
    expect(Object.fromEntries(health)).toEqual({
      [novaPro]: { requests: 2, errors: 0, throttled: 0, latencyMs: 200 },
      [newSonnet]: { requests: 1, errors: 0, throttled: 1, latencyMs: null },
      [newHaiku]: { requests: 1, errors: 0, throttled: 0, latencyMs: 700 },
      [novaLite]: { requests: 2, errors: 1, throttled: 0, latencyMs: null },
    })
  })

  test('a record that says less than it should breaks no switch', async () => {
    const odd = { attempts: [{}], route: 'use-case/odd', needs: undefined } as unknown as Partial<UsageRecord>
    const before = await recentFailures(registry.database(), nowMs - hourMs)
    const back = new Error('nothing of it stays')
    const done = registry.database().transaction({ purpose: 'plain' }, async (transaction) => {
      await ingestBatch(transaction, { records: [usageRecord('odd', nowMs, odd)], position: position(9, 99) })
      expect(await recentNeeds(transaction, 'use-case/odd', nowMs - hourMs)).toMatchObject({
        tools: false,
        inputTokensEstimate: 0,
      })
      expect(await recentFailures(transaction, nowMs - hourMs)).toEqual(before)
      throw back
    })
    await expect(done).rejects.toBe(back)
  })

  test('claims and fallback episodes of the journal are taken over once', async () => {
    const database = registry.database()
    const episode: FallbackEpisode = {
      id: 'episode-1',
      route: 'use-case/clinical',
      from: modelId(newSonnet),
      to: modelId(newHaiku),
      startedAtMs: nowMs,
      requestId: requestId('u3'),
      cause: 'upstream_throttled',
    }
    const claim = {
      workspace: defaultWorkspace,
      conversationId: conversationId('from-journal'),
      userId: userId('ada'),
      useCase: 'clinical',
      modelId: modelId(newSonnet),
      claimedAtMs: nowMs,
      requestId: requestId('u3'),
    }
    const before = await latestSwitchOf(database, { kind: 'use-case', name: 'clinical' })
    await ingest({ records: [], claims: [claim], episodes: [episode], position: position(1, 3) }, 'registry')
    await ingest({ records: [], claims: [claim], episodes: [episode], position: position(2, 3) }, 'registry')
    const { data } = await listSwitches(database, { limit: 10, cursor: null })
    const taken = data.filter(({ record }) => record.action === 'fallback_switch')
    expect(
      taken.map(({ record, state }) => [
        record.id,
        record.type,
        record.from,
        record.to,
        record.reason,
        state,
      ]),
    ).toEqual([['episode-1', 'auto', newSonnet, newHaiku, 'upstream_throttled', 'active']])
    expect(await latestSwitchOf(database, { kind: 'use-case', name: 'clinical' })).toEqual(before)
    expect((await switchStates(database, [])).size).toBe(0)
    expect(await verifyChain(database)).toMatchObject({ valid: true })
    const pins = await findPins(database, { ...claim, useCase: 'clinical' })
    expect(pins.conversation?.modelId).toBe(newSonnet)
  })

  test('partitions are made ahead, and old records go while rollups stay', async () => {
    const database = registry.database()
    // This month's records lie in the default partition already, so its own cannot be made any more. In the first moments of
    // a month all of them are of the one before.
    const hasOne = new Date(nowMs - 1).getUTCMonth() === new Date().getUTCMonth()
    expect(await ensureUsagePartitions(database, 2)).toBe(hasOne ? 2 : 3)
    expect(await ensureUsagePartitions(database, 2)).toBe(0)
    const nextMonth = new Date()
    const inPartition = Date.UTC(nextMonth.getUTCFullYear(), nextMonth.getUTCMonth() + 1, 2)
    await ingest({ records: [usageRecord('future', inPartition)], position: position(9, 9) })
    const { rows } = await database.query(
      `SELECT tableoid::regclass::text AS place FROM pointsman.usage_records WHERE id = 'future'`,
    )
    expect(rows[0]?.['place']).toMatch(/usage_records_\d{4}_\d{2}$/)
    const removed = await pruneUsageRecords(database, inPartition + 40 * 24 * hourMs)
    expect(removed.rows).toBe(4)
    expect(`pointsman.${removed.months.at(-1)}`).toBe(rows[0]?.['place'])
    expect((await usageRecords(database, { limit: 10, cursor: null })).data).toEqual([])
    expect(await usageTotals(database, { groupBy: 'all', ...all })).toMatchObject([{ requests: 4 }])
    await deleteCheckpoint(database, 'journal-1')
    expect(await readCheckpoints(database)).toEqual([])
  })

  test('all groups are read page by page, by their names, each once and whole', async () => {
    const database = registry.database()
    const dayMs = 24 * hourMs
    const span = { fromMs: nowMs - 14 * dayMs, toMs: nowMs - 13 * dayMs }
    // In the order of their bytes; one asked in two hours, one without a name.
    const users = [null, 'Zoë', 'ada', 'bob', 'émile', '\u{ffee}', '\u{1f600}'].map((name) =>
      name === null ? null : userId(name),
    )
    const recordOf = (user: (typeof users)[number], hours: number) =>
      usageRecord(`group-${user ?? ''}-${hours}`, span.fromMs + hours * hourMs, { userId: user })
    await ingest({
      records: [...users.map((user) => recordOf(user, 1)), recordOf(userId('bob'), 5)],
      position: position(1, 98),
    })
    const question = { groupBy: 'user', ...span } as const
    const pages: (readonly [string, number])[][] = []
    let cursor: string | null = null as string | null
    do {
      const page: Awaited<ReturnType<typeof usageGroups>> = await usageGroups(database, {
        ...question,
        ...{ limit: 3, cursor },
      })
      pages.push(page.data.map(({ group, requests }) => [group, requests] as const))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(pages.flat()).toEqual(users.map((user) => [user ?? '', user === 'bob' ? 2 : 1]))
    await expect(usageGroups(database, { ...question, limit: 3, cursor: 'e30' })).rejects.toThrow(/cursor/)
  })

  test('what was refused as asked for is left out of the rates', async () => {
    const database = registry.database()
    const dayMs = 24 * hourMs
    const span = { fromMs: nowMs - 10 * dayMs, toMs: nowMs - 9 * dayMs }
    const at = span.fromMs + hourMs
    await ingest({
      records: [
        ...['a', 'b', 'c'].map((id) => usageRecord(`refused-${id}`, at, { outcome: 'refused', status: 400 })),
        usageRecord('served', at),
        usageRecord('failed', at, { outcome: 'failed', status: 502 }),
      ],
      position: position(1, 99),
    })
    const [total] = await usageTotals(database, { groupBy: 'all', ...span })
    expect(total).toMatchObject({ requests: 5, refused: 3, errors: 1, errorRate: 0.5 })
    await database.query('UPDATE pointsman.usage_rollups SET refused = NULL WHERE hour < $1', [
      new Date(span.toMs),
    ])
    const [before] = await usageTotals(database, { groupBy: 'all', ...span })
    expect(before).toMatchObject({ requests: 5, refused: null, errors: 1, errorRate: 0.2 })
  })

  test('kept text comes in once, is found in its own workspace only, and goes when its time is over', async () => {
    const database = registry.database()
    const exchange: CapturedExchange = {
      ...{ requestId: requestId('kept'), workspace: defaultWorkspace, createdAtMs: nowMs - hourMs },
      ...{ conversationId: conversationId('conv-1'), userId: userId('ada'), useCase: 'clinical' },
      ...{ modelId: null, prompt: '[user]\nnul \0 and half \uDC00', answer: null, truncated: true },
    }
    const later = { ...exchange, requestId: requestId('kept-later'), createdAtMs: nowMs }
    await ingest({ records: [], captured: [exchange, later], position: position(2, 99) })
    await ingest({ records: [], captured: [exchange], position: position(3, 99) })
    const found = await findCaptured(database, defaultWorkspace, exchange.requestId)
    expect(found).toEqual({ ...exchange, prompt: '[user]\nnul \uFFFD and half \uFFFD' })
    expect(await findCaptured(database, workspaceId('elsewhere'), exchange.requestId)).toBeNull()
    expect(await pruneCaptured(database, nowMs)).toBe(1)
    expect(await findCaptured(database, defaultWorkspace, exchange.requestId)).toBeNull()
    expect(await findCaptured(database, defaultWorkspace, later.requestId)).toMatchObject({ truncated: true })
  })

  test('kept text of long ago goes in pieces: one of all of it would take longer than the watchdog waits', async () => {
    const database = registry.database()
    await database.query(
      `INSERT INTO pointsman.captured_exchanges (request_id, workspace_id, created_at, prompt, truncated)
       SELECT 'old-' || number, 'default', $1, 'text', false FROM generate_series(1, 1100) AS number`,
      [new Date(nowMs - 2 * hourMs)],
    )
    const pieces: number[] = []
    expect(await pruneCaptured(counting(database, pieces), nowMs - hourMs)).toBe(1_100)
    expect(Math.max(...pieces)).toBeLessThanOrEqual(500)
  })

  test('the operation is a column of its own, and a dimension of totals', async () => {
    const database = registry.database()
    const span = { fromMs: nowMs - 480 * hourMs, toMs: nowMs - 479 * hourMs }
    const operations = ['chat', 'chat-stream', 'embed', 'count-tokens'] as const
    const told = operations.map((operation) => usageRecord(`asked-${operation}`, span.fromMs, { operation }))
    await ingest({ records: [...told, usageRecord('asked-untold', span.fromMs)], position: position(4, 99) })
    const { rows } = await database.query(
      `SELECT id, operation FROM pointsman.usage_records WHERE id LIKE 'asked-%' ORDER BY id`,
    )
    expect(rows.map((row) => row['operation'])).toEqual(['chat', 'chat', 'count-tokens', 'embeddings', null])
    const totals = await usageTotals(database, { groupBy: 'operation', ...span })
    expect(totals.map(({ group, requests }) => [group, requests])).toEqual([
      ['chat', 2],
      ['', 1],
      ['count-tokens', 1],
      ['embeddings', 1],
    ])
    expect(await usageTotals(database, { groupBy: 'all', ...span })).toMatchObject([{ requests: 4 }])
  })
})
