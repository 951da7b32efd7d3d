import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

/**
 * Loaded into a host by `--import`. Every 100 ms it writes how long the loop was held up at most: by the clock, which
 * holds what other processes of the machine took, and by the processor time of this thread, which does not. What
 * the thread ran between two ticks of a timer of 1 ms ran in one turn of the loop.
 */
export interface LoopLine {
  readonly atMs: number
  readonly clockMs: number
  readonly processorMs: number
}

const folder = process.env['POINTSMAN_WATCH_LOOP']
const tickMs = 1
const writeEveryMs = 100

function watch(path: string): void {
  let lastAt = performance.now()
  let lastProcessor = process.threadCpuUsage()
  let clockMs = 0
  let processorMs = 0
  let wroteAt = lastAt
  const tick = (): void => {
    const at = performance.now()
    const { system, user } = process.threadCpuUsage(lastProcessor)
    clockMs = Math.max(clockMs, at - lastAt - tickMs)
    processorMs = Math.max(processorMs, (system + user) / 1_000)
    if (at - wroteAt >= writeEveryMs) {
      const line: LoopLine = { atMs: performance.timeOrigin + at, clockMs, processorMs }
      appendFileSync(path, `${JSON.stringify(line)}\n`)
      clockMs = 0
      processorMs = 0
      wroteAt = at
    }
    lastAt = performance.now()
    lastProcessor = process.threadCpuUsage()
  }
  setInterval(tick, tickMs).unref()
}

if (folder !== undefined) watch(join(folder, `${process.pid}.jsonl`))
