import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../tools/free-port.ts'
import {
  api,
  cleanEnvironment,
  removeFolder,
  root,
  temporaryFolder,
  type RunningServer,
} from '../../tests/server.ts'
import type { Contestant, Part } from './contestant.ts'
import { cores, familyOf, moveTo, processorUs, startPinned, titleOf, waitForAnswer } from './processes.ts'

export interface PointsmanOptions {
  readonly name: string
  readonly upstreamUrl: string
  readonly durability: 'fsync' | 'write'
  /** Left out: the embedded database. */
  readonly databaseUrl?: string
  /** For Node itself, e.g. `--cpu-prof`; its processes inherit them. */
  readonly nodeArguments?: readonly string[]
  /** Left out: one. */
  readonly workers?: number
  /** Another checkout, to compare with. Left out: this one. */
  readonly checkout?: string
}

/** Pointsman with one worker, as an operator starts it, and what the benches ask it for. */
export interface PointsmanContestant extends Contestant {
  /** With the service key. */
  readonly server: RunningServer
  /** Asked for as a model: an agent whose model is OpenAI's. */
  readonly model: typeof agents.openai
  /** The same, of Bedrock's Converse. */
  readonly converseModel: typeof agents.converse
}

/** Routes, not models: the target is looked up, fallbacks are planned, the name in the body is replaced. */
const agents = { openai: 'agent/bench-openai', converse: 'agent/bench-converse' } as const
/** A megabyte of text is more than the context of most models: a refusal would be what is measured. */
const targets = { openai: 'gpt-4.1', converse: 'eu.amazon.nova-pro-v1:0' } as const
const serviceKey = 'the service key of the server that is measured'

export async function pointsman(options: PointsmanOptions): Promise<PointsmanContestant> {
  const dataDir = await temporaryFolder()
  const port = await freePort()
  const command = [
    process.execPath,
    ...(options.nodeArguments ?? []),
    'packages/pointsman/src/main.ts',
    'serve',
  ]
  const process_ = startPinned(
    [...command, '--workers', String(options.workers ?? 1), '--port', String(port), '--data-dir', dataDir],
    { core: cores.measured, cwd: options.checkout ?? root, environment: environmentOf(options) },
  )
  const stop = async (): Promise<void> => {
    await process_.stop()
    await removeFolder(dataDir)
  }
  try {
    const url = `http://127.0.0.1:${port}`
    await waitForAnswer(`${url}/readyz`, process_)
    const { output, pid } = process_
    const server = { url, key: serviceKey, dataDir, pid, output, kill: () => stop().then(() => 0) }
    const key = await prepare(server)
    const parts = partsOf(pid)
    // What ingest and its database do comes after the answers, and on the data plane's core would take its caches.
    for (const { name, pids } of parts) if (name !== 'data') moveTo(cores.load, pids)
    return {
      name: options.name,
      baseUrl: `${url}/v1`,
      headers: { authorization: `Bearer ${key}` },
      parts,
      model: agents.openai,
      converseModel: agents.converse,
      server,
      settled: () => settled(parts.filter(({ name }) => name === 'control').flatMap(({ pids }) => pids)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const environmentOf = ({ databaseUrl, durability, upstreamUrl }: PointsmanOptions): NodeJS.ProcessEnv =>
  cleanEnvironment({
    POINTSMAN_SERVICE_KEY: serviceKey,
    POINTSMAN_JOURNAL_DURABILITY: durability,
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
    OPENAI_API_KEY: 'sk-bench',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreamUrl,
    // Signed with a key of no account: Converse by SigV4, not by a bearer token.
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEOFBENCHES',
    AWS_SECRET_ACCESS_KEY: 'an example that opens nothing anywhere at all',
    ...(databaseUrl === undefined
      ? {}
      : { DATABASE_URL: databaseUrl, POINTSMAN_MASTER_KEY: 'a master key for benches, of 32 characters' }),
  })

/** The two agents and a key as an application has one: it may invoke, and nothing else. */
async function prepare(server: RunningServer): Promise<string> {
  for (const kind of ['openai', 'converse'] as const) {
    const body = { target: targets[kind] }
    const made = await api(server, `/api/v1/agents/${agents[kind].slice('agent/'.length)}`, {
      method: 'PUT',
      body,
    })
    if (made.status >= 300) throw new Error(`${agents[kind]} was not made: ${JSON.stringify(made.body)}`)
  }
  const made = await api<{ key: string }>(server, '/api/v1/keys', {
    body: { name: 'bench', scopes: ['invoke'] },
  })
  if (made.status !== 201) throw new Error(`no key was made: ${JSON.stringify(made.body)}`)
  return made.body.key
}

function partsOf(pid: number): readonly Part[] {
  const family = familyOf(pid)
  const titled = (title: string): readonly number[] => family.filter((member) => titleOf(member) === title)
  return [
    { name: 'data', pids: titled('pointsman-data') },
    { name: 'control', pids: titled('pointsman-control') },
    { name: 'host', pids: titled('pointsman-host') },
  ]
}

const lookEveryMs = 250
/** What a control plane does that has nothing to do: leases, polls, housekeeping. */
const quietUs = 0.06 * lookEveryMs * 1_000

/** Until the records of what was asked are in the registry: their price belongs to these requests, not to the next ones. */
async function settled(control: readonly number[], withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs
  // Ingest looks twice a second: one quiet look may lie between two of its batches.
  for (let quietLooks = 0; quietLooks < 4 && Date.now() < deadline;) {
    const before = processorUs(control)
    await sleep(lookEveryMs)
    quietLooks = processorUs(control) - before < quietUs ? quietLooks + 1 : 0
  }
}
