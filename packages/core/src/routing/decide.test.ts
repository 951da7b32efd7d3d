import { modelId, providerId, type ModelId, type Plan } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import {
  call,
  compiled,
  conditions,
  defaultRoute,
  ids,
  models,
  noNeeds,
  nowMs,
  ranked,
  route,
  routes,
  service,
} from '../clinic.test-support.ts'
import { decide } from './decide.ts'

const served = (plan: Plan): readonly ModelId[] => plan.candidates.map((candidate) => candidate.modelId)
const leftOut = (plan: Plan): readonly string[] =>
  plan.excluded.map(({ modelId: id, rule }) => `${id} ${rule}`)
const snapshot = compiled()

describe('which model serves', () => {
  test('a model that is named outright serves, and only the family rules stand behind it', () => {
    const plan = decide(snapshot, call(ids.sonnet), conditions())
    expect(plan).toMatchObject({
      reason: 'explicit',
      route: null,
      target: ids.sonnet,
      switchId: null,
      claim: null,
    })
    expect(served(plan)).toEqual([ids.sonnet, ids.haiku])
    expect(plan.candidates.map(({ step }) => step)).toEqual(['target', 'fallback'])
    expect(served(decide(snapshot, call(ids.gpt), conditions()))).toEqual([ids.gpt])
  })

  test('an alias to a model shadows a model id, and says so', () => {
    const steered = compiled({ aliases: [{ name: 'gpt-4o', target: ids.novaPro }] })
    const plan = decide(steered, call('gpt-4o'), conditions())
    expect(plan).toMatchObject({ requested: 'gpt-4o', reason: 'alias', target: ids.novaPro, route: null })
  })

  test('an alias may lead to a route, over other aliases and by a bare name', () => {
    const steered = compiled({
      aliases: [
        { name: 'assistant', target: 'doctor' },
        { name: 'doctor', target: 'use-case/clinical' },
        { name: 'bare', target: 'health' },
      ],
    })
    expect(decide(steered, call('assistant'), conditions())).toMatchObject({
      reason: 'use-case',
      route: { kind: 'use-case', name: 'clinical' },
      switchId: 'switch-of-clinical',
    })
    expect(decide(steered, call('bare'), conditions()).route).toEqual({ kind: 'use-case', name: 'health' })
  })

  test.each([
    ['use-case/clinical', 'use-case', ids.sonnet],
    ['clinical', 'use-case', ids.sonnet],
    ['agent/sql_agent', 'agent', ids.haiku],
    ['sql_agent', 'agent', ids.haiku],
    ['role/patient', 'role', ids.novaLite],
    ['default', 'default', ids.novaPro],
  ])('%s is decided by %s', (requested, reason, target) => {
    expect(decide(snapshot, call(requested), conditions())).toMatchObject({ reason, target })
  })

  test('a bare name yields to a model id', () => {
    const shadowed = compiled({ routes: routes(route('use-case', 'gpt-4o', { target: ids.novaLite })) })
    expect(decide(shadowed, call('gpt-4o'), conditions()).target).toBe(ids.gpt)
    expect(decide(shadowed, call('use-case/gpt-4o'), conditions()).target).toBe(ids.novaLite)
  })

  test('a use case without a target inherits the default, its list and its switch', () => {
    const plan = decide(snapshot, call('platform'), conditions())
    expect(plan).toMatchObject({
      reason: 'use-case',
      route: { kind: 'use-case', name: 'platform' },
      target: ids.novaPro,
      switchId: 'switch-of-default',
    })
    expect(served(plan)).toEqual([ids.novaPro, ids.sonnet, ids.novaLite])
  })
})

describe('headers', () => {
  test('the name in the request wins over every header', () => {
    const asked = call('use-case/health', { agent: 'sql_agent', useCase: 'clinical', role: 'patient' })
    expect(decide(snapshot, asked, conditions())).toMatchObject({ reason: 'use-case', target: ids.novaLite })
  })

  test('agent, then use case, then role, then assistant, where the request leaves the route open', () => {
    const all = { agent: 'sql_agent', useCase: 'clinical', role: 'patient', assistantType: 'platform' }
    expect(decide(snapshot, call('default', all), conditions())).toMatchObject({
      reason: 'agent',
      target: ids.haiku,
    })
    expect(decide(snapshot, call('default', { ...all, agent: null }), conditions()).target).toBe(ids.sonnet)
    const byRole = decide(snapshot, call('default', { ...all, agent: '', useCase: null }), conditions())
    expect(byRole).toMatchObject({ reason: 'role', route: { name: 'health' } })
    const byAssistant = decide(snapshot, call('default', { assistantType: 'clinical' }), conditions())
    expect(byAssistant).toMatchObject({ reason: 'use-case', route: { name: 'clinical' } })
  })

  test('a use case in the header holds a model that is named outright to its rules', () => {
    const strict = compiled({
      routes: routes(
        route('use-case', 'clinical', {
          target: ids.sonnet,
          residency: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
        }),
      ),
    })
    expect(served(decide(strict, call('gpt-4o'), conditions()))).toEqual([ids.gpt])
    const plan = decide(strict, call('gpt-4o', { useCase: 'clinical' }), conditions())
    expect(served(plan)).toEqual([])
    expect(leftOut(plan)).toEqual([`${ids.gpt} region-unknown`])
  })
})

describe('conversations and users', () => {
  const inConversation = call('clinical', { hasConversation: true })

  test('the conversation decides before the user, the user before the route', () => {
    const both = conditions({
      conversationTarget: ids.novaMicro,
      userTarget: ids.opus,
      conversationSwitchId: 's1',
    })
    expect(decide(snapshot, inConversation, both)).toMatchObject({
      reason: 'conversation',
      target: ids.novaMicro,
      switchId: 's1',
      claim: null,
    })
    const user = conditions({ userTarget: ids.opus, userSwitchId: 's2' })
    expect(decide(snapshot, inConversation, user)).toMatchObject({
      reason: 'user',
      target: ids.opus,
      switchId: 's2',
    })
  })

  test('neither touches a model that is named outright', () => {
    const both = conditions({ conversationTarget: ids.novaMicro, userTarget: ids.opus })
    const plan = decide(snapshot, call(ids.sonnet, { hasConversation: true }), both)
    expect(plan).toMatchObject({ reason: 'explicit', target: ids.sonnet, claim: null })
  })

  test('agents are not pinned, but a user keeps their model there', () => {
    const pinned = conditions({ conversationTarget: ids.novaMicro })
    const plan = decide(snapshot, call('sql_agent', { hasConversation: true }), pinned)
    expect(plan).toMatchObject({ reason: 'agent', target: ids.haiku, claim: null })
    const user = conditions({ userTarget: ids.opus })
    expect(decide(snapshot, call('sql_agent'), user)).toMatchObject({ reason: 'user', target: ids.opus })
  })

  test('a conversation without a pin claims the decided model for its use case', () => {
    expect(decide(snapshot, inConversation, conditions()).claim).toEqual({
      useCase: 'clinical',
      modelId: ids.sonnet,
    })
    expect(
      decide(snapshot, call('role/patient', { hasConversation: true }), conditions()).claim?.useCase,
    ).toBe('health')
    expect(decide(snapshot, call('default', { hasConversation: true }), conditions()).claim?.useCase).toBe(
      'default',
    )
  })

  test('what a fallback serves is not claimed', () => {
    const held = conditions({ openCircuits: new Set([`${ids.sonnet}@eu-central-1`]) })
    const plan = decide(snapshot, inConversation, held)
    expect(served(plan)[0]).toBe(ids.haiku)
    expect(plan.claim).toBeNull()
  })

  test('a pin whose model cannot serve leads to what the route has now', () => {
    const gone = decide(snapshot, inConversation, conditions({ conversationTarget: modelId('gone') }))
    expect(gone).toMatchObject({ reason: 'conversation', target: 'gone' })
    expect(leftOut(gone)).toContain('gone unknown-model')
    expect(gone.candidates[0]).toMatchObject({ modelId: ids.sonnet, step: 'fallback' })
  })

  test('behind a pin that serves stand its fallbacks, then what the route has now', () => {
    const plan = decide(snapshot, inConversation, conditions({ conversationTarget: ids.opus }))
    expect(served(plan)).toEqual([ids.opus, ids.sonnet, ids.haiku, ids.novaPro])
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
