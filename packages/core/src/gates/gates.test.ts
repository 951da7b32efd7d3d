import { providerId, type Needs } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { allAbilities, home, model, noNeeds, nowMs } from '../clinic.test-support.ts'
import type { CompiledModel } from '../compile/compiled-snapshot.ts'
import { checkAvailable, type AvailableQuestion } from './available.ts'
import { capabilityWarnings, checkCapable } from './capable.ts'
import { lifecycleStatusAt, lifecycleWarning } from './lifecycle.ts'
import { checkPermitted } from './permitted.ts'
import { checkResident } from './resident.ts'

const compiledModel = (changes: Partial<CompiledModel> = {}): CompiledModel => ({
  ...model('m', changes),
  endsAtMs: null,
  ...changes,
})

describe('available', () => {
  const question: AvailableQuestion = {
    nowMs,
    lifecycleRule: 'warn',
    automatic: false,
    providers: new Map([[providerId('bedrock'), { ready: true }]]),
    openCircuits: new Set(),
    region: home,
  }
  const rule = (own: CompiledModel, changes: Partial<AvailableQuestion> = {}): string | undefined =>
    checkAvailable(own, { ...question, ...changes })?.rule

  test('passes what is on, current, callable and well', () => {
    expect(checkAvailable(compiledModel(), question)).toBeNull()
    expect(checkAvailable(compiledModel(), { ...question, providers: null, openCircuits: null })).toBeNull()
  })

  test('tells each reason', () => {
    expect(rule(compiledModel({ enabled: false }))).toBe('disabled')
    expect(rule(compiledModel({ provider: providerId('openai') }))).toBe('no-adapter')
    const missing = new Map([
      [providerId('bedrock'), { ready: false, missing: 'AWS_BEARER_TOKEN_BEDROCK' } as const],
    ])
    expect(checkAvailable(compiledModel(), { ...question, providers: missing })).toMatchObject({
      rule: 'credentials-missing',
      reason: 'provider bedrock has no credentials: set AWS_BEARER_TOKEN_BEDROCK',
    })
    expect(rule(compiledModel(), { openCircuits: new Set([`m@${home}`]) })).toBe('circuit-open')
    expect(rule(compiledModel(), { openCircuits: new Set(['m@us-east-1']) })).toBeUndefined()
  })

  test('past its end: by a person under warn, never by a rule of ours, never under block', () => {
    const gone = compiledModel({ lifecycle: { status: 'eol', endsOn: null, replacement: null } })
    expect(rule(gone)).toBeUndefined()
    expect(rule(gone, { automatic: true })).toBe('end-of-life')
    expect(rule(gone, { lifecycleRule: 'block' })).toBe('end-of-life')
  })

  test('a date that has come ends a model that the catalogue still calls legacy', () => {
    const lifecycle = { status: 'legacy', endsOn: '2026-11-21', replacement: null } as const
    const ending = compiledModel({ lifecycle, endsAtMs: nowMs })
    expect(lifecycleStatusAt(ending, nowMs - 1)).toBe('legacy')
    expect(lifecycleStatusAt(ending, nowMs)).toBe('eol')
    expect(lifecycleWarning(ending, nowMs - 1)).toBe('m is legacy and ends on 2026-11-21')
    expect(lifecycleWarning(compiledModel(), nowMs)).toBeNull()
  })
})

describe('capable', () => {
  const abilities = (changes: Partial<typeof allAbilities>): CompiledModel =>
    compiledModel({ abilities: { ...allAbilities, ...changes } })
  const needs = (changes: Partial<Needs>): Needs => ({ ...noNeeds, ...changes })

  test.each<[keyof Needs & keyof typeof allAbilities, string]>([
    ['tools', 'tools'],
    ['images', 'images'],
    ['documents', 'documents'],
    ['jsonSchema', 'json-schema'],
  ])('%s: yes passes, no and unknown do not, unasked does not matter', (ability, word) => {
    const asked = needs({ [ability]: true })
    expect(checkCapable(abilities({}), asked)).toBeNull()
    expect(checkCapable(abilities({ [ability]: false }), asked)?.rule).toBe(`no-${word}`)
    expect(checkCapable(abilities({ [ability]: null }), asked)).toMatchObject({
      rule: `${word}-unknown`,
      reason: expect.stringContaining('not known') as unknown,
    })
    expect(checkCapable(abilities({ [ability]: null }), noNeeds)).toBeNull()
  })

  test.each(['images', 'documents'] as const)(
    '%s: unknown passes with a warning where the caller named the model',
    (ability) => {
      const asked = needs({ [ability]: true })
      const [unknown, no] = [abilities({ [ability]: null }), abilities({ [ability]: false })]
      expect(checkCapable(unknown, asked, 'chat', true)).toBeNull()
      expect(capabilityWarnings(unknown, asked)).toEqual([`it is not known whether m supports ${ability}`])
      expect(checkCapable(no, asked, 'chat', true)?.rule).toBe(`no-${ability}`)
    },
  )

  test('streaming, and tools while streaming', () => {
    const streaming = needs({ streaming: true, tools: true })
    expect(checkCapable(abilities({ streaming: false }), needs({ streaming: true }))?.rule).toBe(
      'no-streaming',
    )
    expect(checkCapable(abilities({ toolsStreaming: false }), streaming)?.rule).toBe('no-tools-streaming')
    expect(checkCapable(abilities({ toolsStreaming: false }), needs({ tools: true }))).toBeNull()
    expect(checkCapable(abilities({ toolsStreaming: null }), streaming)).toBeNull()
    expect(capabilityWarnings(abilities({ toolsStreaming: null }), streaming)).toHaveLength(1)
  })

  test('reasoning is only warned of', () => {
    const reasoning = needs({ reasoning: true })
    expect(checkCapable(abilities({ reasoning: false }), reasoning)).toBeNull()
    expect(capabilityWarnings(abilities({ reasoning: false }), reasoning)).toEqual([
      'm does not reason: the setting has no effect',
    ])
    expect(capabilityWarnings(abilities({}), reasoning)).toEqual([])
  })

  test('the context length counts by a clear margin only', () => {
    const small = compiledModel({ contextTokens: 1_000 })
    expect(checkCapable(small, needs({ inputTokensEstimate: 1_400 }))).toBeNull()
    expect(checkCapable(small, needs({ inputTokensEstimate: 1_600 }))?.rule).toBe('context-too-long')
    expect(
      checkCapable(compiledModel({ contextTokens: null }), needs({ inputTokensEstimate: 1e9 })),
    ).toBeNull()
  })

  test('texts for vectors are measured by the vendor, each by itself: only their sum is known here', () => {
    const embedder = compiledModel({ purpose: 'embedding', contextTokens: 512 })
    expect(checkCapable(embedder, needs({ inputTokensEstimate: 20_000 }), 'embedding')).toBeNull()
  })

  test('an embedding model does not chat', () => {
    expect(checkCapable(compiledModel({ purpose: 'embedding' }), noNeeds)?.rule).toBe('not-a-chat-model')
  })
})

describe('resident', () => {
  const eu = new Set(['eu-central-1', 'eu-west-1'])
  const rule = (changes: Partial<CompiledModel>, region = home): string | undefined =>
    checkResident(compiledModel(changes), region, eu)?.rule

  test('every destination must be allowed', () => {
    expect(rule({ destinationRegions: ['eu-central-1', 'eu-west-1'] })).toBeUndefined()
    expect(
      checkResident(compiledModel({ destinationRegions: ['eu-west-1', 'eu-west-3'] }), home, eu),
    ).toMatchObject({
      rule: 'region-not-allowed',
      reason: 'm may run in eu-west-3, and this route allows only eu-central-1, eu-west-1',
    })
  })

  test('unknown, empty and global are refused where a rule is set, and pass where none is', () => {
    const unknown = { kind: 'geo-profile', destinationRegions: null } as const
    expect(rule(unknown)).toBe('region-unknown')
    expect(rule({ destinationRegions: [] })).toBe('region-unknown')
    expect(rule({ kind: 'global-profile', destinationRegions: ['eu-central-1'] })).toBe('global')
    expect(rule({ kind: 'direct', destinationRegions: null }, 'global')).toBe('region-unknown')
    expect(checkResident(compiledModel(unknown), home, null)).toBeNull()
  })

  test('a base id runs where it is called', () => {
    const onDemand = {
      kind: 'foundation-model',
      destinationRegions: null,
      sourceRegions: ['eu-west-1', 'us-east-1'],
    } as const
    expect(rule(onDemand, 'eu-west-1')).toBeUndefined()
    expect(rule(onDemand, 'us-east-1')).toBe('region-not-allowed')
    expect(rule({ ...onDemand, sourceRegions: [] })).toBe('region-unknown')
  })

  test('the called region counts too', () => {
    expect(rule({ destinationRegions: ['eu-central-1'] }, 'eu-west-2')).toBe('region-not-allowed')
    // AWS leads calls from one region elsewhere than those from another.
    const told = { destinationRegions: ['eu-central-1'], destinationsFrom: { 'eu-west-1': ['eu-west-2'] } }
    expect(rule(told, 'eu-central-1')).toBeUndefined()
    expect(rule(told, 'eu-west-1')).toBe('region-not-allowed')
  })
})

describe('permitted', () => {
  const free = { routes: null, models: null }
  const rule = (
    principal: Parameters<typeof checkPermitted>[1]['principal'],
    routeKey: string | null,
  ): string | undefined => checkPermitted(model('m'), { principal, routeKey, namedId: 'named' })?.rule

  test('routes and models each limit', () => {
    expect(rule(free, null)).toBeUndefined()
    expect(rule({ ...free, routes: ['default'] }, 'default')).toBeUndefined()
    expect(rule({ ...free, routes: ['default'] }, 'agent/a')).toBe('route-not-permitted')
    expect(rule({ ...free, routes: [] }, 'default')).toBe('route-not-permitted')
    expect(rule({ ...free, routes: ['default'] }, null)).toBe('route-required')
    expect(rule({ ...free, models: [] }, 'default')).toBe('model-not-permitted')
  })

  test('the id that was named counts as the profile that stands in for it', () => {
    const named = checkPermitted(model('profile'), {
      principal: { routes: null, models: [model('base').id] },
      routeKey: null,
      namedId: 'base',
    })
    expect(named).toBeNull()
  })
})
