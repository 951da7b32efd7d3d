import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { removeFolder, startServer, temporaryFolder, type RunningServer } from '../../tests/server.ts'

/** Several hosts on one PostgreSQL, each a process of its own with a data folder of its own, before a simulated Bedrock. */
export interface Fleet {
  readonly servers: readonly RunningServer[]
  readonly simulator: Simulator
  readonly serviceKey: string
  /** Where each process writes how long its loop was held up; null = it was not asked to. */
  readonly loopFolder: string | null
  stop(): Promise<void>
}

export interface FleetOptions {
  readonly databaseUrl: string
  readonly replicas: number
  /** Data planes a host, in processes of their own; absent = one, in one process with the control plane. */
  readonly workers?: number
  readonly watchLoops: boolean
  /** Once the first host has made the registry, before the others start. */
  readonly onRegistry?: (first: RunningServer) => Promise<void>
}

const secrets = {
  POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
  POINTSMAN_SERVICE_KEY: 'the service key of all these hosts',
}
const vendorToken = 'a-token-of-the-simulator'
const watch = fileURLToPath(new URL('watch-loop.ts', import.meta.url))

/** The simulator runs in this process and answers at once: what is measured is the hosts' own time. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const simulator = await startSimulator({
    models: catalogue.models as readonly SimulatedModel[],
    credentials: { bearerTokens: [vendorToken] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
  const loopFolder = options.watchLoops ? await mkdtemp(join(tmpdir(), 'pointsman-loops-')) : null
  const environment = {
    ...secrets,
    DATABASE_URL: options.databaseUrl,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
    AWS_BEARER_TOKEN_BEDROCK: vendorToken,
    POINTSMAN_WORKERS: String(options.workers ?? 0),
    // The journal's own price is another bench's.
    POINTSMAN_JOURNAL_DURABILITY: 'write',
    ...(loopFolder === null
      ? {}
      : { NODE_OPTIONS: `--import=${pathToFileURL(watch).href}`, POINTSMAN_WATCH_LOOP: loopFolder }),
  }
  const servers: RunningServer[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.kill('SIGTERM')))
    await simulator.close()
    const folders = [...servers.map(({ dataDir }) => dataDir), ...(loopFolder === null ? [] : [loopFolder])]
    await Promise.all(folders.map(removeFolder))
  }
  const start = async (): Promise<RunningServer> =>
    startServer({ command: 'serve', dataDir: await temporaryFolder(), environment })
  try {
    const first = await start()
    servers.push(first)
    await options.onRegistry?.(first)
    const others = Array.from({ length: options.replicas - 1 }, start)
    for (const other of await Promise.allSettled(others)) {
      if (other.status === 'rejected') throw other.reason
      servers.push(other.value)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { servers, simulator, serviceKey: secrets.POINTSMAN_SERVICE_KEY, loopFolder, stop }
}
