import { expect, test, vi } from 'vitest'
import { createEventStreams } from './event-stream.ts'

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

/** Time that moves when told to. */
function manualClock() {
  let nowMs = 0
  const timers = new Set<Timer>()
  return {
    nowMs: () => nowMs,
    after: (delayMs: number, callback: () => void) => {
      const timer = { atMs: nowMs + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    pass(spanMs: number): void {
      nowMs += spanMs
      for (const timer of [...timers]) {
        if (timer.atMs > nowMs || !timers.delete(timer)) continue
        timer.callback()
      }
    },
  }
}

const of = (user: string | null) => ({ user, mayStay: () => Promise.resolve(true) })

const decoder = new TextDecoder()
const textOf = (chunk: { readonly value?: Uint8Array | undefined }): string => decoder.decode(chunk.value)

test('an event leaves when the reader asks, and only then counts as taken', async () => {
  const streams = createEventStreams(manualClock())
  const taken = vi.fn()
  const { stream, writer } = streams.open(new AbortController().signal, () => undefined, of(null))
  const reader = stream.getReader()
  expect(textOf(await reader.read())).toBe(': connected\nretry: 2000\n\n')
  writer.send({ id: '7', event: 'switch', data: { text: 'one\ntwo' }, taken })
  expect(taken).not.toHaveBeenCalled()
  expect(textOf(await reader.read())).toBe('id: 7\nevent: switch\ndata: {"text":"one\\ntwo"}\n\n')
  expect(taken).toHaveBeenCalledOnce()
})

test('a silent stream is kept alive; a reader that takes nothing is cut off with the reason', async () => {
  const clock = manualClock()
  const streams = createEventStreams(clock)
  const closed = vi.fn()
  const { stream, writer } = streams.open(new AbortController().signal, closed, of(null))
  const reader = stream.getReader()
  await reader.read()
  clock.pass(15_000)
  clock.pass(15_000)
  expect(textOf(await reader.read())).toBe(': alive\n\n')
  for (let number = 0; number <= 1_000; number += 1) writer.send({ event: 'e', data: number })
  expect(textOf(await reader.read())).toBe('event: end\ndata: {"reason":"slow_reader"}\n\n')
  expect((await reader.read()).done).toBe(true)
  expect(closed).toHaveBeenCalledOnce()
  expect(streams.count()).toBe(0)
})

test('one that does not even take its end loses its place', () => {
  const clock = manualClock()
  const streams = createEventStreams(clock)
  const { writer } = streams.open(new AbortController().signal, () => undefined, of(null))
  writer.end('slow_reader')
  expect(streams.count()).toBe(1)
  clock.pass(2_000)
  expect(streams.count()).toBe(0)
})

test('a client that leaves ends its stream at once; there is a bound to how many are open', async () => {
  const streams = createEventStreams(manualClock())
  const leaving = new AbortController()
  const { stream } = streams.open(leaving.signal, () => undefined, of(null))
  const reader = stream.getReader()
  await reader.read()
  const waiting = reader.read()
  leaving.abort()
  expect((await waiting).done).toBe(true)
  expect(streams.count()).toBe(0)
  const { signal } = new AbortController()
  for (let number = 0; number < 1_000; number += 1) streams.open(signal, () => undefined, of(null))
  expect(() => streams.open(signal, () => undefined, of(null))).toThrow(/1000 streams/)
  streams.endAll()
  expect(() => streams.open(signal, () => undefined, of(null))).toThrow(/stops/)
})

test('the streams of one user have a limit of their own, which nobody else reaches', () => {
  const streams = createEventStreams(manualClock())
  const leaving = new AbortController()
  streams.open(leaving.signal, () => undefined, of('ada'))
  for (let number = 1; number < 20; number += 1)
    streams.open(new AbortController().signal, () => undefined, of('ada'))
  const another = () => streams.open(new AbortController().signal, () => undefined, of('ada'))
  expect(another).toThrow(/20 streams/)
  streams.open(new AbortController().signal, () => undefined, of('grace'))
  streams.open(new AbortController().signal, () => undefined, of(null))
  leaving.abort()
  another()
  expect(streams.count()).toBe(22)
})

test('a stream ends with the key or token that opened it, told at once or found within a second; others stay', async () => {
  const clock = manualClock()
  const streams = createEventStreams(clock)
  let good = new Set(['first', 'second', 'third'])
  const open = (name: string) =>
    streams
      .open(new AbortController().signal, () => undefined, {
        user: null,
        mayStay: () => Promise.resolve(good.has(name)),
      })
      .stream.getReader()
  const first = open('first')
  const second = open('second')
  open('third')
  await first.read()
  await second.read()
  good = new Set(['second', 'third'])
  streams.review()
  expect(textOf(await first.read())).toBe('event: end\ndata: {"reason":"access_ended"}\n\n')
  expect((await first.read()).done).toBe(true)
  good = new Set(['third'])
  clock.pass(1_000)
  expect(textOf(await second.read())).toBe('event: end\ndata: {"reason":"access_ended"}\n\n')
  await second.read()
  expect(streams.count()).toBe(1)
})
