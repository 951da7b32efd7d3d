import { expect, test } from 'vitest'
import { counting } from './testing/counting.ts'
import { onBothDatabases, type TestRegistry } from './testing/databases.ts'
import { newSonnet, novaLite, novaPro, route, testActor } from './testing/sample-registry.ts'
import { pageOfRoutes, routeSorts, type RoutePageQuestion } from './route-pages.ts'
import { upsertRoutes } from './routes.ts'

const everyOne = { kind: 'agent', search: '', sort: 'name', descending: false, limit: 100 } as const
type Asked = Partial<RoutePageQuestion>

async function names(registry: TestRegistry, asked: Asked = {}): Promise<readonly string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const page = await pageOfRoutes(registry.database(), { ...everyOne, ...asked, cursor })
    found.push(...page.data.map((row) => row.route.name))
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}

onBothDatabases('pages of routes', (registry) => {
  const agents = [
    route('b_inherits', { kind: 'agent' }),
    route('a_lite', { kind: 'agent', target: novaLite, candidates: [{ modelId: novaPro, weight: 2 }] }),
    route('d_sonnet', { kind: 'agent', target: newSonnet }),
    route('c_lite%', { kind: 'agent', target: novaLite }),
    route('e_picks', {
      ...{ kind: 'agent', strategy: 'weighted' },
      candidates: [
        { modelId: newSonnet, weight: 1 },
        { modelId: novaLite, weight: 9 },
      ],
    }),
  ]

  test('are the same in pages of any size, sorted by any of their columns, both ways', async () => {
    await registry
      .database()
      .transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
        upsertRoutes(transaction, agents),
      )
    const sorted: { readonly [Sort in RoutePageQuestion['sort']]: readonly string[] } = {
      name: ['a_lite', 'b_inherits', 'c_lite%', 'd_sonnet', 'e_picks'],
      model: ['a_lite', 'c_lite%', 'b_inherits', 'd_sonnet', 'e_picks'],
      modelName: ['a_lite', 'c_lite%', 'b_inherits', 'd_sonnet', 'e_picks'],
      provider: ['a_lite', 'b_inherits', 'c_lite%', 'd_sonnet', 'e_picks'],
      inherits: ['a_lite', 'c_lite%', 'd_sonnet', 'b_inherits', 'e_picks'],
    }
    for (const sort of routeSorts)
      for (const limit of [1, 2, 3, 100]) {
        expect(await names(registry, { sort, limit }), `${sort} by ${limit}`).toEqual(sorted[sort])
        expect(await names(registry, { sort, limit, descending: true })).toEqual(sorted[sort].toReversed())
      }
  })

  test('are searched by words of the name, the model that serves and its provider, as they are typed', async () => {
    for (const [search, expected] of [
      ['LITE', ['a_lite', 'c_lite%']],
      ['agent/', ['a_lite', 'b_inherits', 'c_lite%', 'd_sonnet', 'e_picks']],
      ['%', ['c_lite%']],
      ['c_', ['c_lite%']],
      ['nova pro', ['b_inherits']],
      ['bedrock Sonnet 4.5', ['d_sonnet', 'e_picks']],
      ['openai', []],
      ['use-case', []],
    ] as const)
      expect(await names(registry, { search }), search).toEqual(expected)
    expect(await names(registry, { name: 'c_lite%' })).toEqual(['c_lite%'])
    expect(await names(registry, { name: 'c_lite' })).toEqual([])
  })

  test('hold whole routes, of their kind alone', async () => {
    const { data } = await pageOfRoutes(registry.database(), { ...everyOne, limit: 1, cursor: null })
    expect(data).toEqual([{ route: agents[1], revision: expect.any(Number) as number }])
    const kinds = await names(registry, { kind: 'use-case' })
    expect(kinds).toEqual(['clinical', 'health', 'operations', 'platform'])
  })

  test('refuse a cursor of another list', async () => {
    const { nextCursor } = await pageOfRoutes(registry.database(), { ...everyOne, limit: 1, cursor: null })
    for (const cursor of [nextCursor, 'made up'])
      await expect(
        pageOfRoutes(registry.database(), { ...everyOne, sort: 'model', cursor }),
      ).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'cursor' } })
  })

  test('of thousands read no more rows than they show', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => route(`many-${index}`, { kind: 'agent' }))
    await registry
      .database()
      .transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
        upsertRoutes(transaction, many),
      )
    for (const asked of [{}, { sort: 'provider' }, { search: 'many-1 nova' }] as const) {
      const rowCounts: number[] = []
      const page = await pageOfRoutes(counting(registry.database(), rowCounts), {
        ...{ ...everyOne, ...asked, limit: 10, cursor: null },
      })
      expect([page.data.length, Math.max(...rowCounts)]).toEqual([10, 11])
    }
  })
})
