import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compiled, home, ids, models, noNeeds, nowMs, ranked, route, routes } from '../clinic.test-support.ts'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { fallbackTarget } from './fallback-target.ts'
import { rank, type ModelHealth, type RankedCandidate, type RankingInput } from './rank.ts'

const snapshot = compiled()
const health = (changes: Partial<ModelHealth>): ModelHealth => ({
  requests: 100,
  errors: 0,
  throttled: 0,
  latencyMs: null,
  ...changes,
})

function ranking(
  useCase: string,
  changes: Partial<RankingInput> = {},
  from: CompiledSnapshot = snapshot,
): readonly RankedCandidate[] {
  const own = from.useCases.get(useCase)
  if (own === undefined) throw new Error(`no use case ${useCase}`)
  return rank(from, {
    route: own,
    objective: own.objective,
    health: new Map(),
    excluded: [],
    nowMs,
    homeRegion: home,
    needs: null,
    ...changes,
  })
}
const order = (list: readonly RankedCandidate[]): readonly string[] => list.map(({ model }) => model)

describe('rank', () => {
  test('clinical: the curated order, and what is past its end never passes', () => {
    const list = ranking('clinical')
    expect(order(list)).toEqual([ids.sonnet, ids.haiku, ids.novaPro, ids.sonnetEnded])
    expect(list.map(({ passed }) => passed)).toEqual([true, true, true, false])
    expect(list[0]).toMatchObject({ score: 100, reasons: ['place 1 of 4 in the curated order'] })
    expect(list[3]).toMatchObject({ score: 0 })
    expect(list[3]?.reasons[0]).toContain('past its end of life')
  })

  test('by cost the cheapest, by latency the fastest', () => {
    expect(order(ranking('health', { objective: 'cost' }))).toEqual([
      ids.novaMicro,
      ids.novaLite,
      ids.novaPro,
    ])
    const measured = new Map([
      [ids.novaLite, health({ latencyMs: 900 })],
      [ids.novaPro, health({ latencyMs: 300 })],
    ])
    expect(order(ranking('health', { objective: 'latency', health: measured }))).toEqual([
      ids.novaPro,
      ids.novaLite,
      ids.novaMicro,
    ])
  })

  test('without a known price a model stands behind those with one', () => {
    const unpriced = compiled({ prices: [] })
    expect(order(ranking('health', { objective: 'cost' }, unpriced))).toEqual([
      ids.novaLite,
      ids.novaMicro,
      ids.novaPro,
    ])
    expect(ranking('health', { objective: 'cost' }, unpriced)[0]?.reasons).toEqual(['its price is not known'])
  })

  test('recent 429s and errors lower a score; a single failure does not condemn', () => {
    const throttled = new Map([[ids.sonnet, health({ throttled: 60 })]])
    const list = ranking('clinical', { health: throttled })
    expect(list[0]?.model).toBe(ids.haiku)
    expect(list.find(({ model }) => model === ids.sonnet)?.reasons[1]).toContain('60 answers 429')
    const unlucky = new Map([[ids.sonnet, health({ requests: 1, errors: 1 })]])
    expect(ranking('clinical', { health: unlucky })[0]?.model).toBe(ids.sonnet)
  })

  test('excluded ids and failed gates do not pass, and say why', () => {
    const list = ranking('clinical', { excluded: [ids.sonnet] })
    expect(list[0]?.model).toBe(ids.haiku)
    expect(list.find(({ model }) => model === ids.sonnet)).toMatchObject({ passed: false, score: 0 })
    const images = ranking('health', { needs: { ...noNeeds, images: true } })
    expect(images.find(({ model }) => model === ids.novaMicro)?.reasons).toEqual([
      `${ids.novaMicro} does not support images`,
    ])
    const eu = compiled({
      routes: routes(
        route('use-case', 'clinical', {
          target: ids.gpt,
          candidates: ranked(ids.gpt, ids.novaPro),
          residency: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
        }),
      ),
    })
    expect(ranking('clinical', {}, eu).map(({ model, passed }) => [model, passed])).toEqual([
      [ids.novaPro, true],
      [ids.gpt, false],
    ])
  })

  test('a target outside the list stands last in it', () => {
    const outside = compiled({
      routes: routes(route('use-case', 'health', { target: ids.gpt, candidates: ranked(ids.novaLite) })),
    })
    expect(order(ranking('health', {}, outside))).toEqual([ids.novaLite, ids.gpt])
  })

  test('is stable: equal merit keeps the curated order, scores fall, nothing is lost', () => {
    const anyHealth = fc.option(
      fc.record({
        requests: fc.nat(50),
        errors: fc.nat(50),
        throttled: fc.nat(50),
        latencyMs: fc.option(fc.nat(2_000), { nil: null }),
      }),
      { nil: undefined },
    )
    const anyList = fc.uniqueArray(
      fc.constantFrom(...models.filter(({ enabled }) => enabled).map(({ id }) => id)),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(
        anyList,
        fc.constantFrom('curated', 'quality', 'cost', 'latency'),
        fc.array(anyHealth),
        (list, objective, healths) => {
          const from = compiled({
            routes: routes(
              route('use-case', 'health', { target: list[0] ?? null, candidates: ranked(...list) }),
            ),
          })
          const known = new Map(
            list.flatMap((id, index) => {
              const own = healths[index]
              return own === undefined ? [] : [[id, own] as const]
            }),
          )
          const result = ranking('health', { objective, health: known }, from)
          expect([...order(result)].sort()).toEqual([...list].sort())
          expect(ranking('health', { objective, health: known }, from)).toEqual(result)
          for (const [index, own] of result.entries()) {
            expect(own.score).toBeGreaterThanOrEqual(0)
            expect(own.score).toBeLessThanOrEqual(100)
            expect(own.reasons.length).toBeGreaterThan(0)
            const next = result[index + 1]
            if (next === undefined) continue
            if (!own.passed) expect(next.passed).toBe(false)
            expect(own.score).toBeGreaterThanOrEqual(next.score)
            const isTie = own.passed && next.passed && own.score === next.score
            if (isTie) expect(list.indexOf(own.model)).toBeLessThan(list.indexOf(next.model))
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('fallback-switch', () => {
  const target = (
    useCase: string,
    from = snapshot,
    serving = from.useCases.get(useCase)?.target ?? ids.gpt,
  ): ReturnType<typeof fallbackTarget> => {
    const own = from.useCases.get(useCase)
    if (own === undefined) throw new Error(`no use case ${useCase}`)
    return fallbackTarget(from, { route: own, from: serving, nowMs, homeRegion: home, needs: null })
  }

  test('moves to the first usable fallback', () => {
    expect(target('clinical').model).toBe(ids.haiku)
    expect(target('health').model).toBe(ids.novaMicro)
    expect(target('clinical', snapshot, ids.haiku).model).toBe(ids.sonnet)
  })

  test('tells what it passed by, and that there is none', () => {
    const off = compiled({
      models: models.map((own) => (own.id === ids.novaMicro ? { ...own, enabled: false } : own)),
    })
    expect(target('health', off)).toMatchObject({
      model: ids.novaPro,
      excluded: [{ modelId: ids.novaMicro, rule: 'disabled' }],
    })
    const none = compiled({
      routes: routes(route('use-case', 'health', { target: ids.novaLite, fallbacks: [] })),
    })
    expect(target('health', none)).toEqual({ model: null, excluded: [] })
  })
})
