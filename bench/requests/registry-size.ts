import { createDatabase, startPostgres } from '../../tools/postgres-for-tests.ts'
import { api, eventually } from '../../tests/server.ts'
import type { Bench, BenchOptions, BenchResult } from '../bench.ts'
import { fillRegistry } from '../propagation/fill-registry.ts'
import { pointsman, type PointsmanContestant } from '../side-by-side/pointsman.ts'
import { interleaved, roundsOf, ratioOf, spreadOf } from '../side-by-side/rounds.ts'
import { startUpstream } from '../side-by-side/upstream.ts'
import { measureTurn, type Turn } from './measure-turn.ts'

/** The same request with the seeded registry and with a large one, beside each other. */
export const registrySize: Bench = {
  name: 'registry-size',
  says: 'CPU of a request with 100,000 models, agents, keys and aliases in the registry, beside the seeded one',
  run: async (options) => {
    const postgres = await startPostgres()
    if (postgres === null)
      throw new Error('this bench needs the binaries of PostgreSQL 15 or newer, or DATABASE_URL')
    const upstream = await startUpstream()
    const opened: Opened[] = []
    try {
      for (const entries of [0, 100_000])
        opened.push(await open(postgres.url, upstream.url, { entries, tell: options.tell }))
      return await measure(opened, options)
    } finally {
      await Promise.all(opened.map(({ contestant }) => contestant.stop()))
      await Promise.all(opened.map(({ drop }) => drop()))
      await upstream.stop()
      await postgres.stop()
    }
  },
}

interface Opened {
  readonly contestant: PointsmanContestant
  readonly drop: () => Promise<void>
}

interface Size {
  readonly entries: number
  readonly tell: BenchOptions['tell']
}

async function open(postgresUrl: string, upstreamUrl: string, { entries, tell }: Size): Promise<Opened> {
  const database = await createDatabase(postgresUrl)
  if (database === null) throw new Error('no database was made')
  const drop = (): Promise<void> => database.drop()
  const name = entries === 0 ? 'seeded' : `${entries} entries`
  const contestant = await pointsman({
    ...{ name, upstreamUrl, durability: 'write' },
    databaseUrl: database.url,
  })
  if (entries > 0) {
    await fillRegistry(database.url, { entries })
    tell('the registry is filled')
    await served(contestant)
    tell('and served')
  }
  return { contestant, drop }
}

/** The data plane has what was added. */
async function served({ server }: PointsmanContestant): Promise<void> {
  const body = { messages: [{ role: 'user', content: [{ text: 'Is it there?' }] }] }
  const status = await eventually(
    async () => (await api(server, '/model/bench-alias-1/converse', { body })).status,
    (answered) => answered === 200,
    180_000,
  )
  if (status !== 200) throw new Error(`the filled registry is not served:\n${server.output()}`)
}

async function measure(opened: readonly Opened[], { long, tell }: BenchOptions): Promise<BenchResult> {
  const all = opened.map(({ contestant }) => contestant)
  const turnOf = (contestant: PointsmanContestant, seconds: number): Promise<Turn> =>
    measureTurn(contestant, { model: contestant.model, bytes: 500, seconds, alone: false })
  for (const contestant of all) await turnOf(contestant, long ? 30 : 6)
  tell('both are warm')
  const turns = await interleaved(all, roundsOf(long), (contestant) => turnOf(contestant, 2))
  const costs = turns.map((of) => of.map(({ processorUs: [us = 0] }) => us))
  const ratio = ratioOf(costs[1] ?? [], costs[0] ?? [])
  return {
    measured: [],
    tables: [
      {
        title: 'A request by the size of the registry',
        heads: ['REGISTRY', 'CPU µs/request', 'requests/s'],
        rows: all.map(({ name }, place) => [
          name,
          Number(spreadOf(costs[place] ?? []).median.toFixed(1)),
          Math.round(spreadOf((turns[place] ?? []).map(({ perSecond }) => perSecond)).median),
        ]),
      },
    ],
    figures: [
      {
        name: 'CPU of a request, 100,000 entries against the seeded registry',
        value: ratio.median,
        spread: [ratio.least, ratio.most],
        unit: '×',
        bar: 1.1,
        aim: 1,
        isKept: true,
      },
    ],
    broken: turns.flat().some(({ failures }) => failures > 0) ? ['requests failed'] : [],
  }
}
