import type { Bench, BenchOptions, BenchResult } from '../bench.ts'
import { requestBody } from '../requests/measure-turn.ts'
import { bareRelay } from '../side-by-side/bare-relay.ts'
import type { Contestant } from '../side-by-side/contestant.ts'
import { direct } from '../side-by-side/direct.ts'
import { nginxProxy } from '../side-by-side/nginx.ts'
import { pointsman, type PointsmanContestant } from '../side-by-side/pointsman.ts'
import { interleaved, roundsOf } from '../side-by-side/rounds.ts'
import { startStreamLoad, type StreamLoad, type StreamTurn } from './load.ts'
import { figuresOf, tableOf, type StreamMeasurement, type StreamScenario } from './tables.ts'

const scenarios: readonly StreamScenario[] = [
  { name: 'same dialect', kind: 'chunks', translated: false, streams: 200, perSecond: 20 },
  { name: 'OpenAI ← Converse', kind: 'chunks', translated: true, streams: 200, perSecond: 20 },
  { name: 'first byte, same dialect', kind: 'first byte', translated: false, streams: 1, perSecond: 0 },
  { name: 'first byte, OpenAI ← Converse', kind: 'first byte', translated: true, streams: 1, perSecond: 0 },
  { name: '1,000 streams, same dialect', kind: 'memory', translated: false, streams: 1_000, perSecond: 5 },
  {
    name: '1,000 streams, OpenAI ← Converse',
    kind: 'memory',
    translated: true,
    streams: 1_000,
    perSecond: 5,
  },
]

/** Of the short form: what CI has time for. */
const isShort = ({ kind, translated }: StreamScenario): boolean => kind === 'chunks' || !translated

/** A conversation of some length: a data plane holds it for as long as its stream runs. */
const requestBytes = 10_000

/** Streamed answers: what a gateway costs a chunk and the first byte, and what a thousand of them hold. */
export const streams: Bench = {
  name: 'streams',
  says: 'CPU a chunk, added delay, time to the first byte and memory of streamed answers beside nginx and a bare Node relay',
  run: async (options) => {
    const load = await startStreamLoad()
    const all: Contestant[] = []
    try {
      all.push(direct(load.url))
      all.push(await nginxProxy(load.url, { buffering: false }))
      all.push(await bareRelay(load.url))
      all.push(await pointsman({ name: 'Pointsman', upstreamUrl: load.url, durability: 'write' }))
      return await measure(all, load, options)
    } finally {
      await Promise.all(all.map((contestant) => contestant.stop()))
      await load.stop()
    }
  },
}

async function measure(
  all: readonly Contestant[],
  load: StreamLoad,
  { long, tell }: BenchOptions,
): Promise<BenchResult> {
  for (const scenario of scenarios.filter(({ kind }) => kind === 'chunks'))
    for (const contestant of all) await turnOf(load, contestant, { scenario, seconds: long ? 10 : 4 })
  tell('everybody is warm')
  const measured = new Map<StreamScenario, readonly StreamMeasurement[]>()
  for (const scenario of scenarios) {
    if (!long && !isShort(scenario)) continue
    const turns = await interleaved(all, roundsOf(long), (contestant) =>
      turnOf(load, contestant, { scenario, seconds: 2 }),
    )
    tell(scenario.name)
    measured.set(
      scenario,
      all.map((contestant, place) => ({ contestant, turns: turns[place] ?? [] })),
    )
  }
  return {
    measured: [],
    tables: [...measured].map(([scenario, rows]) => tableOf(scenario, rows)),
    figures: [...measured].flatMap(([scenario, rows]) => figuresOf(scenario, rows)),
    broken: [...measured].flatMap(([scenario, rows]) => failuresOf(scenario, rows)),
  }
}

interface TurnAsked {
  readonly scenario: StreamScenario
  readonly seconds: number
}

/** Who cannot translate is asked the same untranslated: its price is what the others' are held against. */
async function turnOf(
  load: StreamLoad,
  contestant: Contestant,
  { scenario, seconds }: TurnAsked,
): Promise<StreamTurn> {
  const { perSecond, streams: count, translated } = scenario
  const model = translated && isPointsman(contestant) ? contestant.converseModel : contestant.model
  const turn = await load.run({
    url: `${contestant.baseUrl}/chat/completions`,
    headers: contestant.headers,
    body: streamBody(model),
    ...{ streams: count, perSecond, seconds },
    pids: contestant.parts.map(({ pids }) => pids),
    memoryOf: contestant.parts[0]?.pids ?? [],
  })
  await contestant.settled()
  return turn
}

const streamBody = (model: string): string =>
  JSON.stringify({
    ...(JSON.parse(requestBody(model, requestBytes)) as object),
    stream: true,
    stream_options: { include_usage: true },
  })

const isPointsman = (contestant: Contestant): contestant is PointsmanContestant =>
  'converseModel' in contestant

const failuresOf = ({ name }: StreamScenario, rows: readonly StreamMeasurement[]): readonly string[] =>
  rows.flatMap(({ contestant, turns }) => {
    const failures = turns.reduce((sum, turn) => sum + turn.failures, 0)
    return failures === 0 ? [] : [`${contestant.name} failed ${failures} streams of "${name}"`]
  })
