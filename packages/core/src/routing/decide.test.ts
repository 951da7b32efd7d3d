import { modelId, type ModelId, type Plan } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { call, compiled, conditions, ids, route, routes } from '../clinic.test-support.ts'
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

  test('that comes before the pin’s own family, and also where the route wants no fallback', () => {
    const pinned = conditions({
      conversationTarget: ids.opus,
      openCircuits: new Set([`${ids.opus}@eu-central-1`]),
    })
    const plan = decide(snapshot, call('health', { hasConversation: true }), pinned)
    expect(served(plan)).toEqual([ids.novaLite, ids.sonnet, ids.novaMicro, ids.novaPro])
    const alone = compiled({
      routes: routes(route('use-case', 'health', { target: ids.novaLite, fallbacks: [] })),
    })
    expect(served(decide(alone, call('health', { hasConversation: true }), pinned))).toEqual([ids.novaLite])
  })

  test('behind a pin that serves stand its fallbacks, then what the route has now', () => {
    const plan = decide(snapshot, inConversation, conditions({ conversationTarget: ids.opus }))
    expect(served(plan)).toEqual([ids.opus, ids.sonnet, ids.haiku, ids.novaPro])
  })
})
