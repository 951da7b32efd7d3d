import {
  providerId,
  type Candidate,
  type ModelId,
  type Needs,
  type Plan,
  type Principal,
  type Route,
} from '@pointsman/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allAbilities,
  compiled,
  conditions,
  defaultRoute,
  familyRules,
  home,
  model,
  noNeeds,
  nowMs,
  ranked,
  route,
  service,
} from '../clinic.test-support.ts'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { checkCapable } from '../gates/capable.ts'
import { lifecycleStatusAt } from '../gates/lifecycle.ts'
import { checkResident } from '../gates/resident.ts'
import { decide } from './decide.ts'
import { judgeAgain } from './judge-again.ts'
import { callingRegion } from './region.ts'
import { resolve } from './resolve.ts'
import type { Conditions, RoutingCall } from './routing-call.ts'

/** Random small worlds: catalogue, routes, call, conditions. What must hold in all of them stands below. */

const regions = ['eu-central-1', 'eu-west-1', 'us-east-1']
const someRegions = fc.option(fc.subarray(regions), { nil: null })
const ability = fc.constantFrom(true, true, false, null)

const anyModel = (index: number): fc.Arbitrary<ReturnType<typeof model>> =>
  fc
    .record({
      kind: fc.constantFrom('direct', 'foundation-model', 'geo-profile', 'global-profile'),
      base: fc.constantFrom(null, 'm0', 'm1'),
      tier: fc.constantFrom('opus', 'sonnet', 'haiku'),
      generation: fc.integer({ min: 1, max: 5 }),
      tools: ability,
      images: ability,
      streaming: ability,
      sourceRegions: someRegions,
      destinationRegions: someRegions,
      status: fc.constantFrom('active', 'active', 'preview', 'legacy', 'eol'),
      enabled: fc.boolean(),
      provider: fc.constantFrom('bedrock', 'bedrock', 'openai', 'nobody'),
    })
    .map(({ kind, base, tools, images, streaming, status, provider, ...rest }) =>
      model(`m${index}`, {
        ...rest,
        kind,
        baseModelId: kind.endsWith('profile') ? base : null,
        family: 'claude',
        abilities: { ...allAbilities, tools, images, streaming },
        lifecycle: { status, endsOn: null, replacement: null },
        provider: providerId(provider),
        contextTokens: 1_000,
      }),
    )

interface World {
  readonly snapshot: CompiledSnapshot
  readonly call: RoutingCall
  readonly conditions: Conditions
}

const anyNeeds: fc.Arbitrary<Needs> = fc
  .record({
    tools: fc.boolean(),
    images: fc.boolean(),
    streaming: fc.boolean(),
    inputTokensEstimate: fc.nat(3_000),
  })
  .map((some) => ({ ...noNeeds, ...some }))

const anyWorld: fc.Arbitrary<World> = fc
  .tuple(...Array.from({ length: 7 }, (_, index) => anyModel(index)))
  .chain((drawn) => {
    // The default's target is on, or no route of it would compile.
    const models = drawn.map((own, index) => (index === 0 ? { ...own, enabled: true } : own))
    const anyId = fc.constantFrom<ModelId>(...models.map(({ id }) => id))
    const anyList = fc.uniqueArray(anyId, { maxLength: 5 })
    const anyRoute: fc.Arbitrary<Partial<Route>> = fc.record({
      target: fc.option(anyId, { nil: null }),
      candidates: anyList.map((list) =>
        ranked(
          ...list,
          ...(list.some((id) => id === 'm0') ? [] : [models[0]?.id ?? list[0] ?? ('m0' as ModelId)]),
        ),
      ),
      fallbacks: fc.option(anyList, { nil: null }),
      strategy: fc.constantFrom('priority', 'weighted', 'least-latency', 'lowest-cost'),
      residency: fc.option(fc.subarray(regions, { minLength: 1 }), { nil: null }),
      lifecycleRule: fc.constantFrom('warn', 'block'),
      switchId: fc.constantFrom(null, 's1'),
    })
    const anyPrincipal: fc.Arbitrary<Principal> = fc
      .record({
        routes: fc.option(fc.subarray(['default', 'use-case/a', 'agent/b']), { nil: null }),
        models: fc.option(anyList, { nil: null }),
      })
      .map((limits) => ({ ...service, ...limits }))
    return fc
      .record({
        useCase: anyRoute,
        agent: anyRoute,
        requested: fc.constantFrom(
          'default',
          'use-case/a',
          'a',
          'agent/b',
          'role/r',
          'alias',
          'm1',
          'm2',
          'm3',
        ),
        headers: fc.record({ agent: fc.constantFrom(null, 'b'), useCase: fc.constantFrom(null, 'a') }),
        hasConversation: fc.boolean(),
        needs: anyNeeds,
        chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        conversationTarget: fc.option(anyId, { nil: null }),
        userTarget: fc.option(anyId, { nil: null }),
        openCircuits: fc.subarray(models.flatMap(({ id }) => regions.map((region) => `${id}@${region}`))),
        isReady: fc.boolean(),
        principal: anyPrincipal,
      })
      .map((drawnCall) => ({
        snapshot: compiled({
          models,
          prices: [],
          routes: [
            defaultRoute({ target: models[0]?.id ?? null, candidates: [] }),
            route('use-case', 'a', drawnCall.useCase),
            route('agent', 'b', drawnCall.agent),
          ],
          roles: [{ name: 'r', useCase: 'a' }],
          aliases: [{ name: 'alias', target: 'm4' }],
          'fallback-rules': familyRules,
        }),
        call: {
          requested: drawnCall.requested,
          ...drawnCall.headers,
          hasConversation: drawnCall.hasConversation,
          needs: drawnCall.needs,
        },
        conditions: conditions({
          chance: drawnCall.chance,
          conversationTarget: drawnCall.conversationTarget,
          userTarget: drawnCall.userTarget,
          openCircuits: new Set(drawnCall.openCircuits),
          principal: drawnCall.principal,
          providers: new Map([
            [providerId('bedrock'), { ready: true }],
            [
              providerId('openai'),
              drawnCall.isReady ? { ready: true } : { ready: false, missing: 'OPENAI_API_KEY' },
            ],
          ]),
        }),
      }))
  })

const rulesOf = (world: World, plan: Plan): CompiledSnapshot['defaultRoute'] => {
  const { snapshot } = world
  if (plan.route !== null)
    return (
      snapshot.routes.get(
        plan.route.kind === 'default' ? 'default' : `${plan.route.kind}/${plan.route.name}`,
      ) ?? snapshot.defaultRoute
    )
  if (world.call.agent != null) return snapshot.agents.get(world.call.agent) ?? snapshot.defaultRoute
  if (world.call.useCase != null) return snapshot.useCases.get(world.call.useCase) ?? snapshot.defaultRoute
  return snapshot.defaultRoute
}

const forAll = (holds: (world: World, plan: Plan) => void, seed?: number): void => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      holds(world, decide(world.snapshot, world.call, world.conditions))
    }),
    seed === undefined ? { numRuns: 400 } : { numRuns: 400, seed },
  )
}

test('no candidate violates a gate', () => {
  forAll((world, plan) => {
    const rules = rulesOf(world, plan)
    const { principal, openCircuits, providers } = world.conditions
    for (const candidate of plan.candidates) {
      const entry = world.snapshot.models.get(candidate.modelId)
      if (entry === undefined) throw new Error(`${candidate.modelId} is not in the catalogue`)
      expect(entry.enabled).toBe(true)
      const isEnded = lifecycleStatusAt(entry, nowMs) === 'eol'
      if (isEnded) expect(rules.lifecycleRule).toBe('warn')
      expect(providers.get(entry.provider)?.ready).toBe(true)
      // Circuits are ignored only where they would leave nobody.
      const isHeld = openCircuits.has(`${candidate.modelId}@${candidate.region}`)
      if (plan.circuitsIgnored !== true) expect(isHeld).toBe(false)
      else
        expect(plan.candidates.some(({ modelId, region }) => !openCircuits.has(`${modelId}@${region}`))).toBe(
          false,
        )
      const isNamed = plan.reason === 'explicit' && candidate.step === 'target'
      expect(checkCapable(entry, world.call.needs, 'chat', isNamed)).toBeNull()
      expect(checkResident(entry, candidate.region, rules.residency)).toBeNull()
      if (principal.routes !== null) {
        expect(plan.route).not.toBeNull()
        expect(principal.routes).toContain(rules.key)
      }
      if (principal.models !== null) {
        const allowed = principal.models.map((id) => world.snapshot.models.get(id))
        expect(allowed.some((own) => own?.id === entry.id || own?.upstreamId === entry.baseModelId)).toBe(
          true,
        )
      }
    }
  })
})

// The seed once found a family member that was held back without ever standing among those left out.
test.each([undefined, 1_958_694_361])(
  'circuits alone leave no plan empty, and change none of the other gates (seed %s)',
  (seed) => {
    forAll((world, plan) => {
      const conditions = { ...world.conditions, openCircuits: new Set<string>() }
      const unhurt = decide(world.snapshot, world.call, conditions)
      expect(plan.candidates.length > 0).toBe(unhurt.candidates.length > 0)
      if (plan.circuitsIgnored === true) {
        expect(plan.candidates.map(({ modelId }) => modelId)).toEqual(
          unhurt.candidates.map(({ modelId }) => modelId),
        )
        expect(plan.excluded).toEqual(unhurt.excluded)
      }
    }, seed)
  },
)

test('asked again, the gates let through what they let through at first, and nothing else', () => {
  forAll((world, plan) => {
    const { call, conditions, snapshot } = world
    const resolution = resolve(snapshot, call)
    const again = (candidate: Candidate) => judgeAgain(candidate, resolution, { call, conditions, snapshot })
    for (const candidate of plan.candidates) expect(again(candidate)).toBeNull()
    for (const { modelId: id, rule } of plan.excluded) {
      const model = snapshot.models.get(id)
      // Whether a person chose it is not asked again, and circuits are judged elsewhere.
      if (model === undefined || rule === 'end-of-life' || rule === 'circuit-open') continue
      const region = callingRegion(model, conditions.homeRegion)
      const { provider, upstreamId } = model
      const step = 'fallback' as const
      const candidate = { modelId: id, provider, upstreamId, region, step, priceId: null, warnings: [] }
      expect(again(candidate)).toMatchObject({ modelId: id })
    }
  })
})

test('nothing past its end of life is chosen by a fallback, unless a person set it for this route', () => {
  forAll((world, plan) => {
    const setByPerson = new Set<string>([plan.target, rulesOf(world, plan).target])
    for (const { modelId: id, step } of plan.candidates) {
      if (step === 'target') continue
      const entry = world.snapshot.models.get(id)
      const isEnded = entry !== undefined && lifecycleStatusAt(entry, nowMs) === 'eol'
      if (isEnded) expect([...setByPerson].some((set) => set === id || set === entry.baseModelId)).toBe(true)
    }
  })
})

test('the target stands first, nothing stands twice, nothing is both in and out', () => {
  forAll((world, plan) => {
    const steps = plan.candidates.map(({ step }) => step)
    expect(steps.lastIndexOf('target')).toBeLessThanOrEqual(0)
    const all = [...plan.candidates, ...plan.excluded].map(({ modelId: id }) => id)
    expect(new Set(all).size).toBe(all.length)
    const named = world.snapshot.models.get(plan.target)
    if (steps[0] === 'target') {
      const serving = world.snapshot.models.get(plan.candidates[0]?.modelId ?? '')
      expect(serving?.id === plan.target || serving?.baseModelId === named?.upstreamId).toBe(true)
    } else {
      expect(plan.excluded.length).toBeGreaterThan(0)
    }
  })
})

test('equal input gives an equal plan, and nothing handed in is changed', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const before = JSON.stringify([world.call, [...world.snapshot.models], [...world.snapshot.routes]])
      const plan = decide(world.snapshot, world.call, world.conditions)
      expect(decide(world.snapshot, world.call, world.conditions)).toEqual(plan)
      expect(JSON.stringify([world.call, [...world.snapshot.models], [...world.snapshot.routes]])).toBe(
        before,
      )
    }),
    { numRuns: 100 },
  )
})

test('a claim is made only for a conversation, for the model that was decided and can serve', () => {
  forAll((world, plan) => {
    if (plan.claim === null) return
    expect(world.call.hasConversation).toBe(true)
    expect(world.conditions.conversationTarget).toBeNull()
    expect(plan.route?.kind).not.toBe('agent')
    expect(plan.claim).toEqual({ useCase: plan.route?.name, modelId: plan.target })
    expect(plan.candidates[0]?.step).toBe('target')
  })
})

test('a region that is called is one from which the model can be called', () => {
  forAll((world, plan) => {
    for (const { modelId: id, region } of plan.candidates) {
      const sources = world.snapshot.models.get(id)?.sourceRegions ?? []
      if (sources.length > 0) expect(sources).toContain(region)
      else expect([home, 'global']).toContain(region)
    }
  })
})
