import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerFrames } from './testing/event-stream.ts'
import { CollectingClient } from './testing/collecting-client.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'
import { Rig, readEvents, type Wish } from './testing/rig.ts'
import { failing, streamHead, streamedText, type Answer } from './testing/scripted-upstream.ts'
import { Signal } from './testing/signal.ts'

let clock: ManualClock
let rig: Rig
beforeEach(async () => {
  clock = createManualClock()
  rig = new Rig({ clock })
  await rig.upstream.start()
})
afterEach(() => rig.close())

const patient = { connectMs: 500_000, firstByteMs: 500_000, idleMs: 500_000, totalMs: 900_000 }
const wish: Wish = { face: 'openai', stream: true, timeouts: patient, heartbeatMs: 15_000 }

/** Once the call has come, nothing of the vendor's until `go`; then the answer. */
function awaited(then: Answer): { readonly called: Promise<void>; readonly go: () => void; answer: Answer } {
  const called = new Signal()
  const go = new Signal()
  return {
    called: called.given,
    go: () => go.give(),
    answer: async (response, call) => {
      called.give()
      await go.given
      await then(response, call)
    },
  }
}

test('a silent model is bridged by comments from the first interval on, and its answer follows whole', async () => {
  const upstream = awaited(streamedText('At ', 'last.'))
  rig.upstream.on('first', upstream.answer)
  const { client, record } = rig.carryOut(wish)
  await upstream.called
  await clock.pass(14_000)
  expect(client.heads).toBe(0)
  await clock.pass(1_000)
  expect(client.text).toBe(':\n\n')
  expect(client.header('x-pointsman-model')).toBe('first')
  await clock.pass(45_000)
  expect(client.text).toBe(':\n\n'.repeat(4))
  upstream.go()
  expect(await record).toMatchObject({ outcome: 'ok', finish: 'stop' })
  expect(readEvents(client.text)).toMatchObject({ text: 'At last.', done: true, starts: 1, errors: [] })
  expect(clock.waiting()).toBe(0)
})

test('the first one is the commit point: what fails after it is told in the stream, by no other model', async () => {
  const upstream = awaited(failing(503, 'ServiceUnavailableException', 'busy'))
  rig.upstream.on('first', upstream.answer)
  rig.upstream.on('second', streamedText('Never asked.'))
  const { client, record } = rig.carryOut(wish)
  await upstream.called
  await clock.pass(15_000)
  upstream.go()
  expect(await record).toMatchObject({
    outcome: 'failed',
    status: 200,
    error: { code: 'upstream_overloaded' },
    usage: { inputTokens: null, outputTokens: null },
    usageEstimated: false,
    costNanoUsd: null,
  })
  const events = readEvents(client.text)
  expect(events).toMatchObject({ text: '', done: false, finished: false, starts: 0 })
  expect(events.errors).toMatchObject([{ message: 'first gave no answer: busy' }])
  expect(rig.upstream.calls.map(({ model }) => model)).toEqual(['first'])
})

test('a request that is too long is told after it as it is before: in the words of the face and with its code', async () => {
  const message = 'Input is too long for requested model.'
  const upstream = awaited(failing(400, 'ValidationException', message))
  rig.upstream.on('first', upstream.answer)
  const { client, record } = rig.carryOut(wish)
  await upstream.called
  await clock.pass(15_000)
  upstream.go()
  await record
  const { errors } = readEvents(client.text)
  expect(errors).toMatchObject([{ code: 'context_length_exceeded' }])
  expect(JSON.stringify(errors)).toContain('maximum context length')
})

test('the request goes out whole where a credential comes after the first one', async () => {
  rig.upstream.on('first', streamedText('Here.'))
  const [asked, known] = [new Signal(), new Signal()]
  rig.credential = async () => {
    asked.give()
    await known.given
    return { kind: 'bearer', token: 'secret-of-ours' }
  }
  const { client, record } = rig.carryOut(wish)
  await asked.given
  await clock.pass(15_000)
  expect(client.text).toBe(':\n\n')
  known.give()
  expect(await record).toMatchObject({ outcome: 'ok' })
  expect(rig.upstream.calls[0]?.body).toContain('messages')
})

test('before the first one the plan moves on, and the wait counts from the request', async () => {
  const first = awaited(failing(503, 'ServiceUnavailableException', 'busy'))
  const second = awaited(streamedText('Here.'))
  rig.upstream.on('first', first.answer)
  rig.upstream.on('second', second.answer)
  const { client, record } = rig.carryOut(wish)
  await first.called
  await clock.pass(10_000)
  first.go()
  await second.called
  await clock.pass(4_000)
  expect(client.heads).toBe(0)
  await clock.pass(1_000)
  expect(client.header('x-pointsman-model')).toBe('second')
  second.go()
  await record
  expect(client.text.startsWith(':\n\ndata: ')).toBe(true)
  expect(readEvents(client.text)).toMatchObject({ text: 'Here.', done: true })
})

test('silence in the middle of an answer is bridged between whole frames', async () => {
  const frames = answerFrames(['Well, ', 'thank ', 'you.'])
  const paused = new Signal()
  const goOn = new Signal()
  rig.upstream.on('first', async (answer) => {
    streamHead(answer)
    for (const frame of frames.slice(0, 2)) answer.write(frame)
    answer.write(frames[2]?.slice(0, 9), () => paused.give())
    await goOn.given
    answer.write(frames[2]?.slice(9))
    for (const frame of frames.slice(3)) answer.write(frame)
    answer.end()
  })
  const { client, record } = rig.carryOut(wish)
  await paused.given
  await client.reached(1)
  await clock.pass(31_000)
  goOn.give()
  await record
  expect(client.text.split(':\n\n')).toHaveLength(3)
  expect(readEvents(client.text.replaceAll(':\n\n', ''))).toMatchObject({
    text: 'Well, thank you.',
    done: true,
  })
})

test('a client that leaves after heartbeats alone had nothing of an answer', async () => {
  const upstream = awaited(streamedText('Too late.'))
  rig.upstream.on('first', upstream.answer)
  const { client, record } = rig.carryOut(wish)
  await upstream.called
  await clock.pass(15_000)
  client.leave()
  expect(await record).toMatchObject({ outcome: 'client-closed', status: 200 })
  expect(await rig.upstream.calls[0]?.over).toBe('left')
  expect(clock.waiting()).toBe(0)
})

test('a client that does not read gets none', async () => {
  const upstream = awaited(streamedText('Well.'))
  rig.upstream.on('first', upstream.answer)
  const client = new CollectingClient()
  client.room = 1
  const { record } = rig.carryOut({ ...wish, client })
  await upstream.called
  await clock.pass(60_000)
  expect(client.text).toBe(':\n\n')
  upstream.go()
  client.room = Infinity
  client.read()
  await record
  expect(readEvents(client.text)).toMatchObject({ text: 'Well.', done: true })
})

test.each([
  ['off', { heartbeatMs: 0 }],
  ['a form without comments', { face: 'bedrock' }],
] as const)('none: %s', async (_why, changed) => {
  const upstream = awaited(streamedText('Well.'))
  rig.upstream.on('first', upstream.answer)
  const { client, record } = rig.carryOut({ ...wish, ...changed })
  await upstream.called
  await clock.pass(60_000)
  expect(client.heads).toBe(0)
  upstream.go()
  expect(await record).toMatchObject({ outcome: 'ok' })
})
