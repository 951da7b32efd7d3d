import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createDatabase, startPostgres } from '../../tools/postgres-for-tests.ts'
import { api, eventually, type RunningServer } from '../../tests/server.ts'
import type { Bench, BenchOptions, BenchResult, Measured } from '../bench.ts'
import { spanOf } from '../figures.ts'
import { fillRegistry } from './fill-registry.ts'
import { startFleet, type Fleet } from './fleet.ts'
import { rehearse, type Rehearsal } from './rehearse.ts'
import type { LoopLine } from './watch-loop.ts'

/** From a switch's commit to the first answers under it, to the acknowledgements, and what its swap costs a data plane. */
export const propagation: Bench = {
  name: 'propagation',
  says: 'how fast a switch is live on three hosts, with the seeded registry and (--large) with 100,000 entries in it',
  run: async (options) => {
    const postgres = await startPostgres()
    if (postgres === null)
      throw new Error('this bench needs the binaries of PostgreSQL 15 or newer, or DATABASE_URL')
    try {
      const results: BenchResult[] = []
      for (const setting of options.large ? [seeded, ...large] : [seeded])
        results.push(await measure(postgres.url, options, setting))
      return {
        measured: results.flatMap(({ measured }) => measured),
        broken: results.flatMap(({ broken }) => broken),
      }
    } finally {
      await postgres.stop()
    }
  },
}

interface Setting {
  readonly name: string
  readonly entries: number
  /** Of each host; 0 = both planes in one process. */
  readonly workers: number
  /** Of the propagation's p99. */
  readonly aimMs: number
}

const seeded: Setting = { name: 'seeded', entries: 0, workers: 0, aimMs: 50 }
const large: readonly Setting[] = [
  { name: '100,000 entries', entries: 100_000, workers: 0, aimMs: 100 },
  { name: '100,000, --workers 1', entries: 100_000, workers: 1, aimMs: 100 },
]
const replicas = 3
const loopAimMs = 10
/** Of a process that has just started: its first switches and requests run code that was never compiled. */
const coldMs = 2_000
/** 12 connections, a request each every 30 ms: 400 a second, and one at each host every 7.5 ms. */
const load = { connectionsPerReplica: 4, everyMs: 30 }
const short = { count: 300, perSecond: 30, withinMs: 30_000 }
const long = { count: 10_000, perSecond: 30 }
/** Until a registry that was just filled is everywhere. */
const filledWithinMs = 120_000

async function measure(serverUrl: string, options: BenchOptions, setting: Setting): Promise<BenchResult> {
  const database = await createDatabase(serverUrl)
  if (database === null) throw new Error('no database was made')
  const { url } = database
  const beganAt = performance.now()
  const said = (what: string): void =>
    options.tell(`${setting.name}: ${what} (${((performance.now() - beganAt) / 1_000).toFixed(1)} s)`)
  let fleet: Fleet | null = null
  try {
    fleet = await startFleet({
      databaseUrl: url,
      replicas,
      workers: setting.workers,
      watchLoops: true,
      ...(setting.entries === 0
        ? {}
        : {
            onRegistry: async (first) => {
              await fillRegistry(url, setting)
              said('registry filled')
              await allHold([first])
              said('served by the first host')
            },
          }),
    })
    said('hosts started')
    if (setting.entries > 0) await allHold(fleet.servers)
    const rehearsal = await rehearse(fleet, { databaseUrl: url, load, ...(options.long ? long : short) })
    said(`${rehearsal.switches.length} switches under ${rehearsal.answers.length} requests`)
    return { measured: await figures(fleet, rehearsal, setting), broken: rehearsal.broken }
  } finally {
    await fleet?.stop()
    await database.drop()
  }
}

/** Every host serves the newest revision. */
async function allHold(servers: readonly RunningServer[]): Promise<void> {
  for (const server of servers) {
    const model = await eventually(
      async () => (await api(server, '/model/bench-alias-1/converse', { body: question })).status,
      (status) => status === 200,
      filledWithinMs,
    )
    if (model !== 200)
      throw new Error(`${server.url} does not serve the filled registry:\n${server.output()}`)
  }
}

const question = { messages: [{ role: 'user', content: [{ text: 'Is it there?' }] }] }

async function figures(fleet: Fleet, rehearsal: Rehearsal, setting: Setting): Promise<readonly Measured[]> {
  const { name, aimMs } = setting
  const { audit, switches } = rehearsal
  const live = liveAfterMs(rehearsal)
  const acknowledged = switches.flatMap(({ revision }) => {
    const committed = audit.committedAtMs.get(revision)
    if (committed === undefined) return []
    return (audit.acknowledgedAtMs.get(revision) ?? []).map((at) => at - committed)
  })
  const loops = await loopLines(fleet, rehearsal)
  const onceWarmAtMs = rehearsal.startedAtMs + coldMs
  const warm = loops.filter(({ atMs }) => atMs >= onceWarmAtMs)
  const cold = loops.filter(({ atMs }) => atMs < onceWarmAtMs)
  return [
    spanOf(name, 'commit → first answer, each replica', live, { of: 'p99', below: aimMs }),
    spanOf(name, 'commit → acknowledgement', acknowledged, { of: 'p99', below: aimMs }),
    spanOf(
      name,
      'answer of the switch request',
      switches.map(({ answerMs }) => answerMs),
    ),
    spanOf(
      name,
      'answer of a model request',
      rehearsal.answers.map(({ answeredAtMs, sentAtMs }) => answeredAtMs - sentAtMs),
    ),
    ...pausesOf(name, 'a data plane', warm.filter(servesRequests(setting)), { of: 'max', below: loopAimMs }),
    ...pausesOf(name, 'a data plane, just started', cold.filter(servesRequests(setting))),
    ...(setting.workers === 0
      ? []
      : [
          ...pausesOf(name, 'a control plane', warm.filter(isControl)),
          ...pausesOf(name, 'a control plane, just started', cold.filter(isControl)),
        ]),
  ]
}

const isControl = ({ title }: LoopLine): boolean => title === 'pointsman-control'

const servesRequests =
  ({ workers }: Setting) =>
  ({ title }: LoopLine): boolean =>
    workers === 0 || title === 'pointsman-data'

const pausesOf = (
  name: string,
  whose: string,
  loops: readonly LoopLine[],
  aim: Measured['aim'] = null,
): readonly Measured[] => [
  spanOf(
    name,
    `pause of ${whose}'s loop (processor time)`,
    loops.map(({ processorMs }) => processorMs),
    aim,
  ),
  spanOf(
    name,
    `pause of ${whose}'s loop (clock)`,
    loops.map(({ clockMs }) => clockMs),
  ),
]

/** Of each switch and replica: from the commit to the first answer that names its revision or a later one. */
function liveAfterMs({ answers, audit, switches }: Rehearsal): readonly number[] {
  const byReplica = [...Map.groupBy(answers, ({ replica }) => replica).values()].map((of) =>
    [...of].sort((a, b) => a.answeredAtMs - b.answeredAtMs),
  )
  const inOrder = [...switches].sort((a, b) => a.revision - b.revision)
  return byReplica.flatMap((of) => {
    let at = 0
    return inOrder.flatMap(({ revision }) => {
      while (at < of.length && (of[at]?.revision ?? 0) < revision) at++
      const first = of[at]
      const committed = audit.committedAtMs.get(revision)
      return first === undefined || committed === undefined ? [] : [first.answeredAtMs - committed]
    })
  })
}

/** What the hosts wrote of their loops while switches were made. */
async function loopLines(fleet: Fleet, { endedAtMs, startedAtMs }: Rehearsal): Promise<readonly LoopLine[]> {
  const { loopFolder } = fleet
  if (loopFolder === null) return []
  const texts = await Promise.all(
    (await readdir(loopFolder)).map((name) => readFile(join(loopFolder, name), 'utf8')),
  )
  return texts
    .flatMap((text) => text.split('\n').filter((line) => line.endsWith('}')))
    .map((line) => JSON.parse(line) as LoopLine)
    .filter(({ atMs }) => atMs >= startedAtMs && atMs <= endedAtMs)
}
