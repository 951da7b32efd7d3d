import { afterEach, beforeEach, expect, test } from 'vitest'
import { modelId, type Exclusion } from '@pointsman/contract'
import { resilienceDefaults, type ResilienceNumbers } from '@pointsman/core'
import { answerFrames, exceptionFrame } from './testing/event-stream.ts'
import { createManualClock } from './testing/manual-clock.ts'
import { Rig, readEvents } from './testing/rig.ts'
import { cutAfter, failing, streamed, streamedText, whole, type Answer } from './testing/scripted-upstream.ts'

/** The real numbers, with waits that a test has time for. */
const quick: ResilienceNumbers = {
  ...resilienceDefaults,
  retry: { ...resilienceDefaults.retry, windowMs: 20, busyWindowMs: 40, toldSpreadMs: 20 },
}

let rig: Rig
beforeEach(async () => {
  rig = new Rig({ resilience: quick })
  await rig.upstream.start()
})
afterEach(() => rig.close())

/** These answers one after the other, the last one for ever. */
const inTurn = (...answers: readonly Answer[]): Answer => {
  let calls = 0
  return (answer, call) => answers[Math.min(calls++, answers.length - 1)]?.(answer, call)
}

const codesOf = (record: Awaited<ReturnType<Rig['run']>>['record']) =>
  record.attempts.map(({ error, modelId: id }) => `${id}: ${error?.code ?? 'ok'}`)

const busy = failing(503, 'ServiceUnavailableException', 'later')
const cut: Answer = (answer) => void answer.destroy()

test.each<[string, Answer, string]>([
  ['503', busy, 'upstream_overloaded'],
  ['429', failing(429, 'ThrottlingException', 'Too many requests'), 'upstream_throttled'],
  ['not ready', failing(429, 'ModelNotReadyException', 'loading'), 'upstream_overloaded'],
  ['500', failing(500, 'InternalServerException', 'oops'), 'upstream_error'],
  ['the model timed out', failing(408, 'ModelTimeoutException', 'slow'), 'upstream_error'],
  ['the model failed', failing(424, 'ModelStreamErrorException', 'oops'), 'upstream_error'],
  ['a cut', cut, 'upstream_broken'],
])('%s of the only candidate: it is called again', async (_what, answer, code) => {
  rig.upstream.on('first', inTurn(answer, whole('Hello')))
  const { client, record } = await rig.run({ models: ['first'] })
  expect(client.status).toBe(200)
  expect(client.header('x-pointsman-attempts')).toBe('2')
  expect(codesOf(record)).toEqual([`first: ${code}`, 'first: ok'])
  expect(record).toMatchObject({ outcome: 'ok', reason: 'use-case' })
})

test.each<[string, readonly Uint8Array[]]>([
  ['throttling', [exceptionFrame('throttlingException', 'Too many tokens')]],
  ['unavailable', [exceptionFrame('serviceUnavailableException', 'later')]],
  ['an inner fault', [exceptionFrame('internalServerException', 'oops')]],
  ['the model’s own fault', [exceptionFrame('modelStreamErrorException', 'oops')]],
  [
    'a fault after the opening',
    [...answerFrames([]).slice(0, 1), exceptionFrame('throttlingException', 'Too many')],
  ],
])('%s inside a stream before the first content: it is called again', async (_what, frames) => {
  rig.upstream.on('first', inTurn(streamed(frames), streamedText('Hello')))
  const { client, record } = await rig.run({ models: ['first'], stream: true })
  expect(readEvents(client.text)).toMatchObject({ text: 'Hello', done: true, starts: 1, errors: [] })
  expect(record.attempts).toHaveLength(2)
})

test('never after the commit point', async () => {
  rig.upstream.on('first', inTurn(cutAfter(answerFrames(['Well, ']).slice(0, 2)), streamedText('Hello')))
  const { client, record } = await rig.run({ models: ['first'], stream: true })
  expect(readEvents(client.text)).toMatchObject({ text: 'Well, ', done: false })
  expect(record).toMatchObject({ outcome: 'partial' })
  expect(rig.upstream.calls).toHaveLength(1)
})

test.each<[string, number, string]>([
  ['400', 400, 'ValidationException'],
  ['401', 401, 'UnrecognizedClientException'],
  ['403', 403, 'AccessDeniedException'],
  ['404', 404, 'ResourceNotFoundException'],
  ['413', 413, 'RequestEntityTooLarge'],
  ['422', 422, 'Unprocessable'],
  ['a used-up quota', 400, 'ServiceQuotaExceededException'],
])('%s: no retry mends it', async (_what, status, name) => {
  rig.upstream.on('first', failing(status, name, 'no'))
  const { record } = await rig.run({ models: ['first'] })
  expect(record.attempts).toHaveLength(1)
})

test('an answer that cannot be read is not asked for again', async () => {
  rig.upstream.on('first', (answer) => void answer.writeHead(200).end('{"neither": "this"}'))
  const { record } = await rig.run({ models: ['first'] })
  expect(codesOf(record)).toEqual(['first: upstream_broken'])
})

test('with another candidate at hand only a connection that broke at once is tried again', async () => {
  rig.upstream.on('first', cut)
  rig.upstream.on('second', whole('Hello'))
  expect(codesOf((await rig.run({})).record)).toEqual([
    'first: upstream_broken',
    'first: upstream_broken',
    'second: ok',
  ])
  rig.upstream.on('first', busy)
  expect(codesOf((await rig.run({})).record)).toEqual(['first: upstream_overloaded', 'second: ok'])
})

test('the budget is a fifth of the traffic, and a lone request has one retry', async () => {
  rig.upstream.on('first', busy)
  const attempts: number[] = []
  for (let request = 0; request < 10; request++) {
    const { record } = await rig.run({ models: ['first'] })
    attempts.push(record.attempts.length)
  }
  expect(attempts[0]).toBe(2)
  expect(attempts.reduce((sum, made) => sum + made)).toBeLessThanOrEqual(12)
})

test('a circuit that the failure opened ends the retries, although the budget has some left', async () => {
  rig.upstream.on('first', whole('Hello'))
  for (let request = 0; request < 30; request++) await rig.run({ models: ['first'] })
  rig.upstream.on('first', busy)
  const attempts: number[] = []
  for (let request = 0; request < 3; request++) {
    attempts.push((await rig.run({ models: ['first'] })).record.attempts.length)
  }
  // Three failures, then the fourth and the fifth in a row; from there on each caller has one call.
  expect(attempts).toEqual([3, 2, 1])
})

test('Retry-After is waited for where that is short, and told where it is long', async () => {
  const told = (seconds: string) => failing(429, 'ThrottlingException', 'later', { 'retry-after': seconds })
  rig.upstream.on('first', inTurn(told('1'), whole('Hello')))
  const { record } = await rig.run({ models: ['first'] })
  const [first, second] = record.attempts
  const gapMs = (second?.startedAtMs ?? 0) - (first?.startedAtMs ?? 0) - (first?.endedAfterMs ?? 0)
  expect(gapMs).toBeGreaterThanOrEqual(999)
  expect(gapMs).toBeLessThan(20_000)
  rig.upstream.on('second', told('30'))
  const long = await rig.run({ models: ['second'] })
  expect(long.record.attempts).toHaveLength(1)
  expect([long.client.status, long.client.header('retry-after')]).toEqual([429, '30'])
})

test('Retry-After as a date is waited for by the vendor’s own clock', async () => {
  const vendorNow = Date.parse('2020-01-01T00:00:00Z')
  const headers = {
    date: new Date(vendorNow).toUTCString(),
    'retry-after': new Date(vendorNow + 1_000).toUTCString(),
  }
  rig.upstream.on(
    'first',
    inTurn(failing(503, 'ServiceUnavailableException', 'later', headers), whole('Hello')),
  )
  const { record } = await rig.run({ models: ['first'] })
  const [first, second] = record.attempts
  expect((second?.startedAtMs ?? 0) - (first?.startedAtMs ?? 0)).toBeGreaterThanOrEqual(999)
})

test('a Retry-After keeps the candidate out for everybody, while others serve', async () => {
  rig.upstream.on('first', failing(429, 'ThrottlingException', 'later', { 'retry-after': '30' }))
  rig.upstream.on('second', whole('Hello'))
  await rig.run({})
  const { client, record } = await rig.run({})
  expect(client.header('x-pointsman-model')).toBe('second')
  expect(codesOf(record)).toEqual(['second: ok'])
  expect(rig.upstream.calls.filter(({ model }) => model === 'first')).toHaveLength(1)
})

test('no retry when less time is left than the wait and a first content need', async () => {
  rig.upstream.on('first', busy)
  const { client, record } = await rig.run({ models: ['first'], timeouts: { totalMs: 1_000 } })
  expect(record.attempts).toHaveLength(1)
  expect(client.status).toBe(503)
})

test('a caller who leaves during the wait ends it', async () => {
  const manual = createManualClock()
  const spansMs: number[] = []
  const clock = {
    ...manual,
    after(spanMs: number, ring: () => void) {
      spansMs.push(spanMs)
      return manual.after(spanMs, ring)
    },
  }
  const waiting = new Rig({ resilience: resilienceDefaults, clock })
  await waiting.upstream.start()
  try {
    waiting.upstream.on('first', busy)
    const { client, record } = waiting.carryOut({ models: ['first'] })
    while (waiting.upstream.calls.length === 0) await clock.pass(0)
    await waiting.upstream.calls[0]?.over
    // The failure has reached the engine once its attempt's alarm, of seconds, has given way to the wait's.
    await expect.poll(() => Math.min(...spansMs)).toBeLessThan(1_000)
    expect(clock.waiting()).toBe(1)
    client.leave()
    expect(await record).toMatchObject({ outcome: 'client-closed' })
    expect(waiting.upstream.calls).toHaveLength(1)
    expect(clock.waiting()).toBe(0)
  } finally {
    await waiting.close()
  }
})

test('a candidate that the gates refuse when the plan comes to it is not called', async () => {
  const refused: Exclusion = {
    modelId: modelId('second'),
    gate: 'resident',
    rule: 'region-not-allowed',
    reason: 'second may run in us-east-1',
  }
  rig.upstream.on('first', busy)
  rig.upstream.on('second', whole('Hello'))
  rig.upstream.on('third', whole('Hello from the third'))
  const { client, record } = await rig.run({
    models: ['first', 'second', 'third'],
    judgeAgain: ({ modelId: id }) => (id === 'second' ? refused : null),
  })
  expect(client.text).toContain('Hello from the third')
  expect(rig.upstream.calls.map(({ model }) => model)).toEqual(['first', 'third'])
  expect(record.plan.excluded).toContainEqual(refused)
})

test('a circuit that opened since the plan was made is passed over, and is no reason to serve nobody', async () => {
  rig.upstream.on('first', busy)
  for (let failures = 0; failures < 5; failures++) await rig.run({ models: ['first'] })
  rig.upstream.calls.length = 0
  rig.upstream.on('first', whole('Hello'))
  rig.upstream.on('second', whole('Hello'))
  expect(codesOf((await rig.run({})).record)).toEqual(['second: ok'])
  // The only candidate is called all the same, and its success closes the circuit.
  expect(codesOf((await rig.run({ models: ['first'] })).record)).toEqual(['first: ok'])
  expect(codesOf((await rig.run({})).record)).toEqual(['first: ok'])
})

test('one that cannot be called at all is not the call that each request has', async () => {
  const retry = { ...quick.retry, processFloorEveryMs: 0 }
  const own = new Rig({ resilience: { ...quick, retry } })
  await own.upstream.start()
  try {
    own.upstream.on('second', busy)
    for (let failures = 0; failures < 5; failures++) await own.run({ models: ['second'] })
    own.upstream.on('second', whole('Hello'))
    // Nothing is left of what a move from the first would need.
    while (own.engine.retryBudgets.take('first@eu-central-1', Date.now()));
    const { record } = await own.run({ models: ['second'], candidates: ['first', 'second'] })
    expect(codesOf(record)).toEqual(['second: ok'])
    expect(record.durationMs).toBeLessThan(5_000)
  } finally {
    await own.close()
  }
})

test('where all circuits are open each request makes one call, and more only within the budget', async () => {
  rig.upstream.on('first', busy)
  rig.upstream.on('second', busy)
  for (let request = 0; request < 5; request++) {
    await rig.run({ models: ['first'] })
    await rig.run({ models: ['second'] })
  }
  rig.upstream.calls.length = 0
  for (let request = 0; request < 20; request++) await rig.run({})
  expect(rig.upstream.calls.length).toBeGreaterThanOrEqual(20)
  expect(rig.upstream.calls.length).toBeLessThanOrEqual(24)
})
