import { afterEach, beforeEach, expect, test } from 'vitest'
import { PointsmanError } from '@pointsman/contract'
import { refuse, type Refusal } from './refuse.ts'
import { sendError } from './send-error.ts'
import { CollectingClient } from './testing/collecting-client.ts'
import { dialects, Rig } from './testing/rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const limitReached = new PointsmanError('limit_reached', 'The key may ask again in 3 seconds.', {
  retryAfterMs: 2_100,
})

function refusalOf(client: CollectingClient): Refusal {
  const job = rig.job({ face: 'openai' }, client)
  const { facts, principal, face, startedAtUs } = job
  return {
    facts,
    principal,
    plan: null,
    error: limitReached,
    face,
    startedAtUs,
    client,
    answerHeaders: (served) => ['x-pointsman-attempts', String(served.attempts)],
  }
}

test('a refusal is recorded and told in the face’s form', async () => {
  const client = new CollectingClient()
  const record = await refuse(refusalOf(client), rig.engine)
  expect(client.status).toBe(429)
  expect(client.header('retry-after')).toBe('3')
  expect(client.header('x-pointsman-attempts')).toBe('0')
  expect(client.header('content-length')).toBe(String(client.size))
  expect(client.json).toMatchObject({ error: { code: 'limit_reached' } })
  expect(rig.records.outcomes).toEqual([record])
  expect(record).toMatchObject({
    outcome: 'refused',
    status: 429,
    error: { code: 'limit_reached' },
    attempts: [],
    modelId: null,
    costNanoUsd: null,
    plan: { reason: null, target: null, candidates: [], excluded: [] },
  })
})

test('a refusal whose record cannot be written is told all the same', async () => {
  rig.records.trouble = new Error('disk full')
  const client = new CollectingClient()
  await refuse(refusalOf(client), rig.engine)
  expect(client.status).toBe(429)
  expect(rig.log.join()).toContain('disk full')
})

test('a refusal that cannot be told leaves one record, a bare 500 and a line in the log', async () => {
  const client = new CollectingClient()
  const broken = (): never => {
    throw new Error('no headers')
  }
  const record = await refuse({ ...refusalOf(client), answerHeaders: broken }, rig.engine)
  expect(rig.records.outcomes).toEqual([record])
  expect([client.status, client.size, client.ends]).toEqual([500, 0, 1])
  expect(rig.log.join()).toContain('no headers')
})

test('a caller who has left is told nothing; the refusal is recorded', async () => {
  const client = new CollectingClient()
  const refusal = refusalOf(client)
  client.leave()
  const record = await refuse(refusal, rig.engine)
  expect(client.heads).toBe(0)
  expect(record).toMatchObject({ outcome: 'refused', status: null })
})

test('an error to a stranger says how long to wait, once, whatever the face says itself', () => {
  for (const face of [dialects.openaiChat, dialects.bedrockConverse]) {
    const client = new CollectingClient()
    const { requestId } = rig.job({}, client).facts
    const status = sendError({ client, face, error: limitReached, requestId, headers: ['x-a', 'b'] })
    expect(status).toBe(429)
    expect(client.headers.filter((text) => text === 'retry-after')).toHaveLength(1)
    expect(client.header('x-a')).toBe('b')
  }
})
