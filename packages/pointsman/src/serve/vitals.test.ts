import { getHeapStatistics } from 'node:v8'
import { expect, test } from 'vitest'
import { watchVitals } from './vitals.ts'

test('tells what objects and buffers hold, and what objects hold of what V8 lets them', () => {
  const held = Buffer.alloc(50_000_000, 1)
  const watch = watchVitals()
  const { heapShare, lagMs, memoryBytes } = watch.now()
  watch.stop()
  expect(lagMs).toBe(0)
  expect(memoryBytes).toBeGreaterThan(held.length)
  const { heap_size_limit: limit } = getHeapStatistics()
  expect(heapShare).toBeGreaterThan(0)
  expect(heapShare * limit).toBeLessThanOrEqual(memoryBytes - held.length)
})
