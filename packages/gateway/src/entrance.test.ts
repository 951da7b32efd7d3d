import { expect, test } from 'vitest'
import { createEntrance, type EntranceLimits, type Vitals } from './entrance.ts'

const roomy: EntranceLimits = { maxInFlight: 100, maxBodyBytes: 1_000, maxLagMs: 100, maxMemoryBytes: 1_000 }
const well: Vitals = { lagMs: 0, memoryBytes: 0, heapShare: 0 }

function door(limits: Partial<EntranceLimits>, vitals: Vitals = well, chances: readonly number[] = [0.5]) {
  let drawn = 0
  return createEntrance({
    limits: { ...roomy, ...limits },
    vitals: () => vitals,
    chance: () => chances[drawn++ % chances.length] ?? 0,
  })
}

test('T43: beyond the bound the next one is refused, and let in when one has left', () => {
  const entrance = door({ maxInFlight: 2 })
  expect([entrance.enter(1), entrance.enter(1)]).toEqual([null, null])
  const refused = entrance.enter(1)
  expect(refused).toMatchObject({ code: 'overloaded', status: 503, details: { retryAfterMs: 2_000 } })
  entrance.leave(1)
  expect(entrance.enter(1)).toBeNull()
})

test('T43: bodies under way are bounded together; one alone may be as large as a body may be', () => {
  const entrance = door({})
  expect(entrance.enter(5_000)).toBeNull()
  expect(entrance.enter(1)?.message).toContain('hold 1000 bytes')
  entrance.leave(5_000)
  expect([entrance.enter(600), entrance.enter(400)]).toEqual([null, null])
  expect(entrance.enter(1)).not.toBeNull()
})

test('T43: what is in grows as far as there is room, and leaves with what it has', () => {
  const entrance = door({})
  expect([entrance.enter(100), entrance.enter(200)]).toEqual([null, null])
  expect(entrance.grow(100, { toBytes: 801, isProved: true })?.message).toContain('hold 1000 bytes')
  expect(entrance.grow(100, { toBytes: 800, isProved: true })).toBeNull()
  expect(entrance.load()).toEqual({ inFlight: 2, bodyBytes: 1_000, shed: 1 })
  entrance.leave(200)
  expect(entrance.grow(800, { toBytes: 5_000, isProved: true })).toBeNull()
  entrance.leave(5_000)
  expect(entrance.load()).toMatchObject({ inFlight: 0, bodyBytes: 0 })
})

test('T43: whose head proves nothing fills no more than half of the house', () => {
  const entrance = door({})
  expect([entrance.enter(100), entrance.enter(100)]).toEqual([null, null])
  expect(entrance.grow(100, { toBytes: 401, isProved: false })?.message).toContain('hold 500 bytes')
  expect(entrance.grow(100, { toBytes: 400, isProved: false })).toBeNull()
  expect(entrance.grow(100, { toBytes: 600, isProved: true })).toBeNull()
})

/** Which share of a thousand is refused. */
function share(vitals: Vitals): number {
  const chances = Array.from({ length: 1_009 }, (_, at) => at / 1_009)
  const entrance = door({ maxInFlight: 10_000, maxBodyBytes: 10_000 }, vitals, chances)
  return Array.from({ length: 1_000 }, () => entrance.enter(0)).filter((told) => told !== null).length / 1_000
}

test('T43: the later the process, the more is refused', () => {
  expect(share({ ...well, lagMs: 100 })).toBe(0)
  expect(share({ ...well, lagMs: 150 })).toBeCloseTo(0.5, 0)
  expect(share({ ...well, lagMs: 200 })).toBe(1)
})

test.each([
  { ...well, memoryBytes: 2_000 },
  // The engine's own limit, long before the machine's.
  { ...well, heapShare: 0.9 },
])('T43: short memory lets a few in, so that something is collected: %j', (vitals) => {
  const refused = share(vitals)
  expect(refused).toBeGreaterThan(0.8)
  expect(refused).toBeLessThan(1)
})

test('what waits to be collected refuses nobody', () => {
  expect(share({ ...well, heapShare: 0.8 })).toBe(0)
})
