import { ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Log } from '../log.ts'
import type { ChildStart, FromChild, ToChild } from './messages.ts'
import { superviseChild, type Fork } from './supervise.ts'

const start = { kind: 'start' } as ChildStart
const ready: FromChild = { kind: 'ready', notes: [] }
const minuteMs = 60_000

/** A process that is up at once where it may be, and answers pings until it is frozen. */
class FakeProcess extends ChildProcess {
  override pid: number | undefined
  override connected = true
  override exitCode: number | null = null
  override signalCode: NodeJS.Signals | null = null
  readonly told: string[] = []
  frozen = false

  constructor(pid: number) {
    super()
    this.pid = pid
  }

  override send(message: unknown): boolean {
    const { kind } = message as ToChild
    this.told.push(kind)
    if (kind === 'ping' && !this.frozen) this.emit('message', { kind: 'pong' } satisfies FromChild)
    if (kind === 'stop') this.end(0, null)
    return true
  }

  override kill(): boolean {
    this.end(null, 'SIGKILL')
    return true
  }

  end(code: number | null, signal: NodeJS.Signals | null): void {
    ;[this.exitCode, this.signalCode, this.connected] = [code, signal, false]
    this.emit('exit', code, signal)
  }

  ready(): void {
    this.emit('message', ready)
  }
}

const place = () => {
  const forked: FakeProcess[] = []
  const events: string[] = []
  const log: Log = (_, event) => void events.push(event)
  const fork: Fork = () => {
    const process = new FakeProcess(100 + forked.length)
    forked.push(process)
    return process
  }
  const child = superviseChild({ role: 'data', start, log, descriptor: null }, fork)
  const nth = (index: number): FakeProcess => {
    const found = forked[index]
    if (found === undefined) throw new Error(`there is no process ${index}: ${events.join()}`)
    return found
  }
  return {
    ...{ child, events, forked, nth },
    living: () => forked.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null),
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a child that answers outlives a pause of the whole machine', async () => {
  const { events, nth } = place()
  nth(0).ready()
  await vi.advanceTimersByTimeAsync(minuteMs)
  vi.setSystemTime(Date.now() + 5 * minuteMs)
  await vi.advanceTimersByTimeAsync(minuteMs)
  expect(nth(0).signalCode).toBe(null)
  expect(events).toEqual([])
})

test('one that answers no ping for a minute is killed, and started again', async () => {
  const { events, living, nth } = place()
  nth(0).ready()
  nth(0).frozen = true
  await vi.advanceTimersByTimeAsync(minuteMs)
  expect(nth(0).signalCode).toBe(null)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(nth(0).signalCode).toBe('SIGKILL')
  expect(events).toEqual(['child_killed', 'child_ended'])
  expect(living()).toEqual([nth(1)])
})

test('the new one of a renewal is the only one, also where the old one dies just before it takes over', async () => {
  const { child, forked, living, nth } = place()
  nth(0).ready()
  const renewed = child.renew(minuteMs)
  nth(0).end(null, 'SIGSEGV')
  await vi.advanceTimersByTimeAsync(50)
  nth(1).ready()
  await vi.advanceTimersByTimeAsync(minuteMs)
  expect(await renewed).toBe(true)
  expect(forked).toHaveLength(2)
  expect(living()).toEqual([nth(1)])
  await child.stop(minuteMs)
  expect(living()).toEqual([])
})
