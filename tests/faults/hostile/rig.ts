import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import catalogue from '../../../catalogue/models.json' with { type: 'json' }
import { removeFolder, root, startServer, type RunningServer } from '../../server.ts'

export const model = 'eu.amazon.nova-lite-v1:0'

/** The real program before a simulator of this process, whose ledger says what reached the vendor. */
export interface HostileRig {
  readonly server: RunningServer
  readonly simulator: Simulator
  readonly port: number
  close(): Promise<void>
}

export async function startRig(
  environment: { readonly [name: string]: string } = {},
  latency = { firstTokenMs: 1, perTokenMs: 0 },
): Promise<HostileRig> {
  const simulator = await startSimulator({ models: catalogue.models as readonly SimulatedModel[], latency })
  const server = await startServer({
    command: 'serve',
    environment: {
      AWS_BEARER_TOKEN_BEDROCK: 'any',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
      NODE_OPTIONS: `--import=${join(root, 'tests/faults/hostile/watch-prototypes.mjs')}`,
      ...environment,
    },
  })
  return {
    server,
    simulator,
    port: Number(new URL(server.url).port),
    async close() {
      await server.kill('SIGTERM')
      await simulator.close()
      await removeFolder(server.dataDir)
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly tookMs: number
}

export async function chat(rig: HostileRig, changed: RequestInit = {}): Promise<Answer> {
  const begun = performance.now()
  const response = await fetch(`${rig.server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.server.key}`, 'content-type': 'application/json' },
    body: chatBody,
    ...changed,
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, tookMs: performance.now() - begun }
}

export const chatBody = JSON.stringify({ model, max_tokens: 8, messages: [{ role: 'user', content: 'Hi' }] })

/** Resident memory of a process and of no other, in bytes. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 'NaN') * 1_024
}

/** True as long as the process that was started is the one that serves. */
export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
