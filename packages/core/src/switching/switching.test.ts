import { conversationId, defaultWorkspace, userId, type Model, type SwitchScope } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import {
  compiled,
  defaultRoute,
  home,
  ids,
  models,
  noNeeds,
  nowMs,
  price,
  ranked,
  route,
  routes,
} from '../clinic.test-support.ts'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { costImpact, type MeanDailyUsage } from './cost-impact.ts'
import { masks } from './masks.ts'
import { proposalProblems, type ProposalContext, type ProposalResult } from './proposal.ts'
import { changeKind, noticeFor, type Change } from './wording.ts'

const snapshot = compiled()
const clinical: SwitchScope = { kind: 'use-case', name: 'clinical' }
const everything: SwitchScope = { kind: 'global' }

function modelOf(id: string): Model {
  const own = models.find((listed) => listed.id === id)
  if (own === undefined) throw new Error(`no model ${id}`)
  return own
}

describe('what a switch saves', () => {
  const day: MeanDailyUsage = {
    requests: 100,
    inputTokens: 1_000_000,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 200_000,
    days: 7,
  }
  const sonnet = price(ids.sonnet, 3.3, 16.5)
  const lite = price(ids.novaLite, 0.078, 0.312)

  test('US-$ a day at the mean daily usage, negative when dearer', () => {
    expect(costImpact({ fromPrice: sonnet, toPrice: lite, meanDailyUsage: day })).toEqual({
      savedPerDayUsd: 6.4596,
      basedOnDays: 7,
      explanation: 'saves about $6.46 a day at the mean of the last 7 days',
    })
    const dearer = costImpact({ fromPrice: lite, toPrice: sonnet, meanDailyUsage: day })
    expect(dearer.savedPerDayUsd).toBe(-6.4596)
    expect(dearer.explanation).toContain('costs about $6.46 more a day')
    expect(costImpact({ fromPrice: lite, toPrice: lite, meanDailyUsage: day }).savedPerDayUsd).toBe(0)
  })

  test('null when a price is unknown, 0 without traffic', () => {
    expect(costImpact({ fromPrice: null, toPrice: lite, meanDailyUsage: day }).savedPerDayUsd).toBeNull()
    expect(
      costImpact({ fromPrice: sonnet, toPrice: price(ids.gpt, 1, null), meanDailyUsage: day }),
    ).toMatchObject({
      savedPerDayUsd: null,
      explanation: expect.stringContaining('new model') as unknown,
    })
    const read = { ...day, cacheReadTokens: 10 }
    expect(costImpact({ fromPrice: sonnet, toPrice: lite, meanDailyUsage: read }).savedPerDayUsd).toBeNull()
    const quiet = { ...day, requests: 0, inputTokens: 0, outputTokens: 0 }
    expect(costImpact({ fromPrice: sonnet, toPrice: lite, meanDailyUsage: quiet }).savedPerDayUsd).toBe(0)
  })

  test('what is cached is input to a model whose price has no rate for it', () => {
    const cached = {
      ...{ ...day, inputTokens: 0, outputTokens: 0 },
      ...{ cacheReadTokens: 1_000_000, cacheWrite5mTokens: 100_000, cacheWrite1hTokens: 100_000 },
    }
    const rates = {
      cacheReadPicoUsd: 300_000,
      cacheWrite5mPicoUsd: 3_750_000,
      cacheWrite1hPicoUsd: 6_000_000,
    }
    const claude = price(ids.sonnet, 3, 15, rates)
    const gpt = price(ids.gpt, 2, 8)
    const impact = costImpact({ fromPrice: claude, toPrice: gpt, meanDailyUsage: cached })
    expect(impact.savedPerDayUsd).toBe(-1.125)
    // An hour's writes, to a model that has one rate for all of them.
    const nova = price(ids.novaPro, 2, 8, { cacheReadPicoUsd: 500_000, cacheWrite5mPicoUsd: 0 })
    expect(costImpact({ fromPrice: claude, toPrice: nova, meanDailyUsage: cached }).savedPerDayUsd).toBe(
      0.775,
    )
  })

  test('the mean request decides the tier, not the day’s sum', () => {
    const tier = { ...price(ids.gpt, 100, 100), inputTokensAbove: 50_000 }
    const tiered = price(ids.gpt, 1, 1, { tiers: [tier] })
    expect(
      costImpact({ fromPrice: tiered, toPrice: price(ids.haiku, 0, 0), meanDailyUsage: day }).savedPerDayUsd,
    ).toBe(1.2)
    const long = { ...day, requests: 10 }
    expect(
      costImpact({ fromPrice: tiered, toPrice: price(ids.haiku, 0, 0), meanDailyUsage: long }).savedPerDayUsd,
    ).toBe(120)
  })
})

describe('what the users are told', () => {
  const change = (from: string | null, to: string, fromUsd: number | null, toUsd: number | null): Change => ({
    from: from === null ? null : modelOf(from),
    to: modelOf(to),
    fromPrice: from === null || fromUsd === null ? null : price(modelOf(from).id, fromUsd, fromUsd),
    toPrice: toUsd === null ? null : price(modelOf(to).id, toUsd, toUsd),
  })
  const notice = (
    own: Change,
    changes: Partial<Parameters<typeof noticeFor>[0]> = {},
  ): ReturnType<typeof noticeFor> =>
    noticeFor({ ...own, action: 'manual_switch', reason: 'Cost optimization', revert: false, ...changes })

  test('an upgrade is a higher tier or a newer generation, and nothing else', () => {
    expect(changeKind(change(ids.sonnetOld, ids.sonnet, 3, 3))).toBe('upgrade')
    expect(changeKind(change(ids.haiku, ids.opus, 1, 5))).toBe('upgrade')
    expect(changeKind(change(ids.novaLite, ids.novaPro, 1, 5))).toBe('upgrade')
    expect(changeKind(change(ids.opus, ids.sonnetOld, 5, 3))).toBe('saving')
    expect(changeKind(change(ids.haiku, ids.sonnetOld, 3, 3))).toBe('replacement')
    expect(changeKind(change(ids.sonnetEnded, ids.novaLite, 3, 1))).toBe('saving')
    expect(changeKind(change(ids.novaLite, ids.sonnet, 1, 3))).toBe('replacement')
    expect(changeKind(change(ids.novaLite, ids.sonnet, null, 1))).toBe('replacement')
    expect(changeKind(change(ids.gpt, ids.gpt, 1, 1))).toBe('none')
  })

  test('the seed’s own example is a saving, not an upgrade', () => {
    expect(notice(change(ids.sonnetEnded, ids.novaLite, 3, 1))).toEqual({
      title: 'Switching AI Model',
      message: 'Switched from Claude 3.5 Sonnet to Amazon Nova Lite, which costs less (Cost optimization)...',
      type: 'manual',
      modelName: 'Amazon Nova Lite',
      modelId: ids.novaLite,
    })
  })

  test.each<[string, Change, Partial<Parameters<typeof noticeFor>[0]>, string, string]>([
    [
      'an upgrade',
      change(ids.sonnetEnded, ids.sonnet, 3, 3),
      { action: 'auto_switch', reason: null },
      'Auto-Switching AI Model',
      'Upgraded from Claude 3.5 Sonnet to Claude Sonnet 5.5...',
    ],
    [
      'a replacement',
      change(ids.novaLite, ids.sonnet, 1, 3),
      {},
      'Switching AI Model',
      'Replaced Amazon Nova Lite with Claude Sonnet 5.5 (Cost optimization)...',
    ],
    [
      'a fallback',
      change(ids.sonnet, ids.haiku, 3, 1),
      { action: 'fallback_switch', reason: 'Rate limit' },
      'Auto-Switching AI Model',
      'Fell back from Claude Sonnet 5.5 to Claude Haiku 5.5 (Rate limit)...',
    ],
    [
      'a revert',
      change(ids.haiku, ids.sonnet, 1, 3),
      { revert: true, reason: ' ' },
      'Switching AI Model',
      'Switched back from Claude Haiku 5.5 to Claude Sonnet 5.5...',
    ],
    [
      'no change',
      change(ids.haiku, ids.haiku, 1, 1),
      { action: 'auto_switch', reason: 'best' },
      'Auto-Switching AI Model',
      'Claude Haiku 5.5 already serves (best).',
    ],
    [
      'a first model',
      change(null, ids.haiku, null, 1),
      {},
      'Switching AI Model',
      'Now using Claude Haiku 5.5 (Cost optimization)...',
    ],
  ])('%s', (_, own, changes, title, message) => {
    expect(notice(own, changes)).toMatchObject({
      title,
      message,
      type: title.startsWith('Auto') ? 'auto' : 'manual',
    })
  })
})

describe('masks', () => {
  test('a global switch does not reach routes with a model of their own', () => {
    expect([...masks(snapshot, everything).routes].sort()).toEqual([
      'agent/sql_agent',
      'use-case/clinical',
      'use-case/health',
    ])
    expect(masks(snapshot, clinical)).toEqual({ routes: [], more: 0 })
  })

  test('of thousands the first hundred are named, and the others counted', () => {
    const agents = Array.from({ length: 250 }, (_, place) =>
      route('agent', `agent-${String(place).padStart(3, '0')}`, { target: ids.haiku }),
    )
    const named = masks(compiled({ routes: routes(...agents) }), everything)
    expect(named.routes).toHaveLength(100)
    expect(named.routes.slice(0, 2)).toEqual(['agent/agent-000', 'agent/agent-001'])
    // Those of the clinic's own.
    expect(named.more).toBe(250 + 3 - 100)
  })
})

describe('a proposed switch', () => {
  const propose = (
    scope: SwitchScope,
    id: string,
    context: Partial<ProposalContext> = {},
    from: CompiledSnapshot = snapshot,
  ): ProposalResult => proposalProblems(from, scope, id, { nowMs, homeRegion: home, ...context })
  const codes = (result: ProposalResult): readonly string[] => result.problems.map(({ code }) => code)

  test('without a problem it says nothing', () => {
    expect(propose(clinical, ids.haiku)).toEqual({ problems: [], warnings: [] })
  })

  test('unknown names are 404 with the nearest', () => {
    const model = propose(clinical, 'eu.amazon.nova-pr-v1:0')
    expect(model.problems[0]).toMatchObject({
      code: 'model_not_found',
      message: 'Model not found: eu.amazon.nova-pr-v1:0',
    })
    expect(model.problems[0]?.suggestions[0]).toBe(ids.novaPro)
    const useCase = propose({ kind: 'use-case', name: 'clincal' }, ids.haiku)
    expect(useCase.problems[0]).toMatchObject({ code: 'route_not_found', suggestions: ['clinical'] })
    expect(codes(propose({ kind: 'agent', name: 'sql-agent' }, ids.haiku))).toEqual(['route_not_found'])
  })

  test('a disabled model is 409 in the seed’s words', () => {
    const off = compiled({
      models: models.map((own) => (own.id === ids.gpt ? { ...own, enabled: false } : own)),
    })
    const result = propose(clinical, ids.gpt, {}, off)
    expect(result.problems[0]?.code).toBe('model_not_available')
    expect(result.problems[0]?.message).toMatch(/^Model not available: gpt-4o is switched off/)
  })

  test('past its end it warns, or is refused under block', () => {
    const warned = propose(clinical, ids.sonnetEnded)
    expect(warned.problems).toEqual([])
    expect(warned.warnings[0]).toContain(`its replacement is ${ids.sonnet}`)
    const blocking = compiled({
      routes: routes(route('use-case', 'clinical', { target: ids.sonnet, lifecycleRule: 'block' })),
    })
    expect(codes(propose(clinical, ids.sonnetEnded, {}, blocking))).toEqual(['lifecycle_blocked'])
  })

  test('outside the route’s regions it is refused; an inheriting route is told of', () => {
    const eu = ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3']
    const strict = compiled({
      routes: routes(
        route('use-case', 'clinical', { target: ids.sonnet, residency: eu }),
        route('use-case', 'platform', { residency: eu }),
      ),
    })
    expect(propose(clinical, ids.gpt, {}, strict).problems[0]).toMatchObject({
      code: 'refused',
      gate: 'resident',
    })
    const global = propose(everything, ids.gpt, {}, strict)
    expect(global.problems).toEqual([])
    expect(global.warnings.join()).toContain('use-case/platform inherits the default, but')
  })

  test('what recent requests needed and it lacks is told; an embedding model is refused', () => {
    const needs = { ...noNeeds, images: true, reasoning: true }
    const result = propose(clinical, ids.novaMicro, { recentNeeds: needs })
    expect(result.problems).toEqual([])
    expect(result.warnings.join('\n')).toMatch(
      /does not support images, which recent requests of use-case\/clinical needed/,
    )
    expect(result.warnings.join('\n')).toMatch(/does not reason/)
    expect(propose(clinical, ids.embed).problems[0]).toMatchObject({
      code: 'refused',
      rule: 'not-a-chat-model',
    })
  })

  test('a base id that is called through a profile, and missing credentials, are told', () => {
    expect(propose(everything, ids.novaProBase).warnings.join()).toContain('only through the profile')
    const result = propose(clinical, ids.haiku, { providers: new Map() })
    expect(result.problems).toEqual([])
    expect(result.warnings.join()).toContain('this server cannot call provider bedrock')
  })

  test('a strategy rests while a switched target stands, and that is told', () => {
    const weighted = compiled({
      routes: routes(
        route('use-case', 'health', { strategy: 'weighted', candidates: ranked(ids.novaLite, ids.novaPro) }),
      ),
    })
    const result = propose({ kind: 'use-case', name: 'health' }, ids.novaPro, {}, weighted)
    expect(result.warnings).toEqual([
      `the strategy 'weighted' of use-case/health rests while this target stands`,
    ])
  })

  test('conversations and users go by the rules of their use case, else of the default', () => {
    const blocking = compiled({ routes: routes(defaultRoute({ lifecycleRule: 'block' })) })
    const user: SwitchScope = { kind: 'user', workspace: defaultWorkspace, id: userId('user-456') }
    const conversation = (useCase: string | null): SwitchScope => ({
      kind: 'conversation',
      workspace: defaultWorkspace,
      id: conversationId('conv-123'),
      userId: null,
      useCase,
    })
    expect(codes(propose(user, ids.sonnetEnded, {}, blocking))).toEqual(['lifecycle_blocked'])
    expect(codes(propose(conversation(null), ids.sonnetEnded, {}, blocking))).toEqual(['lifecycle_blocked'])
    expect(codes(propose(conversation('clinical'), ids.sonnetEnded, {}, blocking))).toEqual([])
    expect(codes(propose(conversation('gone'), ids.haiku))).toEqual(['route_not_found'])
  })
})
