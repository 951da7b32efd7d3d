import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import { removeFolder, root, startServer, type RunningServer } from '../../server.ts'
import { createRecorder, startVendor, type Recorder, type Vendor } from '../history/index.ts'

/** The real program between a recorder and all four vendors, with a chaos proxy before Bedrock alone. */
export interface StreamRig {
  readonly server: RunningServer
  readonly vendor: Vendor
  readonly chaos: ChaosProxy
  readonly recorder: Recorder
  close(): Promise<void>
}

export interface StreamRigOptions {
  readonly environment?: { readonly [name: string]: string }
  readonly latency?: { readonly firstTokenMs: number; readonly perTokenMs: number }
}

export async function startStreamRig(options: StreamRigOptions = {}): Promise<StreamRig> {
  const vendor = await startVendor(options.latency === undefined ? {} : { latency: options.latency })
  const chaos = await startChaosProxy({ target: { port: vendor.simulator.port } })
  const server = await startServer({
    command: 'serve',
    environment: {
      ...vendor.environment,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://${chaos.address}`,
      NODE_OPTIONS: `--import=${join(root, 'tests/faults/streams/watch-failures.mjs')}`,
      // Each fault is met by one call of one model: what is tested is what comes of it.
      POINTSMAN_RETRY_BUDGET_PERCENT: '0',
      POINTSMAN_BREAKER_FAILURES: '0',
      ...options.environment,
    },
  })
  const recorder = createRecorder()
  return {
    server,
    vendor,
    chaos,
    recorder,
    async close() {
      recorder.close()
      await server.kill('SIGTERM')
      await chaos.close()
      await vendor.close()
      await removeFolder(server.dataDir)
    },
  }
}

/** Descriptors that a process holds open. */
export const openFiles = async (pid: number): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length

/** Uncaught errors, unhandled rejections, and failures that no handler of ours caught. */
export const faultsIn = (output: string): readonly string[] =>
  output.split('\n').filter((line) => line.startsWith('FAULT') || line.includes('request_failed'))

/** Runs the tasks, so many at a time. */
export async function inTurn(tasks: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  const waiting = [...tasks]
  const runner = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task()
  }
  await Promise.all(Array.from({ length: atOnce }, runner))
}
