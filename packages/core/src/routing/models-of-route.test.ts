import { expect, test } from 'vitest'
import { call, compiled, conditions, ids, ranked, route, routes } from '../clinic.test-support.ts'
import { decide } from './decide.ts'
import { modelsOfRoute } from './models-of-route.ts'

const list = ranked(ids.sonnet, ids.haiku, ids.novaPro)
const own = [ids.novaPro]
const chances = [0, 0.4, 0.8]

test('a route leads to what its plans hold, and to nothing else', () => {
  for (const strategy of ['priority', 'weighted'] as const) {
    for (const target of [null, ids.haiku]) {
      for (const candidates of [[], list]) {
        for (const fallbacks of [null, [], own]) {
          const settings = { strategy, target, candidates, fallbacks }
          const world = compiled({ routes: routes(route('use-case', 'clinical', settings)) })
          const led = new Set(
            [...world.routes.values()]
              .filter(({ key }) => key === 'use-case/clinical')
              .flatMap((one) => modelsOfRoute(world, one)),
          )
          const planned = chances.flatMap((chance) =>
            decide(world, call('clinical'), conditions({ chance })).candidates.map(
              ({ modelId, namedId = modelId }) => namedId,
            ),
          )
          expect([...led], JSON.stringify(settings)).toEqual(expect.arrayContaining(planned))
        }
      }
    }
  }
})

test('one whose strategy picks leads to those it picks from, although it falls back to none', () => {
  const settings = { strategy: 'weighted', target: null, candidates: list, fallbacks: [] } as const
  const world = compiled({ routes: routes(route('use-case', 'clinical', settings)) })
  const compiledRoute = world.routes.get('use-case/clinical')
  expect(compiledRoute && modelsOfRoute(world, compiledRoute)).toEqual(
    expect.arrayContaining([ids.sonnet, ids.haiku, ids.novaPro]),
  )
  expect(
    new Set(chances.map((chance) => decide(world, call('clinical'), conditions({ chance })).target)).size,
  ).toBe(3)
})
