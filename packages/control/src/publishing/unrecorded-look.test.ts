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

test('a look is due every half minute, and once the clock was put back, too', async () => {
  let nowMs = Date.parse('2026-11-27T12:00:00Z')
  const clock = { nowMs: () => nowMs, after: () => () => undefined }
  let looks = 0
  const log = (): void => void (looks += 1)
  const look = createUnrecordedLook({
    ...{ database, clock, digests: nodeDigests, holder: createPublishedHolder(database, log) },
    ...{ log, onUnrecorded: () => undefined },
  })
  const after = async (ms: number): Promise<number> => {
    nowMs += ms
    look.lookWhereDue()
    await look.ended().catch(() => undefined)
    for (let turns = 0; turns < 5; turns++) await turn()
    return looks
  }
  expect(await after(29_000)).toBe(0)
  expect(await after(1_000)).toBe(1)
  expect(await after(-3 * 3_600_000)).toBe(2)
  expect(await after(29_000)).toBe(2)
  expect(await after(1_000)).toBe(3)
})
