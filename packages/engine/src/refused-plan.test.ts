import { modelId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exceptionFrame } from './testing/event-stream.ts'
import { Rig } from './testing/rig.ts'
import { failing, streamed, whole } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

test('a refusal of the request is passed on with its status, and nobody else is asked', async () => {
  rig.upstream.on('first', failing(400, 'ValidationException', 'messages: must alternate'))
  rig.upstream.on('second', whole('Hello'))
  for (const face of ['openai', 'bedrock'] as const) {
    for (const stream of [false, true]) {
      const { client, record } = await rig.run({ face, stream })
      expect(client.status).toBe(400)
      expect(client.text).toContain('messages: must alternate')
      expect(client.header('x-pointsman-model')).toBe('first')
      if (face === 'bedrock') expect(client.header('x-amzn-errortype')).toBe('ValidationException')
      expect(record).toMatchObject({
        outcome: 'refused',
        status: 400,
        error: { code: 'upstream_rejected' },
        modelId: null,
      })
    }
  }
  expect(rig.upstream.calls.map(({ model }) => model)).toEqual(['first', 'first', 'first', 'first'])
})

test('a refusal as the first frame of a stream', async () => {
  rig.upstream.on('first', streamed([exceptionFrame('validationException', 'messages: must alternate')]))
  const { client } = await rig.run({ face: 'openai', stream: true })
  expect(client.status).toBe(400)
  expect(client.text).toContain('must alternate')
})

test('all throttled: 429 with the shortest wait', async () => {
  rig.upstream.on('first', failing(429, 'ThrottlingException', 'Too many', { 'retry-after': '30' }))
  rig.upstream.on('second', failing(429, 'ThrottlingException', 'Too many', { 'retry-after': '4' }))
  const { client, record } = await rig.run({ stream: true })
  expect(client.status).toBe(429)
  expect(client.header('retry-after')).toBe('4')
  expect(record).toMatchObject({ outcome: 'failed', status: 429, usageEstimated: false, costNanoUsd: null })
  expect(client.text).toContain('first in eu-central-1')
  expect(client.text).toContain('second in eu-central-1')
})

test('what no model served names no model, only how many were asked', async () => {
  const throttled = failing(429, 'ThrottlingException', 'Too many')
  const gone = failing(500, 'InternalServerException', 'gone')
  for (const [first, second] of [
    [throttled, throttled],
    [throttled, gone],
  ] as const) {
    rig.upstream.on('first', first)
    rig.upstream.on('second', second)
    for (const stream of [false, true]) {
      const { client } = await rig.run({ stream })
      expect(client.header('x-pointsman-model')).toBe('-')
      expect(client.header('x-pointsman-reason')).toBe('-')
      expect(client.header('x-pointsman-attempts')).toBe('2')
    }
  }
})

test('an exhausted plan names who was not tried, and why', async () => {
  rig.upstream.on('first', failing(500, 'InternalServerException', 'gone'))
  const { client } = await rig.run({
    candidates: ['first'],
    excluded: [
      { modelId: modelId('second'), gate: 'available', rule: 'circuit-open', reason: 'calls are held back' },
    ],
  })
  expect(client.text).toContain('Tried first in eu-central-1: upstream_error')
  expect(client.text).toContain('Not tried: second: calls are held back.')
})

test('our credential is refused everywhere: 502, never 401', async () => {
  for (const model of ['first', 'second']) {
    rig.upstream.on(model, failing(403, 'ExpiredTokenException', 'The security token is expired'))
  }
  const { client } = await rig.run({})
  expect(client.status).toBe(502)
  expect(client.json).toMatchObject({ error: { code: 'provider_auth' } })
})

test('a parameter that no candidate can honour: 400, and nobody was asked', async () => {
  const body = { model: 'use-case/clinical', messages: [{ role: 'user', content: 'x' }], n: 3 }
  const { client, record } = await rig.run({ body })
  expect(client.status).toBe(400)
  expect(client.json).toMatchObject({ error: { code: 'unsupported_parameter' } })
  expect(record).toMatchObject({ outcome: 'refused', attempts: [] })
  expect(record.plan.excluded.map(({ modelId, rule }) => [modelId, rule])).toEqual([
    ['first', 'unsupported-parameter'],
    ['second', 'unsupported-parameter'],
  ])
  expect(rig.upstream.calls).toEqual([])
})

test('a request that its own face cannot read: 400 with the field', async () => {
  const messages = [{ role: 'user', content: 'x' }]
  const body = { model: 'use-case/clinical', messages, tools: [{ type: 'function', function: { name: 7 } }] }
  const { client, record } = await rig.run({ body })
  expect(client.status).toBe(400)
  expect(client.json).toMatchObject({ error: { code: 'invalid_request' } })
  expect(record.outcome).toBe('refused')
})

test('no candidate at all: refused with the reasons', async () => {
  const { client, record } = await rig.run({ candidates: [] })
  expect(client.status).toBe(503)
  expect(record).toMatchObject({ outcome: 'refused', error: { code: 'no_candidate' } })
})

test('a fault of our own: 500, one record, and the log has its cause', async () => {
  rig.credential = () => Promise.reject(new TypeError('a bug in the credential source'))
  const { client, record } = await rig.run({})
  expect(client.status).toBe(500)
  expect(client.text).not.toContain('a bug')
  expect(record).toMatchObject({ outcome: 'failed', error: { code: 'internal' } })
  expect(rig.records.outcomes).toHaveLength(1)
  expect(rig.log.join()).toContain('a bug in the credential source')
})

test('our credential never reaches another origin or the answer', async () => {
  rig.upstream.on('first', (answer) => void answer.writeHead(307, { location: 'http://127.0.0.1:1/' }).end())
  rig.upstream.on('second', failing(400, 'ValidationException', 'no'))
  const { client } = await rig.run({})
  expect(rig.upstream.calls.every(({ headers }) => headers.authorization === 'Bearer secret-of-ours')).toBe(
    true,
  )
  expect(
    client.text + client.headers.join() + rig.log.join() + JSON.stringify(rig.records.outcomes),
  ).not.toContain('secret-of-ours')
})
