import type { Bench, BenchOptions, BenchResult, Table } from '../bench.ts'
import { bareRelay } from '../side-by-side/bare-relay.ts'
import type { Contestant } from '../side-by-side/contestant.ts'
import { direct } from '../side-by-side/direct.ts'
import { nginxProxy } from '../side-by-side/nginx.ts'
import { pointsman, type PointsmanContestant } from '../side-by-side/pointsman.ts'
import { portkey } from '../side-by-side/portkey.ts'
import { memoryMb } from '../side-by-side/processes.ts'
import { interleaved, roundsOf } from '../side-by-side/rounds.ts'
import { startUpstream } from '../side-by-side/upstream.ts'
import { measureTurn, type Turn } from './measure-turn.ts'
import {
  figuresOfScenario,
  scenarios,
  tableOfParts,
  tableOfScenario,
  type Measurement,
  type Scenario,
} from './scenarios.ts'

/** Whole answers: what a gateway costs a request, side by side with others. */
export const requests: Bench = {
  name: 'requests',
  says: 'CPU, throughput, latency and memory of whole answers beside nginx, a bare Node relay and (--long) Portkey',
  run: async (options) => {
    const upstream = await startUpstream()
    const all: Contestant[] = []
    try {
      for (const start of startersOf(upstream.url, options)) {
        const contestant = await start()
        if (contestant !== null) all.push(contestant)
      }
      return await measure(all, options)
    } finally {
      await Promise.all(all.map((contestant) => contestant.stop()))
      await upstream.stop()
    }
  },
}

type Starter = () => Promise<Contestant | null>

function startersOf(upstreamUrl: string, { long, tell }: BenchOptions): readonly Starter[] {
  const own = (name: string, durability: 'fsync' | 'write'): Starter => {
    return () => pointsman({ name, upstreamUrl, durability })
  }
  const usual: readonly Starter[] = [
    async () => direct(upstreamUrl),
    () => nginxProxy(upstreamUrl),
    () => bareRelay(upstreamUrl),
    own('Pointsman', 'write'),
  ]
  return long ? [...usual, own('Pointsman, durable', 'fsync'), () => portkey(upstreamUrl, tell)] : usual
}

/** Of the short form: what CI has time for. */
const inShort = new Set(['same dialect, 0.5 KB', 'OpenAI → Converse, signed, 0.5 KB'])

async function measure(all: readonly Contestant[], options: BenchOptions): Promise<BenchResult> {
  const { long, tell } = options
  const idle = all.map(memoryOf)
  // Each record of it is ingested before the next contestant's turn: in the short form that was a minute of two.
  await warmUp(all, long ? 12 : 3)
  tell('everybody is warm')
  const measured = new Map<Scenario, readonly Measurement[]>()
  const broken: string[] = []
  for (const scenario of scenarios) {
    if (!long && !inShort.has(scenario.name)) continue
    const taking = all.filter((contestant) => takesPart(contestant, scenario))
    const turns = await interleaved(taking, roundsOf(long), (contestant) =>
      turnOf(contestant, scenario, options),
    )
    tell(scenario.name)
    const rows = taking.map((contestant, place) => ({ contestant, turns: turns[place] ?? [] }))
    measured.set(scenario, rows)
    for (const { contestant, turns: own } of rows) {
      const failures = own.reduce((sum, turn) => sum + turn.failures, 0)
      if (failures > 0) broken.push(`${contestant.name} failed ${failures} requests of "${scenario.name}"`)
    }
  }
  const names = all.map(({ name }) => name).filter((name) => name.startsWith('Pointsman'))
  return {
    measured: [],
    tables: [
      ...[...measured].map(([scenario, rows]) => tableOfScenario(scenario, rows)),
      ...names.map((name) => tableOfParts(measured, name)),
      memoryTable(all, idle),
    ],
    figures: [...measured].flatMap(([scenario, rows]) => figuresOfScenario(scenario, rows)),
    broken,
  }
}

/** Who cannot translate is asked the same untranslated: its price is what the others' are held against. */
const takesPart = ({ name }: Contestant, { translated }: Scenario): boolean =>
  !translated || !name.startsWith('Portkey')

function turnOf(contestant: Contestant, scenario: Scenario, { long }: BenchOptions): Promise<Turn> {
  const { alone, bytes, connections, translated } = scenario
  const model = translated && isPointsman(contestant) ? contestant.converseModel : contestant.model
  return measureTurn(contestant, {
    model,
    bytes,
    seconds: 1,
    alone: alone && (long || !translated),
    ...(connections === undefined ? {} : { connections }),
  })
}

const isPointsman = (contestant: Contestant): contestant is PointsmanContestant =>
  'converseModel' in contestant

/** Until the compiler of a JavaScript engine has seen what comes: some 50,000 requests. */
async function warmUp(all: readonly Contestant[], seconds: number): Promise<void> {
  const asking = { bytes: 500, alone: false }
  for (const contestant of all) {
    if (contestant.parts.length === 0) continue
    const isOwn = isPointsman(contestant)
    await measureTurn(contestant, { ...asking, model: contestant.model, seconds: isOwn ? seconds : 2 })
    if (isOwn)
      await measureTurn(contestant, {
        ...asking,
        model: contestant.converseModel,
        seconds: Math.ceil(seconds / 2),
      })
  }
}

const memoryOf = ({ parts }: Contestant) => parts.map(({ pids }) => memoryMb(pids))

function memoryTable(all: readonly Contestant[], idle: readonly ReturnType<typeof memoryOf>[]): Table {
  return {
    title: 'Memory, MB',
    heads: ['CONTESTANT', 'PROCESS', 'idle', 'at most'],
    rows: all.flatMap((contestant, place) =>
      memoryOf(contestant).map(({ peak }, part) => [
        contestant.name,
        contestant.parts[part]?.name ?? '',
        Math.round(idle[place]?.[part]?.now ?? 0),
        Math.round(peak),
      ]),
    ),
  }
}
