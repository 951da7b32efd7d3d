import { expect, test } from 'vitest'
import { mayMissKeys } from './data-plane.ts'

test('a key may be missing while the registry is away, and once its last answer is older than four polls', () => {
  expect(mayMissKeys({ current: true, confirmedAtMs: 10_000 }, 12_000)).toBe(false)
  expect(mayMissKeys({ current: false, confirmedAtMs: 10_000 }, 10_100)).toBe(true)
  // Frozen: the look that hangs has not failed yet.
  expect(mayMissKeys({ current: true, confirmedAtMs: 10_000 }, 12_001)).toBe(true)
  expect(mayMissKeys({ current: false, confirmedAtMs: null }, 10_000)).toBe(true)
})
