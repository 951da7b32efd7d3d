import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tools/free-port.ts'
import { cleanEnvironment, removeFolder, temporaryFolder } from '../../tests/server.ts'
import type { Bench, BenchOptions, Figure } from '../bench.ts'
import { quantile } from '../figures.ts'
import {
  familyOf,
  memoryMb,
  processorUs,
  startPinned,
  type StartedProcess,
} from '../side-by-side/processes.ts'

const main = fileURLToPath(new URL('../../packages/pointsman/src/main.ts', import.meta.url))

/** From the command to the first request that is served, with the embedded database. */
export const start: Bench = {
  name: 'start',
  says: 'How long a server with the embedded database takes to be ready: in an empty folder, and in one it was in before.',
  run: async (options) => {
    const folder = await temporaryFolder()
    try {
      const cold = await startOnce(folder)
      options.tell(`cold: ${Math.round(cold.readyMs)} ms`)
      // The second start is the first one that leaves what it compiled.
      await startOnce(folder)
      const warm = await several(folder, options)
      return {
        measured: [],
        tables: [
          {
            title: 'Start of `pointsman serve` with the embedded database',
            heads: ['START', 'READY MS', 'PROCESSOR MS', 'IDLE MB'],
            rows: [
              ['in an empty folder', ...cells(cold)],
              ['warm, the median', ...cells(warm)],
            ],
          },
        ],
        figures: [
          { name: 'start/warm, embedded: ready', value: warm.readyMs, unit: 'ms', bar: 1_500, aim: 800 },
          figure('start/warm, embedded: processor time', warm.processorMs, 'ms'),
          figure('start/cold, embedded: ready', cold.readyMs, 'ms'),
          figure('start/idle memory', warm.idleMb, 'MB'),
        ],
        broken: [],
      }
    } finally {
      await removeFolder(folder)
    }
  },
}

interface Started {
  readonly readyMs: number
  /** Until it was ready. */
  readonly processorMs: number
  readonly idleMb: number
}

const figure = (name: string, value: number, unit: string): Figure => ({
  name,
  value,
  unit,
  bar: null,
  aim: null,
})
const cells = ({ idleMb, processorMs, readyMs }: Started): readonly number[] =>
  [readyMs, processorMs, idleMb].map((value) => Math.round(value))

async function several(folder: string, { long, tell }: BenchOptions): Promise<Started> {
  const starts: Started[] = []
  for (let round = 0; round < (long ? 15 : 5); round += 1) {
    const one = await startOnce(folder)
    tell(`warm: ${Math.round(one.readyMs)} ms, ${Math.round(one.processorMs)} ms of processor time`)
    starts.push(one)
  }
  const median = (of: (one: Started) => number): number => quantile(starts.map(of), 0.5) ?? 0
  return {
    readyMs: median(({ readyMs }) => readyMs),
    processorMs: median(({ processorMs }) => processorMs),
    idleMb: median(({ idleMb }) => idleMb),
  }
}

async function startOnce(dataDir: string): Promise<Started> {
  const port = await freePort()
  const beganAt = performance.now()
  const server = startPinned(
    [process.execPath, main, 'serve', '--port', String(port), '--data-dir', dataDir],
    {
      core: null,
      environment: cleanEnvironment(),
    },
  )
  try {
    await untilReady(`http://127.0.0.1:${port}/readyz`, server)
    const readyMs = performance.now() - beganAt
    const family = familyOf(server.pid)
    const processorMs = processorUs(family) / 1_000
    await sleep(1_000)
    return { readyMs, processorMs, idleMb: memoryMb(family).now }
  } finally {
    await server.stop()
  }
}

async function untilReady(url: string, server: StartedProcess): Promise<void> {
  const deadline = performance.now() + 120_000
  for (;;) {
    const answer = await fetch(url).catch(() => null)
    await answer?.arrayBuffer()
    if (answer?.status === 200) return
    if (performance.now() > deadline) throw new Error(`the server was not ready in time:\n${server.output()}`)
    await sleep(10)
  }
}
