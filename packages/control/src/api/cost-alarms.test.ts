import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { journalId, keyId, modelId, type UsageRecord } from '@pointsman/contract'
import { ingestBatch } from '@pointsman/registry'
import {
  databaseKinds,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
  type TestDatabase,
} from '../testing/start-control.ts'
import { usageRecord } from '../testing/usage-record.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const hook = 'https://hooks.example/cost'

describe.each(databaseKinds)('cost alarms on %s', (kind) => {
  let made: TestDatabase
  let at: TestControl
  let other: TestControl
  let nowMs = 0
  const clock = { ...testClock, nowMs: () => nowMs }
  const posted: {
    readonly url: string
    readonly headers: { readonly [name: string]: string }
    readonly body: string
  }[] = []
  let answer: () => Promise<{ readonly status: number }> = async () => ({ status: 200 })
  const webhooks = {
    post: (url: string, headers: { readonly [name: string]: string }, body: string) => {
      posted.push({ url, headers, body })
      return answer()
    },
    problem: (url: string) => (url.includes('10.0.0.1') ? 'That is a private network.' : null),
    secretOf: (name: string) => new TextEncoder().encode(name.padEnd(32, '.')),
  }
  beforeAll(async () => {
    made = await openTestDatabase(kind)
    nowMs = Math.floor(testClock.nowMs() / dayMs) * dayMs + 12 * hourMs
    at = await startControl(made.database, { clock, webhooks })
    other = await startControl(made.database, { clock, webhooks })
  })
  afterAll(async () => {
    await at.stop()
    await other.stop()
    await made.drop()
  })
  beforeEach(async () => {
    const { body } = await at.ask('/api/v1/cost-alarms')
    for (const { name } of body.data) await at.ask(`/api/v1/cost-alarms/${name}`, { method: 'DELETE' })
    answer = async () => ({ status: 200 })
    await review()
    posted.length = 0
    // Each test has days of its own.
    nowMs += 40 * dayMs
  })

  const put = (name: string, body: object) => at.ask(`/api/v1/cost-alarms/${name}`, { method: 'PUT', body })
  const show = async (name: string) => (await at.ask(`/api/v1/cost-alarms/${name}`)).body
  const review = async (): Promise<void> => {
    await Promise.all([at, other].map(({ control }) => control.services.reviewCostAlarms()))
    // What one of them queued, the other may have looked for a moment too early.
    await at.control.services.reviewCostAlarms()
  }
  const standing = async (): Promise<readonly string[]> =>
    (await at.ask('/api/v1/alarms')).body.data
      .filter((one) => one.kind === 'cost')
      .map(({ subject }) => subject)
  const events = (): readonly string[] =>
    posted.map(({ body }) => (JSON.parse(body) as { readonly type: string }).type)
  let offset = 0
  const spend = (usd: number, atMs = nowMs, changes: Partial<UsageRecord> = {}) =>
    made.database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [
          usageRecord(`r-${(offset += 1)}`, atMs, { costNanoUsd: Math.round(usd * 1e9), ...changes }),
        ],
        position: { journal: journalId('journal'), segment: 1, offset },
      }),
    )

  test('of two who change one that both have read, the second is told so', async () => {
    const path = '/api/v1/cost-alarms/budget'
    const ask = (method: string, etag: string, body?: object) =>
      at.ask(path, { method, headers: { 'if-match': etag }, ...(body === undefined ? {} : { body }) })
    expect((await ask('PUT', '"7"', { aboveUsd: 1 })).status).toBe(412)
    const made = await ask('PUT', '"0"', { aboveUsd: 1 })
    const etag = made.headers.get('etag') ?? ''
    expect([made.status, (await at.ask(path)).headers.get('etag')]).toEqual([200, etag])
    const both = await Promise.all([2, 3].map((aboveUsd) => ask('PUT', etag, { aboveUsd })))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
    const present = (await at.ask(path)).headers.get('etag') ?? ''
    expect(both.map(({ headers }) => headers.get('etag'))).toEqual([present, present])
    expect((await ask('DELETE', etag)).status).toBe(412)
    expect((await ask('DELETE', present)).body).toEqual({ deleted: true })
  })

  test('is raised once in a day by two hosts, told, and over with the day', async () => {
    await put('budget', { aboveUsd: 5, webhookUrl: hook })
    await spend(5)
    await review()
    expect(await standing()).toEqual([])
    await spend(0.01)
    await review()
    await review()
    expect(await standing()).toEqual(['budget'])
    expect(events()).toEqual(['cost_alarm.raised'])
    expect(JSON.parse(posted[0]?.body ?? '')).toMatchObject({
      data: {
        ...{ costAlarm: 'budget', dimension: 'all', period: 'day', spentUsd: 5.01, limitUsd: 5 },
        alarm: { message: 'Everything cost $5.01 today (UTC); the alarm is set at $5.00.' },
      },
    })
    expect(at.log.concat(other.log).filter(({ event }) => event === 'cost_alarm_raised')).toHaveLength(1)
    nowMs += dayMs
    await review()
    expect(await standing()).toEqual([])
    expect(events()).toEqual(['cost_alarm.raised', 'cost_alarm.cleared'])
    await spend(6)
    await review()
    expect(events()).toHaveLength(3)
  })

  test.each([
    ['hour', hourMs, 'in the hour before'],
    ['day', dayMs, 'yesterday'],
    ['month', 31 * dayMs, 'last month'],
  ] as const)('what crosses the limit at the end of its %s is told, once', async (period, spanMs, words) => {
    nowMs = Date.UTC(new Date(nowMs).getUTCFullYear(), new Date(nowMs).getUTCMonth() + 1, 1)
    await put('budget', { aboveUsd: 5, period, webhookUrl: hook })
    await made.database.query('UPDATE pointsman.cost_alarms SET changed_at = $1', [
      new Date(nowMs - 10 * dayMs),
    ])
    // Dated in the window that is over, and known half a minute later.
    await spend(6, nowMs - 1)
    nowMs += 30_000
    await review()
    expect(events()[0]).toBe('cost_alarm.raised')
    expect(JSON.parse(posted[0]?.body ?? '')).toMatchObject({
      data: { spentUsd: 6, alarm: { message: expect.stringContaining(words) as string } },
    })
    nowMs += spanMs
    await review()
    await review()
    expect(events()).toEqual(['cost_alarm.raised', 'cost_alarm.cleared'])
  })

  test('a new one tells nothing of the days before it', async () => {
    await spend(6, nowMs - dayMs)
    await put('budget', { aboveUsd: 5 })
    await made.database.query('UPDATE pointsman.cost_alarms SET changed_at = $1', [new Date(nowMs)])
    await review()
    expect(await standing()).toEqual([])
  })

  test('a key that was rotated goes on with what it cost under its old id', async () => {
    const first = (await at.ask('/api/v1/keys', { body: { name: 'app' } })).body
    await put('app', { dimension: 'key', subject: first.id, aboveUsd: 5 })
    await put('unusual', { dimension: 'key', subject: first.id, aboveMeanPercent: 300, period: 'hour' })
    await spend(24, nowMs - 2 * dayMs, { keyId: keyId(first.id) })
    await spend(4, nowMs, { keyId: keyId(first.id) })
    const second = (await at.ask(`/api/v1/keys/${first.id}/rotate`, { method: 'POST' })).body
    await spend(2, nowMs, { keyId: keyId(second.id) })
    await spend(50, nowMs, { keyId: keyId('somebody-else') })
    await review()
    expect(await show('app')).toMatchObject({ state: 'raised', spentUsd: 6, subject: first.id })
    expect(await show('unusual')).toMatchObject({ state: 'raised', limitUsd: 1.5 })
    await put('app', { dimension: 'key', subject: second.id, aboveUsd: 5 })
    expect(await show('app')).toMatchObject({ spentUsd: 6 })
  })

  test('one that an operator cleared does not come back on the same day', async () => {
    await put('budget', { aboveUsd: 1, webhookUrl: hook })
    await spend(2)
    await review()
    const { body } = await at.ask('/api/v1/alarms')
    // Time that leaps raises others beside it.
    const [raised] = body.data.filter((one) => one.kind === 'cost')
    expect(raised?.subject).toBe('budget')
    await at.ask(`/api/v1/alarms/${raised?.id}/clear`, { method: 'POST' })
    await spend(2)
    await review()
    expect(await standing()).toEqual([])
    expect(events()).toEqual(['cost_alarm.raised', 'cost_alarm.cleared'])
    nowMs += dayMs
    await spend(2)
    await review()
    expect(await standing()).toEqual(['budget'])
  })

  test.each([
    ['route', 'use-case/clinical', { route: 'use-case/clinical' }],
    ['route', 'default', { route: 'default' }],
    ['model', 'eu.amazon.nova-lite-v1:0', { modelId: modelId('eu.amazon.nova-lite-v1:0') }],
  ] as const)('of a %s: %s', async (dimension, subject, changes) => {
    await put('one', { dimension, subject, period: 'month', aboveUsd: 1 })
    await spend(2, nowMs, { route: 'use-case/health' })
    await review()
    expect(await standing()).toEqual([])
    await spend(2, nowMs, { route: 'use-case/health', ...changes })
    await review()
    expect(await show('one')).toMatchObject({ state: 'raised', spentUsd: 2, subject })
  })

  test('what is unusual: above a share of the mean hour of seven days, and not before a day was seen', async () => {
    await put('unusual', { aboveMeanPercent: 300, period: 'hour', leastUsd: 0.5, webhookUrl: hook })
    await spend(100)
    expect(await show('unusual')).toMatchObject({ limitUsd: null, spentUsd: 100 })
    await review()
    expect(await standing()).toEqual([])
    // 168 hours with 100 + 68 dollars in them: a dollar an hour, three are usual enough.
    nowMs += 7 * dayMs
    await spend(68, nowMs - 2 * dayMs)
    await spend(3)
    expect(await show('unusual')).toMatchObject({ limitUsd: 3, state: 'quiet' })
    await spend(0.1)
    await review()
    expect(await show('unusual')).toMatchObject({ state: 'raised' })
    // A quiet hour has to pass: the next one begins with nothing spent.
    nowMs += hourMs
    await review()
    expect(await standing()).toEqual(['unusual'])
    nowMs += hourMs
    await review()
    expect(await standing()).toEqual([])
    expect(events()).toEqual(['cost_alarm.raised', 'cost_alarm.cleared'])
  })

  test('a webhook is signed as Standard Webhooks says, and tried again with growing pauses', async () => {
    const { body } = await put('budget', { aboveUsd: 1, webhookUrl: hook })
    answer = async () => ({ status: 500 })
    await at.ask('/api/v1/cost-alarms/budget/test', { method: 'POST' })
    await expect
      .poll(async () => (await show('budget')).lastDelivery?.error)
      .toBe('The receiver answered 500.')
    expect(await show('budget')).toMatchObject({ lastDelivery: { state: 'waiting', attempts: 1 } })
    const [first] = posted
    const secret = Buffer.from(body.signingSecret.replace('whsec_', ''), 'base64')
    const signed = `${first?.headers['webhook-id']}.${first?.headers['webhook-timestamp']}.${first?.body}`
    const signature = createHmac('sha256', secret).update(signed).digest('base64')
    expect(first?.headers['webhook-signature']).toBe(`v1,${signature}`)
    // Not before its time.
    await review()
    expect(posted).toHaveLength(1)
    answer = async () => ({ status: 204 })
    await made.database.query('UPDATE pointsman.webhook_deliveries SET next_attempt_at = pointsman.now_ms()')
    await review()
    expect(posted.map(({ headers }) => headers['webhook-id'])).toEqual(
      Array(2).fill(first?.headers['webhook-id']),
    )
    expect(await show('budget')).toMatchObject({ lastDelivery: { state: 'delivered', attempts: 2 } })
    expect(JSON.stringify(await show('budget'))).not.toContain('whsec_')
    const again = await put('budget', { aboveUsd: 2, webhookUrl: hook })
    expect(again.body.signingSecret).toBeNull()
  })

  test('a receiver that is gone is given up after twelve tries', async () => {
    await put('budget', { aboveUsd: 1, webhookUrl: hook })
    answer = () => Promise.reject(new Error('connect ECONNREFUSED'))
    await at.ask('/api/v1/cost-alarms/budget/test', { method: 'POST' })
    // Not its attempts: they are counted before it is sent, and what became of it is written after.
    await expect.poll(async () => (await show('budget')).lastDelivery?.error).toBe('connect ECONNREFUSED')
    await made.database.query(
      'UPDATE pointsman.webhook_deliveries SET next_attempt_at = pointsman.now_ms(), attempts = 11',
    )
    await review()
    expect(await show('budget')).toMatchObject({
      lastDelivery: { state: 'given-up', attempts: 12, error: 'connect ECONNREFUSED' },
    })
  })

  test.each([
    ['no limit', {}, 400, 'aboveUsd'],
    ['two limits', { aboveUsd: 1, aboveMeanPercent: 200 }, 400, 'aboveUsd'],
    ['an unusual month', { aboveMeanPercent: 200, period: 'month' }, 400, 'period'],
    ['no subject', { aboveUsd: 1, dimension: 'agent' }, 400, 'subject'],
    ['a subject of everything', { aboveUsd: 1, subject: 'x' }, 400, 'subject'],
    ['a private address', { aboveUsd: 1, webhookUrl: 'http://10.0.0.1/' }, 400, 'webhookUrl'],
    ['no web address', { aboveUsd: 1, webhookUrl: 'file:///etc/passwd' }, 400, 'webhookUrl'],
    [
      'an unknown route',
      { aboveUsd: 1, dimension: 'route', subject: 'use-case/clinicl' },
      404,
      'use-case/clinical',
    ],
    ['a negative amount', { aboveUsd: -1 }, 400, 'aboveUsd'],
  ] as const)('is refused: %s', async (_, order, status, named) => {
    const { body, status: told } = await put('bad', order)
    expect(told).toBe(status)
    expect(JSON.stringify(body)).toContain(named)
    expect((await at.ask('/api/v1/cost-alarms/bad')).status).toBe(404)
  })

  test('an hour’s alarm that stood for hours does not come back in the hour in which it is cleared', async () => {
    await put('hourly', { aboveUsd: 1, period: 'hour' })
    await spend(2)
    await review()
    nowMs += hourMs
    await spend(2)
    await review()
    const { data } = (await at.ask('/api/v1/alarms')).body
    const { id } = data.find((one) => one.kind === 'cost') ?? { id: 'none' }
    await at.ask(`/api/v1/alarms/${id}/clear`, { method: 'POST' })
    await review()
    expect(await standing()).toEqual([])
  })

  test('what kept an hour’s alarm standing does not raise it again once an operator cleared it', async () => {
    await put('hourly', { aboveUsd: 1, period: 'hour' })
    await spend(2)
    await review()
    nowMs += 2 * hourMs
    // Dated in the hour before, and known in this one.
    await spend(2, nowMs - hourMs)
    await review()
    const { data } = (await at.ask('/api/v1/alarms')).body
    const { id, message } = data.find((one) => one.kind === 'cost') ?? { id: 'none' }
    expect(message).toContain('in the hour before')
    await at.ask(`/api/v1/alarms/${id}/clear`, { method: 'POST' })
    await review()
    expect(await standing()).toEqual([])
  })

  test('one that a clock ahead raised in a day to come is raised in the days until then', async () => {
    await put('budget', { aboveUsd: 1 })
    nowMs += 20 * dayMs
    await spend(2)
    await review()
    nowMs -= 20 * dayMs
    await review()
    expect(await standing()).toEqual([])
    await spend(2)
    await review()
    expect(await standing()).toEqual(['budget'])
    const { data } = (await at.ask('/api/v1/alarms')).body
    const { id } = data.find((one) => one.kind === 'cost') ?? { id: 'none' }
    await at.ask(`/api/v1/alarms/${id}/clear`, { method: 'POST' })
    await review()
    expect(await standing()).toEqual([])
  })

  test('a quiet one reads what was spent in the day before only in the first hour of a day', async () => {
    const asked = vi.spyOn(made.database, 'query')
    await put('budget', { aboveUsd: 1 })
    await made.database.query('UPDATE pointsman.cost_alarms SET changed_at = $1', [
      new Date(nowMs - 10 * dayMs),
    ])
    const dayStartMs = Math.floor(nowMs / dayMs) * dayMs
    for (const [afterMs, days] of [
      [hourMs - 1, [0, 1]],
      [hourMs, [0]],
    ] as const) {
      nowMs = dayStartMs + afterMs
      asked.mockClear()
      await at.control.services.reviewCostAlarms()
      const read = asked.mock.calls.flatMap(([sql, values]) => (sql.includes('AS spent') ? values?.[2] : []))
      expect(read).toEqual(days.map((before) => new Date(dayStartMs - before * dayMs)))
    }
    asked.mockRestore()
  })

  test('a removed one takes its alarm along and tells of it, and no receiver that hangs holds up the answer', async () => {
    await put('budget', { aboveUsd: 1, webhookUrl: hook })
    await spend(2)
    await review()
    expect(await standing()).toEqual(['budget'])
    let end = (): void => undefined
    answer = () => new Promise((resolve) => (end = () => resolve({ status: 200 })))
    expect((await at.ask('/api/v1/cost-alarms/budget', { method: 'DELETE' })).body).toEqual({ deleted: true })
    expect(await standing()).toEqual([])
    await expect.poll(events).toEqual(['cost_alarm.raised', 'cost_alarm.cleared'])
    end()
    expect((await at.ask('/api/v1/cost-alarms/budget', { method: 'DELETE' })).status).toBe(404)
  })
})
