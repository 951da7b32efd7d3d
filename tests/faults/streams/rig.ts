import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import { createRecorder, startVendor, type Recorder, type VendorOptions } from '../history/index.ts'
import { rigBefore, type Rig } from '../rig.ts'

/** The rig between a recorder and all four vendors, with a chaos proxy before Bedrock alone. */
export interface StreamRig extends Rig {
  readonly chaos: ChaosProxy
  readonly recorder: Recorder
}

export interface StreamRigOptions extends Pick<VendorOptions, 'latency'> {
  readonly environment?: { readonly [name: string]: string }
}

export async function startStreamRig({ environment, ...options }: StreamRigOptions = {}): Promise<StreamRig> {
  const vendor = await startVendor(options)
  const chaos = await startChaosProxy({ target: { port: vendor.simulator.port } })
  const rig = await rigBefore(vendor, {
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://${chaos.address}`,
    // Each fault is met by one call of one model: what is tested is what comes of it.
    POINTSMAN_RETRY_BUDGET_PERCENT: '0',
    POINTSMAN_BREAKER_FAILURES: '0',
    ...environment,
  })
  const recorder = createRecorder()
  return {
    ...rig,
    chaos,
    recorder,
    async close() {
      recorder.close()
      await rig.close()
      await chaos.close()
    },
  }
}

/**
 * Descriptors that a process holds open, but for those of the embedded database: PostgreSQL keeps the tables open that it
 * has read, up to a bound of its own, and reads more of them the longer it runs.
 */
export async function openFiles(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fd`
  const targets = await Promise.all(
    // One that was closed since the folder was read leads nowhere.
    (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => null)),
  )
  return targets.filter((target) => target !== null && !target.includes('/database/')).length
}

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
