import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerFrames } from './testing/event-stream.ts'
import { startConnectProxy } from './testing/connect-proxy.ts'
import { Rig, readEvents, systemClock } from './testing/rig.ts'
import {
  failing,
  silence,
  stalledAfter,
  streamedText,
  whole,
  type Answer,
} from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const start = answerFrames([])[0] ?? new Uint8Array(0)

test.each<[string, Answer, object, string]>([
  ['first byte, no head', silence, { firstByteMs: 2_000 }, 'upstream_timeout_first_byte'],
  [
    'first byte, a head and an opening only',
    stalledAfter([start]),
    { firstByteMs: 2_000 },
    'upstream_timeout_first_byte',
  ],
])('%s: the plan moves on', async (_what, answer, timeouts, code) => {
  rig.upstream.on('first', answer)
  rig.upstream.on('second', streamedText('Hello'))
  const { client, record } = await rig.run({ stream: true, timeouts })
  expect(readEvents(client.text).text).toBe('Hello')
  expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual([code, null])
  expect(await rig.upstream.calls[0]?.over).toBe('left')
})

test('connect: no free connection', async () => {
  const narrow = new Rig({ transport: { connections: 1 } })
  await narrow.upstream.start()
  try {
    narrow.upstream.on('busy', silence)
    const holding = narrow.carryOut({ models: ['busy'] })
    const { client, record } = await narrow.run({ models: ['first'], timeouts: { connectMs: 150 } })
    expect(client.status).toBe(503)
    expect(record.attempts[0]?.error?.code).toBe('overloaded')
    holding.client.leave()
    await holding.record
  } finally {
    await narrow.close()
  }
})

test('connect: a proxy that does not answer is named', async () => {
  const silent = await startConnectProxy({ instead: () => undefined })
  const proxyFor = () => ({
    ...{ isSecure: false, host: '127.0.0.1', port: silent.port, authorization: null },
    ...{ shown: 'http://proxy.test:3128', variable: 'HTTPS_PROXY' },
  })
  const behind = new Rig({ transport: { proxyFor } })
  await behind.upstream.start()
  try {
    const { client, record } = await behind.run({ models: ['first'], timeouts: { connectMs: 150 } })
    expect(client.status).toBe(504)
    expect(record.error).toMatchObject({
      code: 'upstream_timeout_connect',
      message: expect.stringContaining(
        'No connection within 150 ms through the proxy http://proxy.test:3128.',
      ) as string,
    })
  } finally {
    silent.close()
    await behind.close()
  }
})

test('connect: a credential that does not come', async () => {
  rig.credential = () => new Promise(() => undefined)
  const { client, record } = await rig.run({ models: ['first'], timeouts: { connectMs: 100 } })
  expect(client.status).toBe(504)
  expect(record.error?.code).toBe('upstream_timeout_connect')
  expect(rig.upstream.calls).toEqual([])
})

test('idle: a stream that stands still ends with an error', async () => {
  rig.upstream.on('first', stalledAfter(answerFrames(['Well, ']).slice(0, 2)))
  const { client, record } = await rig.run({ stream: true, timeouts: { idleMs: 2_000 } })
  expect(readEvents(client.text)).toMatchObject({ text: 'Well, ', done: false })
  expect(record).toMatchObject({ outcome: 'partial', error: { code: 'upstream_timeout_idle' } })
  expect(await rig.upstream.calls[0]?.over).toBe('left')
})

test('total: ends the attempt and the plan', async () => {
  rig.upstream.on('first', silence)
  rig.upstream.on('second', streamedText('Hello'))
  const { client, record } = await rig.run({ stream: true, timeouts: { totalMs: 2_000 } })
  expect(client.status).toBe(504)
  expect(record.error?.code).toBe('upstream_timeout_total')
  expect(client.text).toContain('Tried first in eu-central-1: upstream_timeout_total')
  expect(client.text).toContain('Not tried: second: no time was left.')
  expect(rig.upstream.calls.map(({ model }) => model)).toEqual(['first'])
})

test('total: stalled candidates leave the last one its share of the time', async () => {
  rig.upstream.on('first', silence)
  rig.upstream.on('second', silence)
  rig.upstream.on('third', whole('Hello'))
  const models = ['first', 'second', 'third']
  const { client, record } = await rig.run({ models, timeouts: { totalMs: 6_000 } })
  expect(client.text).toContain('Hello')
  const timedOut = 'upstream_timeout_first_byte'
  expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual([timedOut, timedOut, null])
  expect(record.attempts[0]?.error?.message).toMatch(/its share of the time left/)
})

test('total: the last candidate may use all that is left', async () => {
  rig.upstream.on('first', failing(500, 'InternalServerException', 'gone'))
  rig.upstream.on('second', silence)
  const { client, record } = await rig.run({ timeouts: { totalMs: 300 } })
  expect(client.status).toBe(504)
  expect(record.error?.code).toBe('upstream_timeout_total')
  expect(record.durationMs).toBeGreaterThanOrEqual(300)
})

test('total: over between two attempts', async () => {
  let aheadUs = 0
  const late = new Rig({ clock: { ...systemClock, nowUs: () => systemClock.nowUs() + aheadUs } })
  await late.upstream.start()
  try {
    late.upstream.on('first', (answer, call) => {
      aheadUs = 60_000_000
      return failing(500, 'InternalServerException', 'gone')(answer, call)
    })
    const { client, record } = await late.run({})
    expect(client.status).toBe(504)
    expect(record.error?.code).toBe('upstream_timeout_total')
    expect(client.text).toContain('Tried first in eu-central-1: upstream_error')
    expect(client.text).toContain('Not tried: second: no time was left.')
  } finally {
    await late.close()
  }
})

test('total: a stream past it ends with an error', async () => {
  rig.upstream.on('first', stalledAfter(answerFrames(['Well, ']).slice(0, 2)))
  const { client, record } = await rig.run({ stream: true, timeouts: { totalMs: 2_000 } })
  expect(readEvents(client.text)).toMatchObject({ text: 'Well, ', done: false })
  expect(record).toMatchObject({ outcome: 'partial', error: { code: 'upstream_timeout_total' } })
})
