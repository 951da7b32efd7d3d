import { expect, test } from 'vitest'
import type { Timeouts } from './job.ts'
import type { Transport, UpstreamListener } from './ports.ts'
import { answerFrames } from './testing/event-stream.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'
import { Rig, readEvents } from './testing/rig.ts'

/** Of serving, so that a test of hours takes a moment. */
const limits: Timeouts = { connectMs: 5_000, firstByteMs: 120_000, idleMs: 60_000, totalMs: 900_000 }

const words = answerFrames(Array.from({ length: 28 }, (_, index) => `${index} `))
const [opening = new Uint8Array(0), ...contents] = words
const pieceOf = (index: number): Uint8Array => contents[index] ?? new Uint8Array(0)

/** What the vendor does by the clock, from the moment when it is called. */
type Course = (listener: UpstreamListener, clock: ManualClock) => void

const connected: Course = (listener) => listener.connected()

const begun: Course = (listener, clock) => {
  connected(listener, clock)
  listener.head({ status: 200, headers: {} })
  listener.data(opening)
}

/** A piece at once, then one after each such span, for ever. */
const steady =
  (everyMs: number): Course =>
  (listener, clock) => {
    begun(listener, clock)
    let sent = 0
    const send = (): void => {
      listener.data(pieceOf(sent++ % 20))
      clock.after(everyMs, send)
    }
    send()
  }

const started: Course = (listener, clock) => {
  begun(listener, clock)
  listener.data(pieceOf(0))
}

function carriedOut(course: Course, stream: boolean, timeouts: Timeouts) {
  const clock = createManualClock()
  const transport: Transport = {
    send(_request, listener) {
      clock.after(0, () => course(listener, clock))
      return {
        ...{ queued: false, proxy: null },
        ...{ pause: () => undefined, resume: () => undefined, abort: () => undefined },
      }
    },
    close: () => Promise.resolve(),
  }
  const rig = new Rig({ clock, transport })
  rig.baseUrl = 'http://127.0.0.1:1'
  const { client, record } = rig.carryOut({ models: ['first'], stream, timeouts })
  return { client, clock, record }
}

/** When it ended, by the clock, to a hundredth of its limit. */
async function endsAfter(course: Course, stream: boolean, limitMs: number) {
  const { clock, record } = carriedOut(course, stream, limits)
  const ended = new AbortController()
  const told = record.finally(() => ended.abort())
  let passedMs = 0
  const stepMs = limitMs / 100
  while (!ended.signal.aborted && passedMs < limits.totalMs * 2) {
    await clock.pass(stepMs)
    passedMs += stepMs
  }
  return { record: await told, passedMs }
}

test.each([
  ['connect', () => undefined, limits.connectMs, 'upstream_timeout_connect', 'failed'],
  ['first byte, in silence', connected, limits.firstByteMs, 'upstream_timeout_first_byte', 'failed'],
  ['first byte, after an opening', begun, limits.firstByteMs, 'upstream_timeout_first_byte', 'failed'],
  ['idle', started, limits.idleMs, 'upstream_timeout_idle', 'partial'],
  ['total', steady(limits.idleMs - 1_000), limits.totalMs, 'upstream_timeout_total', 'partial'],
] as const satisfies readonly (readonly [string, Course, number, string, string])[])(
  'T18: %s fires alone, at its setting',
  async (_limit, course, limitMs, code, outcome) => {
    const { passedMs, record } = await endsAfter(course, true, limitMs)
    expect(record.error?.code).toBe(code)
    expect(record.outcome).toBe(outcome)
    expect(Math.abs(passedMs - limitMs)).toBeLessThanOrEqual(limitMs / 10)
    expect(Math.abs(record.durationMs - limitMs)).toBeLessThanOrEqual(limitMs / 10)
  },
)

test('T18: a whole answer has its own time to the first byte, and no idle limit before that', async () => {
  const { passedMs, record } = await endsAfter(connected, false, limits.firstByteMs)
  expect(record.error?.code).toBe('upstream_timeout_first_byte')
  expect(Math.abs(passedMs - limits.firstByteMs)).toBeLessThanOrEqual(limits.firstByteMs / 10)
})

test('T18: a stream of ten minutes with a piece every 20 s lives', async () => {
  const everyMs = 20_000
  const course: Course = (listener, clock) => {
    begun(listener, clock)
    contents.forEach((piece, index) => clock.after(everyMs * (index + 1), () => listener.data(piece)))
    clock.after(everyMs * contents.length, () => listener.end())
  }
  const { client, clock, record } = carriedOut(course, true, limits)
  await clock.pass(everyMs * contents.length + 1_000)
  const written = await record
  expect(written.outcome).toBe('ok')
  expect(written.durationMs).toBeGreaterThanOrEqual(600_000)
  expect(readEvents(client.text)).toMatchObject({ done: true, errors: [] })
  expect(readEvents(client.text).text.trim().split(' ')).toHaveLength(28)
  expect(clock.waiting()).toBe(0)
})
