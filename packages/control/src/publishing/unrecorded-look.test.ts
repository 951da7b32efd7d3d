import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from '@pointsman/registry'
import { expect, test } from 'vitest'
import { nodeDigests } from '../testing/start-control.ts'
import { createPublishedHolder } from './published-holder.ts'
import { createUnrecordedLook } from './unrecorded-look.ts'

const away = (): Promise<never> => Promise.reject(new Error('away'))
/** The port, with nobody behind it: each look asks it, fails at once and is told. */
const database: Database = {
  ...{ kind: 'server', durable: true, query: away, transaction: away, listen: away },
  ...{ state: () => ({ state: 'ready' }), close: () => Promise.resolve() },
}

/** Lets time pass, and counts the looks; one takes as long as `tookMs` says. */
function passing() {
  let nowMs = Date.parse('2026-11-27T12:00:00Z')
  let looks = 0
  const course = { tookMs: 0 }
  const clock = { nowMs: () => nowMs, after: () => () => undefined }
  const log = (): void => {
    looks += 1
  }
  const slow = (): Promise<never> => {
    nowMs += course.tookMs
    return away()
  }
  const look = createUnrecordedLook({
    ...{ database: { ...database, query: slow, transaction: slow }, clock, digests: nodeDigests },
    ...{ holder: createPublishedHolder(database, log), log, onUnrecorded: () => undefined },
  })
  const after = async (ms: number): Promise<number> => {
    nowMs += ms
    look.lookWhereDue()
    await look.ended().catch(() => undefined)
    for (let turns = 0; turns < 5; turns++) await turn()
    return looks
  }
  return { after, course }
}

test('a look is due every half minute, and once the clock was put back, too', async () => {
  const { after } = passing()
  expect(await after(29_000)).toBe(0)
  expect(await after(1_000)).toBe(1)
  expect(await after(-3 * 3_600_000)).toBe(2)
  expect(await after(29_000)).toBe(2)
  expect(await after(1_000)).toBe(3)
})

test('a clock that is put forward during a look makes the next one wait for an hour at most', async () => {
  const { after, course } = passing()
  course.tookMs = 24 * 3_600_000
  expect(await after(30_000)).toBe(1)
  course.tookMs = 0
  expect(await after(3_599_000)).toBe(1)
  expect(await after(1_000)).toBe(2)
  expect(await after(30_000)).toBe(3)
})
