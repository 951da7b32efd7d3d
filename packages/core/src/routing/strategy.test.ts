import { modelId, type ModelId, type Plan } from '@pointsman/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { call, compiled, conditions, ids, noNeeds, ranked, route, routes } from '../clinic.test-support.ts'
import { chanceFromText } from './chance.ts'
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

  test('conversations share the models by weight; a weight of nothing never comes first, and still stands behind', () => {
    const drawn = [ids.novaPro, ids.novaLite, ids.novaMicro]
    const anyWeights = fc.tuple(...drawn.map(() => fc.constantFrom(0, 0, 1, 2, 5, 10)))
    fc.assert(
      fc.property(anyWeights, fc.nat({ max: 1_000_000 }), (weights, seed) => {
        const candidates = drawn.map((modelId, place) => ({ modelId, weight: weights[place] ?? 0 }))
        const weighted = health({ strategy: 'weighted', candidates })
        const conversations = 600
        const shares = new Map<ModelId, number>()
        for (let index = 0; index < conversations; index++) {
          const chance = chanceFromText(`conversation-${seed}-${index}`)
          const plan = decide(weighted, call('health'), conditions({ chance }))
          shares.set(plan.target, (shares.get(plan.target) ?? 0) + 1)
          // Whoever is picked, nobody is lost: the others stand behind.
          expect(new Set(served(plan))).toEqual(new Set(drawn))
        }
        const whole = weights.reduce<number>((sum, weight) => sum + weight, 0)
        for (const { modelId, weight } of candidates) {
          const got = shares.get(modelId) ?? 0
          const share = whole === 0 ? (modelId === drawn[0] ? 1 : 0) : weight / whole
          const bound = 5 * Math.sqrt(conversations * share * (1 - share))
          expect(Math.abs(got - conversations * share)).toBeLessThanOrEqual(bound)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('no attempt of any strategy leaves the allowed regions, and unknown ones are never tried', () => {
    const all = compiled().models
    const anyStrategy = fc.constantFrom('priority', 'weighted', 'least-latency', 'lowest-cost' as const)
    const someModels = fc.subarray([...all.keys()], { minLength: 1, maxLength: 8 })
    const someRegions = fc.subarray(
      ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3', 'us-east-1', 'us-west-2'],
      {
        minLength: 1,
      },
    )
    fc.assert(
      fc.property(anyStrategy, someModels, someRegions, (strategy, listed, residency) => {
        const candidates = listed.map((id) => ({ modelId: modelId(id), weight: 1 }))
        const resident = health({ strategy, candidates, residency, fallbacks: null })
        const { candidates: tried } = decide(resident, call('health'), conditions({ chance: 0.4 }))
        for (const { modelId: id, region } of tried) {
          const entry = resident.models.get(id)
          expect(residency).toContain(region)
          expect(entry?.kind).not.toBe('global-profile')
          const runsIn = entry?.destinationRegions ?? (entry?.kind === 'foundation-model' ? [region] : null)
          expect(runsIn?.every((place) => residency.includes(place))).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})
