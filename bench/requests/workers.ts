import type { Bench, BenchOptions, BenchResult } from '../bench.ts'
import { pointsman, type PointsmanContestant } from '../side-by-side/pointsman.ts'
import { interleaved, ratioOf, roundsOf, spreadOf } from '../side-by-side/rounds.ts'
import { startUpstream } from '../side-by-side/upstream.ts'
import { measureTurn, type Turn } from './measure-turn.ts'

/**
 * Two workers and one, beside each other on the same core: where none of them waits for the other, a request costs the same
 * and a second core carries as much as the first.
 */
export const workers: Bench = {
  name: 'workers',
  says: 'CPU of a request with two workers beside one',
  run: async (options) => {
    const upstream = await startUpstream()
    const opened: PointsmanContestant[] = []
    try {
      for (const count of [1, 2]) {
        const name = count === 1 ? 'one worker' : 'two workers'
        opened.push(await pointsman({ name, upstreamUrl: upstream.url, durability: 'write', workers: count }))
      }
      return await measure(opened, options)
    } finally {
      await Promise.all(opened.map((contestant) => contestant.stop()))
      await upstream.stop()
    }
  },
}

async function measure(
  all: readonly PointsmanContestant[],
  { long, tell }: BenchOptions,
): Promise<BenchResult> {
  const turnOf = (contestant: PointsmanContestant, seconds: number): Promise<Turn> =>
    measureTurn(contestant, { model: contestant.model, bytes: 500, seconds, alone: false })
  // Each of two compiles for itself.
  for (const [place, contestant] of all.entries()) await turnOf(contestant, (long ? 12 : 6) * (place + 1))
  tell('both are warm')
  const turns = await interleaved(all, roundsOf(long), (contestant) => turnOf(contestant, 1))
  const costs = turns.map((of) => of.map(({ processorUs: [us = 0] }) => us))
  const ratio = ratioOf(costs[1] ?? [], costs[0] ?? [])
  return {
    measured: [],
    tables: [
      {
        title: 'A request by the number of workers, on one core',
        heads: ['WORKERS', 'CPU µs/request', 'requests/s'],
        rows: all.map(({ name }, place) => [
          name,
          Number(spreadOf(costs[place] ?? []).median.toFixed(1)),
          Math.round(spreadOf((turns[place] ?? []).map(({ perSecond }) => perSecond)).median),
        ]),
      },
    ],
    figures: [
      {
        name: 'CPU of a request, two workers against one',
        value: ratio.median,
        spread: [ratio.least, ratio.most],
        unit: '×',
        // Twice as much work by a factor of 1.8, and of 1.95.
        ...{ bar: 2 / 1.8, aim: 2 / 1.95 },
        isKept: true,
      },
    ],
    broken: turns.flat().some(({ failures }) => failures > 0) ? ['requests failed'] : [],
  }
}
