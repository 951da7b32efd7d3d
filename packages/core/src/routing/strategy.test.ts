import type { ModelId, Plan } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { call, compiled, conditions, ids, noNeeds, ranked, route, routes } from '../clinic.test-support.ts'
import { decide } from './decide.ts'

const served = (plan: Plan): readonly ModelId[] => plan.candidates.map((candidate) => candidate.modelId)

describe('strategies', () => {
  const list = [
    { modelId: ids.novaPro, weight: 3 },
    { modelId: ids.novaLite, weight: 1 },
    { modelId: ids.sonnetEnded, weight: 96 },
  ]
  const health = (changes: Parameters<typeof route>[2]): ReturnType<typeof compiled> =>
    compiled({ routes: routes(route('use-case', 'health', { candidates: list, ...changes })) })

  test('weighted shares what lives by weight, the same for the same chance', () => {
    const weighted = health({ strategy: 'weighted' })
    const targets = Array.from(
      { length: 100 },
      (_, index) => decide(weighted, call('health'), conditions({ chance: index / 100 })).target,
    )
    expect(targets.filter((target) => target === ids.novaPro)).toHaveLength(75)
    expect(targets.filter((target) => target === ids.novaLite)).toHaveLength(25)
  })

  test('weighted picks the same while a circuit is open, and falls back from it', () => {
    const plan = decide(
      health({ strategy: 'weighted' }),
      call('health'),
      conditions({ openCircuits: new Set([`${ids.novaPro}@eu-central-1`]) }),
    )
    expect(plan.target).toBe(ids.novaPro)
    expect(served(plan)).toEqual([ids.novaLite])
  })

  test('lowest cost and least latency; a tie goes to the better rank', () => {
    expect(decide(health({ strategy: 'lowest-cost' }), call('health'), conditions()).target).toBe(
      ids.novaLite,
    )
    const least = health({ strategy: 'least-latency' })
    const at = (pro: number, lite: number): ModelId =>
      decide(
        least,
        call('health'),
        conditions({
          latencies: new Map([
            [`${ids.novaPro}@eu-central-1`, pro],
            [`${ids.novaLite}@eu-central-1`, lite],
          ]),
        }),
      ).target
    expect(at(300, 200)).toBe(ids.novaLite)
    expect(at(200, 200)).toBe(ids.novaPro)
  })

  test('a target that a switch set serves whatever the strategy; one set by hand does not stop it', () => {
    const switched = health({ strategy: 'lowest-cost', target: ids.novaPro, switchId: 's1' })
    expect(decide(switched, call('health'), conditions())).toMatchObject({
      target: ids.novaPro,
      switchId: 's1',
    })
    const configured = health({ strategy: 'lowest-cost', target: ids.novaPro })
    expect(decide(configured, call('health'), conditions())).toMatchObject({
      target: ids.novaLite,
      switchId: null,
    })
  })

  test('only those that can do what the request needs are picked', () => {
    const cheap = compiled({
      routes: routes(
        route('use-case', 'health', {
          strategy: 'lowest-cost',
          candidates: ranked(ids.novaPro, ids.novaMicro),
        }),
      ),
    })
    expect(decide(cheap, call('health'), conditions()).target).toBe(ids.novaMicro)
    const withImages = call('health', { needs: { ...noNeeds, images: true } })
    expect(decide(cheap, withImages, conditions()).target).toBe(ids.novaPro)
  })
})
