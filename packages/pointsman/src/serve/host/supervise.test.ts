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
  /** The system lets nobody end it. */
  immune = false

  constructor(pid: number) {
    super()
    this.pid = pid
  }

  override send(message: unknown): boolean {
    const { kind } = message as ToChild
    this.told.push(kind)
    if (kind === 'ping' && !this.frozen) this.emit('message', { kind: 'pong' } satisfies FromChild)
    if (kind === 'stop' && !this.immune) this.end(0, null)
    return true
  }

  override kill(): boolean {
    if (this.immune) {
      this.emit('error', new Error('kill EPERM'))
      return false
    }
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

  /** As Node tells of one that the system did not start: no pid, and never an exit. */
  notForked(): void {
    ;[this.pid, this.exitCode, this.connected] = [undefined, -11, false]
    this.emit('error', new Error('spawn EAGAIN'))
  }
}

const place = () => {
  const forked: FakeProcess[] = []
  const events: string[] = []
  const log: Log = (_, event) => void events.push(event)
  let problem: Error | null = null
  const fork: Fork = () => {
    if (problem !== null) throw problem
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
    noRoom: (error: Error | null) => void (problem = error),
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
  expect(await renewed).toBe(null)
  expect(forked).toHaveLength(2)
  expect(living()).toEqual([nth(1)])
  await child.stop(minuteMs)
  expect(living()).toEqual([])
})

test('the system may refuse a process for a while: the place is filled as soon as it does not', async () => {
  const { child, living, nth, noRoom } = place()
  nth(0).ready()
  nth(0).end(null, 'SIGKILL')
  await vi.advanceTimersByTimeAsync(100)
  nth(1).notForked()
  noRoom(new Error('spawn ENOMEM'))
  await vi.advanceTimersByTimeAsync(200)
  expect(await child.renew(minuteMs)).toBe('there was none to renew')
  noRoom(null)
  await vi.advanceTimersByTimeAsync(400)
  expect(living()).toEqual([nth(2)])
})

test('a renewal for which the system has no process leaves the old one in its place', async () => {
  const { child, living, nth, noRoom } = place()
  nth(0).ready()
  noRoom(new Error('spawn ENOMEM'))
  expect(await child.renew(minuteMs)).toBe('the system had no room for another process')
  noRoom(null)
  const later = child.renew(minuteMs)
  nth(1).notForked()
  expect(await later).toBe('spawn EAGAIN')
  expect(living()).toEqual([nth(0)])
})

test('a renewal that fails says why the new one did not come up', async () => {
  const { child, nth } = place()
  nth(0).ready()
  const refused = child.renew(minuteMs)
  nth(1).emit('message', {
    kind: 'failed',
    code: 'refused',
    message: 'The folder is full.',
  } satisfies FromChild)
  expect(await refused).toBe('The folder is full.')
  const ended = child.renew(minuteMs)
  nth(2).end(1, null)
  expect(await ended).toBe('the new one ended while it was starting (1)')
  const late = child.renew(minuteMs)
  await vi.advanceTimersByTimeAsync(minuteMs)
  expect(await late).toBe('the new one was not ready within 60 seconds')
})

test('a first one that the system does not start fails the start', async () => {
  const { child, nth } = place()
  nth(0).notForked()
  await expect(child.firstReady).rejects.toThrow('ended while it was starting')
})

test('one that neither stops nor can be killed holds up the end of the others no longer than they all have', async () => {
  const { child, events, nth } = place()
  nth(0).ready()
  nth(0).immune = true
  const renewed = child.renew(1_000)
  nth(1).ready()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await renewed).toBe(null)
  nth(1).immune = true
  const stopped = child.stop(1_000)
  await vi.advanceTimersByTimeAsync(1_000)
  await stopped
  expect(events).toEqual(['child_killed', 'child_failed', 'child_killed', 'child_failed'])
})
