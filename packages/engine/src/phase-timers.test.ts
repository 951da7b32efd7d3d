import { expect, test } from 'vitest'
import { PhaseTimers, type Phase } from './phase-timers.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'

const timeouts = { connectMs: 100, firstByteMs: 1_000, idleMs: 300, totalMs: 60_000 }

function watch(clock: ManualClock, changed: Partial<typeof timeouts> = {}) {
  const limits = { ...timeouts, ...changed }
  const ranOut: (Phase | 'total')[] = []
  const timers = new PhaseTimers({
    clock,
    timeouts: limits,
    startedAtUs: clock.nowUs(),
    deadlineUs: clock.nowUs() + limits.totalMs * 1_000,
    onTimeout: (phase) => ranOut.push(phase),
  })
  return { timers, ranOut }
}

test('each phase runs out by its own limit, once, and the others do not', async () => {
  for (const [phase, limitMs] of [
    ['connect', timeouts.connectMs],
    ['first-byte', timeouts.firstByteMs],
    ['idle', timeouts.idleMs],
  ] as const) {
    const clock = createManualClock()
    const { timers, ranOut } = watch(clock)
    await clock.pass(50)
    timers.enter(phase)
    await clock.pass(limitMs - 1)
    expect(ranOut).toEqual([])
    await clock.pass(2)
    expect(ranOut).toEqual([phase])
    await clock.pass(timeouts.totalMs)
    expect(ranOut).toEqual([phase])
    expect(clock.waiting()).toBe(0)
  }
})

test('a long stream of pieces lives, and dies when they stop', async () => {
  const clock = createManualClock()
  const { timers, ranOut } = watch(clock, { totalMs: 10_000_000 })
  timers.enter('idle')
  for (let piece = 0; piece < 1_000; piece++) {
    await clock.pass(299)
    timers.touch()
    expect(clock.waiting()).toBe(1)
  }
  expect(ranOut).toEqual([])
  await clock.pass(301)
  expect(ranOut).toEqual(['idle'])
})

test('pieces before the first content do not move its limit', async () => {
  const clock = createManualClock()
  const { timers, ranOut } = watch(clock)
  timers.enter('first-byte')
  for (let piece = 0; piece < 20; piece++) {
    await clock.pass(60)
    timers.touch()
  }
  expect(ranOut).toEqual(['first-byte'])
})

test('the total runs out over all phases, whatever comes in', async () => {
  const clock = createManualClock()
  const { timers, ranOut } = watch(clock, { totalMs: 1_000 })
  timers.enter('idle')
  for (let piece = 0; piece < 20; piece++) {
    await clock.pass(100)
    timers.touch()
  }
  expect(ranOut).toEqual(['total'])
})

test('a slow client stops the idle limit, not the total', async () => {
  const clock = createManualClock()
  const { timers, ranOut } = watch(clock, { totalMs: 5_000 })
  timers.enter('idle')
  timers.hold()
  await clock.pass(4_000)
  expect(ranOut).toEqual([])
  timers.release()
  await clock.pass(299)
  expect(ranOut).toEqual([])
  await clock.pass(2)
  expect(ranOut).toEqual(['idle'])

  const later = createManualClock()
  const stuck = watch(later, { totalMs: 5_000 })
  stuck.timers.enter('idle')
  stuck.timers.hold()
  await later.pass(5_001)
  expect(stuck.ranOut).toEqual(['total'])
})

test('after stop nothing runs out and no alarm is left', async () => {
  const clock = createManualClock()
  const { timers, ranOut } = watch(clock)
  timers.stop()
  timers.enter('idle')
  await clock.pass(100_000)
  expect(ranOut).toEqual([])
  expect(clock.waiting()).toBe(0)
})
