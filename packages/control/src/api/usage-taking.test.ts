import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  databaseKinds,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
  type TestDatabase,
} from '../testing/start-control.ts'
import { usageRecord } from '../testing/usage-record.ts'

describe.each(databaseKinds)('%s', (kind) => {
  let opened: TestDatabase
  let at: TestControl
  beforeAll(async () => {
    opened = await openTestDatabase(kind)
    at = await startControl(opened.database)
  })
  afterAll(async () => {
    await at.stop()
    await opened.drop()
  })

  const take = (told: readonly unknown[], key?: string) =>
    at.ask('/api/v1/usage/records', { method: 'POST', body: { told }, ...(key === undefined ? {} : { key }) })
  const nowMs = testClock.nowMs() - 60_000
  const outcome = (id: string, changes = {}) => ({ type: 'outcome', record: usageRecord(id, nowMs, changes) })

  test('records are taken once, however often they are told, and count', async () => {
    const [first, second] = [randomUUID(), randomUUID()]
    expect((await take([outcome(first)])).body).toEqual({ taken: 1, repeated: 0 })
    expect((await take([outcome(first), outcome(second)])).body).toEqual({ taken: 1, repeated: 1 })
    const explained = await at.ask(`/api/v1/requests/${second}/explain`)
    expect(explained.body).toMatchObject({
      record: { requestId: second, modelId: 'eu.amazon.nova-pro-v1:0' },
    })
    const { body } = await at.ask('/api/v1/usage?groupBy=model')
    expect(body).toMatchObject({ data: [{ requests: 2 }] })
  })

  test('a claim keeps the model of its conversation, a fallback is a recorded switch', async () => {
    const requestId = randomUUID()
    const claim = {
      ...{ workspace: 'default', conversationId: 'conv-far', userId: 'ada', useCase: 'clinical' },
      ...{ modelId: 'eu.amazon.nova-lite-v1:0', claimedAtMs: nowMs, requestId },
    }
    const id = randomUUID()
    const episode = {
      ...{ id, route: 'use-case/clinical', from: 'eu.anthropic.claude-sonnet-5-5' },
      ...{ to: 'eu.amazon.nova-pro-v1:0', startedAtMs: nowMs, requestId, cause: '429' },
    }
    const told = [outcome(requestId), { type: 'pin-claim', claim }, { type: 'fallback-episode', episode }]
    expect((await take(told)).body).toEqual({ taken: 1, repeated: 0 })
    expect((await take(told)).body).toEqual({ taken: 0, repeated: 1 })
    const conversation = await at.ask('/api/v1/conversations/conv-far')
    expect(JSON.stringify(conversation.body)).toContain('eu.amazon.nova-lite-v1:0')
    expect((await at.ask(`/api/v1/switches/${id}`)).body).toMatchObject({
      ...{ type: 'auto', scopeText: 'use-case/clinical', toId: 'eu.amazon.nova-pro-v1:0' },
    })
    const back = await at.ask(`/api/v1/switches/${id}/revert`, { body: {} })
    expect(back).toMatchObject({ status: 409, body: { error: { code: 'refused' } } })
    expect(back.body.error.message).toContain('changed nothing')
  })

  test('nothing is written into another workspace', async () => {
    const { status, body } = await take([outcome(randomUUID(), { workspace: 'elsewhere' })])
    expect([status, JSON.stringify(body)]).toEqual([403, expect.stringContaining('elsewhere')])
  })

  test('what is no record is refused whole, and said', async () => {
    const whole = randomUUID()
    for (const wrong of [
      outcome('no-uuid'),
      outcome(randomUUID(), { costNanoUsd: -1 }),
      outcome(randomUUID(), { outcome: 'fine' }),
      outcome(randomUUID(), { receivedAtMs: 9_000_000_000_000_000 }),
      // What a later proposal reads of all records.
      outcome(randomUUID(), { attempts: [{}] }),
      outcome(randomUUID(), { attempts: [{ modelId: 'm', firstContentAfterMs: 'soon', error: null }] }),
      outcome(randomUUID(), { needs: undefined }),
      outcome(randomUUID(), { serviceTier: 'x'.repeat(65) }),
      { type: 'outcome' },
      { type: 'intent', intent: {} },
    ]) {
      const { status, body } = await take([outcome(whole), wrong])
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('told')])
    }
    expect((await take([])).status).toBe(400)
    // In the schema's form, and not in the database's.
    const late = await take([outcome(whole), outcome(randomUUID(), { status: 3_000_000_000 })])
    expect([late.status, JSON.stringify(late.body)]).toEqual([
      400,
      expect.stringContaining('none of these was taken'),
    ])
    expect((await at.ask(`/api/v1/requests/${whole}/explain`)).status).toBe(404)
  })

  test('a name that is too long for an index is refused, and told as what to look for', async () => {
    const name = Array.from({ length: 250 }, () => randomUUID()).join('')
    const { status, body } = await take([outcome(randomUUID(), { userId: name })])
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('none of these was taken')])
  })
})
