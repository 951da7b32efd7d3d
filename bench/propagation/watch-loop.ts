import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

/**
 * Loaded into a host by `--import`. Every 100 ms it writes how long the loop was held up at most: by the clock, which
 * holds what other processes of the machine took, and by the processor time of this thread, which does not. What
 * the thread ran between two ticks of a timer of 1 ms ran in one turn of the loop.
 */
export interface LoopLine {
  /** The process's title: with workers each plane has its own. */
  readonly title: string
  readonly atMs: number
  readonly clockMs: number
  readonly processorMs: number
}

const folder = process.env['POINTSMAN_WATCH_LOOP']
const tickMs = 1
const writeEveryMs = 100

/**
 * Processor time of this thread, to the microsecond. The system adds up a thread's time when its tick comes (every 4 ms) or
 * the thread rests, and `threadCpuUsage` alone tells that sum; asked for the whole process, it first brings the sum of
 * the thread that asks up to now. The two take 1.2 µs.
 */
function processorUs(): number {
  process.cpuUsage()
  const { system, user } = process.threadCpuUsage()
  return system + user
}

function watch(path: string): void {
  let lastAt = performance.now()
  let lastProcessorUs = processorUs()
  let clockMs = 0
  let processorMs = 0
  let wroteAt = lastAt
  const tick = (): void => {
    const at = performance.now()
    clockMs = Math.max(clockMs, at - lastAt - tickMs)
    processorMs = Math.max(processorMs, (processorUs() - lastProcessorUs) / 1_000)
    if (at - wroteAt >= writeEveryMs) {
      const { title } = process
      const line: LoopLine = { title, atMs: performance.timeOrigin + at, clockMs, processorMs }
      appendFileSync(path, `${JSON.stringify(line)}\n`)
      clockMs = 0
      processorMs = 0
      wroteAt = at
    }
    lastAt = performance.now()
    lastProcessorUs = processorUs()
  }
  setInterval(tick, tickMs).unref()
}

if (folder !== undefined) watch(join(folder, `${process.pid}.jsonl`))
