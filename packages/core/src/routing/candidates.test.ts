import { modelId, providerId, type Model, type ModelId, type Plan } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import {
  call,
  compiled,
  conditions,
  defaultRoute,
  home,
  ids,
  model,
  models,
  nowMs,
  ranked,
  route,
  routes,
  service,
} from '../clinic.test-support.ts'
import { decide } from './decide.ts'
import { judgeAgain } from './judge-again.ts'
import { resolve } from './resolve.ts'

const served = (plan: Plan): readonly ModelId[] => plan.candidates.map((candidate) => candidate.modelId)
const leftOut = (plan: Plan): readonly string[] =>
  plan.excluded.map(({ modelId: id, rule }) => `${id} ${rule}`)
const snapshot = compiled()

describe('what is not known of a model', () => {
  test('is tried where the caller named it, and nowhere else', () => {
    const unknown = models.map((entry) => ({
      ...entry,
      abilities: { ...entry.abilities, documents: null },
    }))
    const needs = { ...call('default').needs, documents: true }
    const world = compiled({ models: unknown })
    const named = decide(world, { ...call(ids.sonnet), needs }, conditions())
    expect(served(named)).toEqual([ids.sonnet])
    expect(named.candidates[0]?.warnings).toEqual([
      `it is not known whether ${ids.sonnet} supports documents`,
    ])
    expect(served(decide(world, { ...call('clinical'), needs }, conditions()))).toEqual([])
  })

  test('is not tried either where its fallback is asked about again', () => {
    const unknown = models.map((entry) => ({
      ...entry,
      abilities: { ...entry.abilities, documents: null },
    }))
    const world = compiled({ models: unknown })
    const asking = { ...call(ids.sonnet), needs: { ...call('default').needs, documents: true } }
    const asked = { call: asking, conditions: conditions(), snapshot: world }
    const [target] = decide(world, asking, conditions()).candidates
    if (target === undefined) throw new Error('nothing serves')
    const resolution = resolve(world, asking)
    expect(judgeAgain(target, resolution, asked)).toBeNull()
    expect(judgeAgain({ ...target, step: 'fallback' }, resolution, asked)?.rule).toBe('documents-unknown')
  })
})

describe('fallbacks', () => {
  test('the target, then the family rule, then the rest of the list that lives', () => {
    const plan = decide(snapshot, call('clinical'), conditions())
    expect(served(plan)).toEqual([ids.sonnet, ids.haiku, ids.novaPro])
    expect(leftOut(plan)).toEqual([`${ids.sonnetEnded} end-of-life`])
  })

  test('a chain of its own goes before the list; an empty one means no fallback', () => {
    const own = (fallbacks: readonly ModelId[]): Plan =>
      decide(
        compiled({
          routes: routes(
            route('use-case', 'clinical', {
              target: ids.sonnet,
              candidates: ranked(ids.sonnet, ids.haiku),
              fallbacks,
            }),
          ),
        }),
        call('clinical'),
        conditions(),
      )
    expect(served(own([ids.gpt, ids.sonnet]))).toEqual([ids.sonnet, ids.gpt, ids.haiku])
    expect(served(own([]))).toEqual([ids.sonnet])
  })

  test.each([
    [ids.opus, ids.sonnet],
    [ids.haiku, ids.sonnet],
    [ids.titan, ids.sonnet],
    [ids.llama, ids.sonnet],
    [ids.sonnetEnded, ids.haiku],
    [ids.sonnetDirect, ids.haikuDirect],
  ])('%s falls back to %s, the newest live member near home', (primary, fallback) => {
    expect(served(decide(snapshot, call(primary), conditions()))).toEqual([primary, fallback])
  })

  test('where the newest cannot serve, the next one does; a legacy one only when nothing else can', () => {
    const held = (...openCircuits: readonly string[]): readonly ModelId[] =>
      served(decide(snapshot, call(ids.opus), conditions({ openCircuits: new Set(openCircuits) })))
    const eu = `${ids.sonnet}@eu-central-1`
    expect(held(eu)).toEqual([ids.opus, ids.sonnetGlobal])
    expect(held(eu, `${ids.sonnetGlobal}@eu-central-1`, `${ids.sonnetUs}@us-east-1`)).toEqual([
      ids.opus,
      ids.sonnetDirect,
    ])
    const off = compiled({
      models: models.map((own) =>
        own.tier === 'sonnet' && own.id !== ids.sonnetOld && own.id !== ids.sonnetEnded
          ? { ...own, lifecycle: { status: 'eol', endsOn: null, replacement: null } }
          : own,
      ),
    })
    expect(served(decide(off, call(ids.opus), conditions()))).toEqual([ids.opus, ids.sonnetOld])
  })

  test('the newest of them, and nothing where all are past their end', () => {
    const sonnet5 = model('eu.anthropic.claude-sonnet-5', {
      family: 'claude',
      tier: 'sonnet',
      generation: 5,
      priority: 1,
    })
    const opus4 = models.filter(({ tier }) => tier !== 'sonnet')
    const newer = {
      ...sonnet5,
      id: modelId('eu.anthropic.claude-sonnet-6'),
      upstreamId: 'eu.anthropic.claude-sonnet-6',
      generation: 6,
      priority: 2,
    }
    const only = (...sonnets: readonly Model[]): Plan =>
      decide(
        compiled({
          models: [...opus4, ...sonnets],
          prices: [],
          routes: [defaultRoute({ candidates: [] })],
          roles: [],
        }),
        call(ids.opus),
        conditions(),
      )
    expect(served(only(sonnet5, newer))).toEqual([ids.opus, newer.id])
    expect(served(only(newer, sonnet5))).toEqual([ids.opus, newer.id])
    const ended = { ...sonnet5, lifecycle: { status: 'eol', endsOn: null, replacement: null } } as const
    expect(only(ended)).toMatchObject({ candidates: [{ modelId: ids.opus }], excluded: [] })
  })

  test('never past the end of life, not even on the day the catalogue still says active', () => {
    const ending = compiled({
      models: models.map((own) =>
        own.id === ids.haiku
          ? { ...own, lifecycle: { status: 'active', endsOn: '2026-11-21', replacement: null } }
          : own,
      ),
    })
    expect(served(decide(ending, call('clinical'), conditions()))).not.toContain(ids.haiku)
    expect(served(decide(ending, call('clinical'), conditions({ nowMs: nowMs - 1 })))).toContain(ids.haiku)
  })
})

describe('end of life', () => {
  test('named or set as target it serves under rule warn, and the warning names the replacement', () => {
    const plan = decide(snapshot, call(ids.sonnetEnded), conditions())
    expect(plan.candidates[0]?.modelId).toBe(ids.sonnetEnded)
    expect(plan.candidates[0]?.warnings.join()).toMatch(
      /past its end of life \(2026-07-30\).*eu\.anthropic\.claude-sonnet-5-5/,
    )
    const set = compiled({ routes: routes(route('use-case', 'clinical', { target: ids.sonnetEnded })) })
    expect(served(decide(set, call('clinical'), conditions()))).toEqual([ids.sonnetEnded, ids.haiku])
  })

  test('under rule block it does not', () => {
    const blocking = compiled({
      routes: routes(
        route('use-case', 'clinical', {
          target: ids.sonnetEnded,
          candidates: ranked(ids.haiku),
          lifecycleRule: 'block',
        }),
      ),
    })
    const plan = decide(blocking, call('clinical'), conditions())
    expect(served(plan)).toEqual([ids.haiku])
    expect(plan.excluded[0]).toMatchObject({
      modelId: ids.sonnetEnded,
      gate: 'available',
      rule: 'end-of-life',
    })
    const named = compiled({ routes: routes(defaultRoute({ lifecycleRule: 'block' })) })
    expect(leftOut(decide(named, call(ids.sonnetEnded), conditions()))).toEqual([
      `${ids.sonnetEnded} end-of-life`,
    ])
  })
})

describe('regions', () => {
  test('a base id that home serves only through a profile is called through it, and says so', () => {
    const plan = decide(snapshot, call(ids.novaProBase), conditions())
    expect(plan.target).toBe(ids.novaProBase)
    expect(plan.candidates).toMatchObject([{ modelId: ids.novaPro, region: 'eu-central-1', step: 'target' }])
    expect(plan.candidates[0]?.warnings.join()).toContain('only through the profile')
    const atItsHome = decide(snapshot, call(ids.novaProBase), conditions({ homeRegion: 'us-east-1' }))
    expect(atItsHome.candidates).toMatchObject([
      { modelId: ids.novaProBase, region: 'us-east-1', warnings: [] },
    ])
  })

  test('a profile that may run anywhere stands in only where nothing near serves the base id', () => {
    const base = model('vendor.m', {
      kind: 'foundation-model',
      sourceRegions: ['us-east-1'],
      destinationRegions: null,
    })
    const anywhere = model('global.vendor.m', {
      kind: 'global-profile',
      baseModelId: 'vendor.m',
      sourceRegions: [],
      destinationRegions: null,
    })
    const calledWith = (sourceRegions: readonly string[]): unknown =>
      decide(
        compiled({ models: [...models, { ...base, sourceRegions }, anywhere] }),
        call('vendor.m'),
        conditions(),
      ).candidates[0]
    expect(calledWith(['us-east-1'])).toMatchObject({ modelId: 'global.vendor.m', region: home })
    expect(calledWith(['us-east-1', 'eu-north-1'])).toMatchObject({
      modelId: 'vendor.m',
      region: 'eu-north-1',
    })
  })

  test('home, else the same geography, else the first; global without regions', () => {
    const regionOf = (requested: string, homeRegion: string): string | undefined =>
      decide(snapshot, call(requested), conditions({ homeRegion })).candidates[0]?.region
    expect(regionOf(ids.novaPro, 'eu-west-1')).toBe('eu-west-1')
    expect(regionOf(ids.novaPro, 'eu-south-1')).toBe('eu-central-1')
    expect(regionOf(ids.llama, 'eu-central-1')).toBe('us-east-1')
    expect(regionOf(ids.sonnetEnded, 'eu-central-1')).toBe('eu-central-1')
    expect(regionOf(ids.gpt, 'eu-central-1')).toBe('global')
  })

  test('the price is the calling region’s', () => {
    const priceAt = (homeRegion: string): string | null | undefined =>
      decide(snapshot, call(ids.novaPro), conditions({ homeRegion })).candidates[0]?.priceId
    expect(priceAt('eu-central-1')).toBe(`${ids.novaPro}@eu-central-1#0`)
    expect(priceAt('eu-north-1')).toBe(`${ids.novaPro}@eu-north-1#0`)
    expect(priceAt('eu-west-1')).toBeNull()
    expect(decide(snapshot, call(ids.gpt), conditions()).candidates[0]?.priceId).toBe(`${ids.gpt}@*#0`)
  })
})

describe('gates leave out, each with its reason', () => {
  test('a key limited to models, and one limited to routes', () => {
    const onlyLite = { ...service, models: [ids.novaLite] }
    const plan = decide(snapshot, call('health'), conditions({ principal: onlyLite }))
    expect(served(plan)).toEqual([ids.novaLite])
    expect(leftOut(plan)).toEqual([
      `${ids.novaMicro} model-not-permitted`,
      `${ids.novaPro} model-not-permitted`,
    ])
    const onlyHealth = conditions({ principal: { ...service, routes: ['use-case/health'] } })
    expect(served(decide(snapshot, call('role/patient'), onlyHealth))[0]).toBe(ids.novaLite)
    expect(served(decide(snapshot, call('clinical'), onlyHealth))).toEqual([])
    expect(leftOut(decide(snapshot, call(ids.novaLite), onlyHealth))).toEqual([
      `${ids.novaLite} route-required`,
    ])
  })

  test('a key that names the base id may use the profile that stands in for it', () => {
    const base = conditions({ principal: { ...service, models: [ids.novaProBase] } })
    expect(served(decide(snapshot, call(ids.novaProBase), base))).toEqual([ids.novaPro])
  })

  test('a provider without credentials or without an adapter', () => {
    const providers = new Map([
      [providerId('bedrock'), { ready: false, missing: 'AWS_BEARER_TOKEN_BEDROCK' } as const],
    ])
    const plan = decide(snapshot, call('health'), conditions({ providers }))
    expect(served(plan)).toEqual([])
    expect(plan.excluded[0]?.reason).toContain('set AWS_BEARER_TOKEN_BEDROCK')
    expect(leftOut(decide(snapshot, call(ids.gpt), conditions({ providers })))).toEqual([
      `${ids.gpt} no-adapter`,
    ])
  })

  test('a disabled target gives way to what stands behind it', () => {
    const off = compiled({
      models: models.map((own) => (own.id === ids.sonnet ? { ...own, enabled: false } : own)),
    })
    const plan = decide(off, call('clinical'), conditions())
    expect(plan.target).toBe(ids.sonnet)
    expect(served(plan)).toEqual([ids.haiku, ids.novaPro])
    expect(leftOut(plan)).toContain(`${ids.sonnet} disabled`)
  })
})
