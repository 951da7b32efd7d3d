import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ingestBatch } from '@pointsman/registry'
import { journalId, modelId, type UsageRecord } from '@pointsman/contract'
import { usageRecord } from '../testing/usage-record.ts'
import {
  databaseKinds,
  joinReplica,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
  type TestDatabase,
} from '../testing/start-control.ts'
import { openEvents } from '../testing/read-events.ts'

const clinical = 'use-case/clinical'

describe.each(databaseKinds)('drills on %s', (kind) => {
  let made: TestDatabase
  let at: TestControl
  /** What the clock shows beyond the time that really passed. */
  let aheadMs = 0
  const clock = { ...testClock, nowMs: () => testClock.nowMs() + aheadMs }
  beforeAll(async () => {
    made = await openTestDatabase(kind)
    at = await startControl(made.database, { clock })
  })
  afterAll(async () => {
    await at.stop()
    await made.drop()
  })

  const start = (order: object) =>
    at.ask('/api/v1/drills', { body: { route: clinical, fault: '429', reason: 'rehearsal', ...order } })
  const stop = (id: string) => at.ask(`/api/v1/drills/${id}/stop`, { method: 'POST' })
  const show = async (id: string) => (await at.ask(`/api/v1/drills/${id}`)).body
  /** As the newest snapshot has it. */
  const inSnapshot = async (key: string): Promise<unknown> => {
    const source = at.control.snapshotSource
    const manifest = await source.latest()
    const hashes = manifest?.parts.filter((part) => part.kind === 'routes').map(({ hash }) => hash) ?? []
    const routes = (await source.parts(hashes)).flatMap((part) =>
      part.kind === 'routes' ? part.entries : [],
    )
    return routes.find(
      (route) => key === (route.kind === 'default' ? 'default' : `${route.kind}/${route.name}`),
    )?.drill
  }

  let offset = 0
  const ingest = (records: readonly UsageRecord[]) =>
    made.database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records,
        position: { journal: journalId('journal'), segment: 1, offset: (offset += 1) },
      }),
    )

  test('is live on every replica when the start answers, on its own route only, and gone when the stop answers', async () => {
    const replica = await joinReplica(at.control, 'replica-1')
    const { body, status } = await start({ retryAfterSeconds: 3, percent: 25, durationSeconds: 90 })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      ...{ route: clinical, state: 'running', fault: '429', retryAfterSeconds: 3, percent: 25 },
      ...{ reason: 'rehearsal', startedBy: { kind: 'service' }, endedAt: null, pending: [], warnings: [] },
    })
    expect(Date.parse(body.endsAt) - Date.parse(body.startedAt)).toBe(90_000)
    const entry = {
      ...{ id: body.id, percent: 25, aim: { kind: 'target' } },
      fault: { kind: 'status', status: 429, retryAfterS: 3 },
      startedAtMs: Date.parse(body.startedAt),
      endsAtMs: Date.parse(body.endsAt),
    }
    expect(await inSnapshot(clinical)).toEqual(entry)
    expect(await inSnapshot('use-case/health')).toBeUndefined()
    expect(replica.served()?.revision).toEqual((await at.control.snapshotSource.latest())?.revision)
    expect((await at.ask('/api/v1/use-cases/clinical')).body.drill).toEqual({
      id: body.id,
      endsAt: body.endsAt,
    })

    const stopped = await at.ask(`/api/v1/drills/${body.id}/stop`, { body: { reason: 'seen enough' } })
    expect(stopped.body).toMatchObject({
      ...{ state: 'stopped', endReason: 'seen enough', endedBy: { kind: 'service' }, pending: [] },
    })
    expect(await inSnapshot(clinical)).toBeUndefined()
    expect((await at.ask('/api/v1/use-cases/clinical')).body.drill).toBeNull()
    // Again: it stays as it ended.
    expect((await stop(body.id)).body).toMatchObject({ state: 'stopped', endReason: 'seen enough' })
    const { body: revisions } = await at.ask('/api/v1/revisions?limit=2')
    expect(revisions.data.map(({ actor }) => actor)).toEqual([
      expect.objectContaining({ kind: 'service' }),
      expect.objectContaining({ kind: 'service' }),
    ])
    await replica.leave()
  })

  test('one is stopped on the condition that it is as it was read', async () => {
    const begun = await start({})
    const read = await at.ask(`/api/v1/drills/${begun.body.id}`)
    const etag = read.headers.get('etag') ?? ''
    expect(begun.headers.get('etag')).toBe(etag)
    const stopIf = (held: string) =>
      at.ask(`/api/v1/drills/${begun.body.id}/stop`, { body: {}, headers: { 'if-match': held } })
    const other = await stopIf('"1"')
    expect([other.status, other.headers.get('etag')]).toEqual([412, etag])
    expect(other.body.error.message).toBe(
      `The drill ${begun.body.id} was changed since you read it. Read it again and repeat the change.`,
    )
    const answers = await Promise.all([stopIf(etag), stopIf(etag)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412])
    const now = (await at.ask(`/api/v1/drills/${begun.body.id}`)).headers.get('etag')
    expect(answers.map(({ headers }) => headers.get('etag'))).toEqual([now, now])
  })

  test('a second one on the same route is refused until the first is over, whether anybody wrote that down or not', async () => {
    const { body: first, headers } = await start({ durationSeconds: 60 })
    const second = await start({ fault: 'stall' })
    expect(second.status).toBe(409)
    expect(second.body.error).toMatchObject({ code: 'refused', field: 'route' })
    expect(second.body.error.message).toContain(first.id)
    const elsewhere = await start({ route: 'use-case/health' })
    expect(elsewhere.status).toBe(201)
    await stop(elsewhere.body.id)
    aheadMs += 60_000
    const over = await at.ask(`/api/v1/drills/${first.id}`)
    expect(over.body).toMatchObject({ state: 'ended', endedAt: first.endsAt })
    expect(over.headers.get('etag')).not.toBe(headers.get('etag'))
    const third = await start({ fault: 'stall' })
    expect(third.body).toMatchObject({ state: 'running', fault: 'stall', afterParts: 0 })
    expect(await show(first.id)).toMatchObject({ state: 'ended', endedAt: first.endsAt })
    expect(await inSnapshot(clinical)).toMatchObject({ id: third.body.id })
    await stop(third.body.id)
  })

  test('ends at its time, and leaves the snapshot', async () => {
    const { body } = await start({ fault: 'cut', durationSeconds: 60 })
    expect(body.afterParts).toBe(1)
    await at.control.services.reviewDrills()
    expect(await show(body.id)).toMatchObject({ state: 'running' })
    aheadMs += 61_000
    await at.control.services.reviewDrills()
    expect(await inSnapshot(clinical)).toBeUndefined()
    expect(await show(body.id)).toMatchObject({
      ...{ state: 'ended', endedAt: body.endsAt, endedBy: { kind: 'rule', id: 'drill' } },
    })
  })

  test('ends early once too many of the route’s answers failed', async () => {
    const { body } = await start({ stopAbovePercent: 30 })
    const nowMs = clock.nowMs()
    const answers = (from: number, outcome: UsageRecord['outcome'], count: number) =>
      Array.from({ length: count }, (_, place) =>
        usageRecord(`abort-${from + place}`, nowMs, { route: clinical, outcome, drillId: body.id }),
      )
    await ingest([...answers(0, 'ok', 5), ...answers(5, 'failed', 4)])
    await at.control.services.reviewDrills()
    // Nine say too little.
    expect(await show(body.id)).toMatchObject({ state: 'running' })
    await ingest(answers(9, 'ok', 5))
    await at.control.services.reviewDrills()
    // 4 of 14.
    expect(await show(body.id)).toMatchObject({ state: 'running' })
    await ingest(answers(14, 'partial', 1))
    await at.control.services.reviewDrills()
    expect(await show(body.id)).toMatchObject({ state: 'aborted', stopAbovePercent: 30 })
    expect(await inSnapshot(clinical)).toBeUndefined()
  })

  test('the record tells what became of the requests that it drew, and of the others', async () => {
    const { body } = await start({ route: 'use-case/operations' })
    const id = body.id
    const [atMs, route] = [clock.nowMs() + 1, 'use-case/operations']
    const lite = modelId('eu.amazon.nova-lite-v1:0')
    const hit = { ...usageRecord('x', atMs).attempts[0], drill: 'status' } as UsageRecord['attempts'][number]
    const call = { ...usageRecord('x', atMs).attempts[0] } as UsageRecord['attempts'][number]
    await ingest([
      usageRecord('drawn-1', atMs, {
        ...{ route, drillId: id, modelId: lite, reason: 'fallback', attempts: [hit, call], durationMs: 300 },
      }),
      usageRecord('drawn-2', atMs, {
        ...{ route, drillId: id, modelId: null, outcome: 'failed', status: 429, costNanoUsd: null },
        ...{ attempts: [hit], durationMs: 100 },
      }),
      usageRecord('other-1', atMs, { route, durationMs: 50 }),
      usageRecord('elsewhere', atMs, { route: 'use-case/health' }),
    ])
    aheadMs += 10
    const { record } = await show(id)
    expect(record).toMatchObject({
      drawn: { requests: 2, ok: 1, failed: 1, fallbacks: 1, p50Ms: 200, longestMs: 300, costUsd: 10.29 },
      others: { requests: 1, ok: 1, p50Ms: 50 },
      seen: [
        { modelId: lite, status: 200, outcome: 'ok', requests: 1 },
        { modelId: null, status: 429, outcome: 'failed', requests: 1 },
      ],
      ...{ calls: 3, hits: 2 },
    })
    const listed = await at.ask(`/api/v1/usage/records?drill=${id}`)
    expect(listed.body.data.map(({ requestId }) => requestId).sort()).toEqual(['drawn-1', 'drawn-2'])
    await stop(id)
  })

  test('goes with its route', async () => {
    await at.ask('/api/v1/use-cases/passing', { method: 'PUT', body: {} })
    const { body } = await start({ route: 'use-case/passing' })
    expect((await at.ask('/api/v1/use-cases/passing', { method: 'DELETE' })).status).toBe(200)
    expect(await show(body.id)).toMatchObject({ state: 'stopped', endReason: 'The route was removed.' })
    await at.ask('/api/v1/use-cases/passing', { method: 'PUT', body: {} })
    expect(await inSnapshot('use-case/passing')).toEqual(undefined)
  })

  test('whoever starts it is told what it will do', async () => {
    const warned = async (order: object): Promise<unknown> => {
      const { body } = await start(order)
      await stop(body.id)
      return body.warnings
    }
    expect(await warned({ everyModel: true })).toEqual([
      'No model of use-case/clinical is left that the drill does not hit: each request that it draws fails for its caller.',
    ])
    expect(await warned({ model: 'eu.amazon.nova-micro-v1:0' })).toEqual([
      expect.stringContaining('use-case/clinical is served by '),
    ])
    expect(await warned({ route: 'role/patient' })).toEqual([
      'role/patient is served by use-case/health: requests of its other roles are drawn, too.',
    ])
    expect(await warned({ route: 'default' })).toEqual([])
  })

  test.each([
    [{ route: 'use-case/clincal' }, 404, 'route', 'use-case/clinical'],
    [{ route: 'eu.amazon.nova-pro-v1:0' }, 400, 'route', 'a drill is of a route'],
    [{ fault: '418' }, 400, 'fault', '"429"'],
    [{ durationSeconds: 3_601 }, 400, 'durationSeconds', '3600 or less'],
    [{ percent: 0 }, 400, 'percent', 'more than 0'],
    [{ percent: 101 }, 400, 'percent', '100 or less'],
    [{ reason: ' ' }, 400, 'reason', 'a reason'],
    [{ reason: undefined }, 400, 'reason', 'missing'],
    [{ fault: 'latency' }, 400, 'latencyMs', 'missing'],
    [{ fault: '500', retryAfterSeconds: 1 }, 400, 'retryAfterSeconds', 'belongs to "429" and "503"'],
    [{ fault: '500', afterParts: 1 }, 400, 'afterParts', 'belongs to "stall" and "cut"'],
    [{ fault: 'cut', latencyMs: 1 }, 400, 'latencyMs', 'belongs to "latency"'],
    [{ model: 'nova' }, 404, 'model', 'Model not found'],
    [{ provider: 'bedrok' }, 404, 'provider', 'bedrock'],
    [{ everyModel: true, provider: 'bedrock' }, 400, 'everyModel', 'Send one of'],
    [{ colour: 'red' }, 400, 'colour', 'colour'],
  ])('%j is refused with %i', async (order, status, field, said) => {
    const { body, status: answered } = await start(order)
    expect([answered, body.error.field]).toEqual([status, field])
    expect(body.error.message).toContain(said)
  })

  test('an id that is none', async () => {
    expect((await at.ask('/api/v1/drills/none')).status).toBe(404)
    expect((await stop('none')).status).toBe(404)
  })

  test('whoever reads may look, and nobody but an administrator starts or stops', async () => {
    const { body: reader } = await at.ask('/api/v1/keys', {
      body: { name: 'reader', scopes: ['read', 'switch', 'invoke'] },
    })
    const { key } = reader
    expect((await at.ask('/api/v1/drills', { key })).status).toBe(200)
    const body = { route: clinical, fault: '429', reason: 'no' }
    expect((await at.ask('/api/v1/drills', { key, body })).status).toBe(403)
    expect((await at.ask('/api/v1/drills/x/stop', { key, method: 'POST' })).status).toBe(403)
  })

  test('its row is written by nobody else, and never goes', async () => {
    const asOperator = (text: string) => at.ask('/api/v1/sql', { body: { text } })
    expect((await asOperator('SELECT count(*) FROM pointsman.drills')).status).toBe(200)
    const ends = 'UPDATE pointsman.drills SET ended_at = NULL, end_cause = NULL'
    expect((await asOperator(ends)).body.error.message).toContain('permission denied')
    await expect(made.database.query('DELETE FROM pointsman.drills')).rejects.toThrow(
      'never changed or removed',
    )
  })

  test('lists page, newest first, of one route where one is named', async () => {
    const { body: first } = await at.ask('/api/v1/drills?limit=2')
    expect(first.data).toHaveLength(2)
    const { body: next } = await at.ask(`/api/v1/drills?limit=2&cursor=${first.nextCursor ?? ''}`)
    expect(next.data[0].id).not.toBe(first.data[1]?.id)
    const { body: health } = await at.ask('/api/v1/drills?route=role/patient')
    expect(new Set(health.data.map(({ route }) => route))).toEqual(new Set(['use-case/health']))
  })

  test('events tell its start and its end', async () => {
    const stream = await openEvents(at.control, '/api/v1/events')
    const { body } = await start({ fault: '503' })
    const isDrill = ({ data }: { data: { readonly [name: string]: unknown } }) => data['kind'] === 'drill'
    expect((await stream.until(isDrill)).at(-1)?.data).toMatchObject({
      state: 'started',
      drill: { id: body.id, state: 'running' },
    })
    await stop(body.id)
    expect((await stream.until(isDrill)).at(-1)?.data).toMatchObject({
      state: 'ended',
      drill: { id: body.id, state: 'stopped' },
    })
    await stream.leave()
  })
})
