import { getHeapStatistics } from 'node:v8'
import type { Vitals } from '@pointsman/gateway'

/** Four looks a lag: short enough to answer within it, seldom enough to cost nothing (measured: 3 µs a look). */
const everyMs = 50
/** A lag counts when none of so many looks was on time: one long step delays one look. */
const looks = 8
/** Asking for memory takes longer than asking for the time. */
const memoryEvery = 5

export interface VitalsWatch {
  now(): Vitals
  stop(): void
}

/** Measures how late the event loop is and what memory holds. A mutable holder: the last few figures. */
export function watchVitals(): VitalsWatch {
  const lags = new Array<number>(looks).fill(0)
  let at = 0
  let memory = memoryInUse()
  let vitals: Vitals = { lagMs: 0, ...memory }
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    lags[at % looks] = Math.max(0, now - last - everyMs)
    last = now
    if (at % memoryEvery === 0) memory = memoryInUse()
    at += 1
    vitals = { lagMs: Math.min(...lags), ...memory }
  }, everyMs)
  timer.unref()
  return { now: () => vitals, stop: () => clearInterval(timer) }
}

function memoryInUse(): Omit<Vitals, 'lagMs'> {
  // Not `process.memoryUsage`, which reads a file of the system for what is resident: 1.5 % of a busy data plane.
  const { external_memory: external, heap_size_limit: limit, used_heap_size: heap } = getHeapStatistics()
  return { memoryBytes: external + heap, heapShare: heap / limit }
}
