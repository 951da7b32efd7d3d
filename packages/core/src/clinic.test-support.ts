import {
  defaultWorkspace,
  modelId,
  noNeeds,
  priceId,
  providerId,
  type Abilities,
  type FallbackRule,
  type Model,
  type ModelId,
  type Price,
  type Principal,
  type Route,
  type Snapshot,
  type SnapshotEntries,
} from '@pointsman/contract'
import type { CompiledSnapshot } from './compile/compiled-snapshot.ts'
import { compileSnapshot } from './compile/compile-snapshot.ts'
import { snapshotFrom } from './compile/snapshot-from.ts'
import { chanceFromText } from './routing/chance.ts'
import type { Conditions, RoutingCall } from './routing/routing-call.ts'

export { noNeeds }

/** A clinic's catalogue and routes, small enough to read: what the tests of this room decide about. */

/** 2026-11-21. */
export const nowMs = 1_795_219_200_000
export const home = 'eu-central-1'

const europe = ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3']
const america = ['us-east-1', 'us-west-2']

export const allAbilities: Abilities = {
  tools: true,
  toolsStreaming: true,
  images: true,
  documents: true,
  streaming: true,
  jsonSchema: true,
  promptCaching: true,
  reasoning: true,
}

export function model(id: string, changes: Partial<Model> = {}): Model {
  return {
    id: modelId(id),
    name: id,
    vendor: 'amazon',
    provider: providerId('bedrock'),
    upstreamId: id,
    purpose: 'chat',
    kind: 'geo-profile',
    baseModelId: null,
    family: 'nova',
    tier: null,
    generation: 1,
    format: 'nova',
    contextTokens: 200_000,
    maxOutputTokens: 8_000,
    abilities: allAbilities,
    sourceRegions: europe,
    destinationRegions: europe,
    lifecycle: { status: 'active', endsOn: null, replacement: null },
    enabled: true,
    priority: 100,
    ...changes,
  }
}

const claude = (id: string, tier: string, generation: number, changes: Partial<Model> = {}): Model =>
  model(id, { vendor: 'anthropic', family: 'claude', format: 'claude', tier, generation, ...changes })

const ended = (endsOn: string, replacement: string): Model['lifecycle'] => ({
  status: 'eol',
  endsOn,
  replacement: modelId(replacement),
})

const inAmerica: Partial<Model> = { sourceRegions: america, destinationRegions: america }
const anywhere: Partial<Model> = { kind: 'global-profile', sourceRegions: [], destinationRegions: null }
const direct: Partial<Model> = { kind: 'direct', sourceRegions: [], destinationRegions: null }

export const ids = {
  novaPro: modelId('eu.amazon.nova-pro-v1:0'),
  novaProBase: modelId('amazon.nova-pro-v1:0'),
  novaLite: modelId('eu.amazon.nova-lite-v1:0'),
  novaMicro: modelId('eu.amazon.nova-micro-v1:0'),
  opus: modelId('eu.anthropic.claude-opus-5-5'),
  sonnet: modelId('eu.anthropic.claude-sonnet-5-5'),
  sonnetOld: modelId('eu.anthropic.claude-sonnet-4-5'),
  sonnetUs: modelId('us.anthropic.claude-sonnet-5-5'),
  sonnetGlobal: modelId('global.anthropic.claude-sonnet-5-5'),
  sonnetDirect: modelId('claude-sonnet-5-5'),
  haiku: modelId('eu.anthropic.claude-haiku-5-5'),
  haikuDirect: modelId('claude-haiku-5-5'),
  sonnetEnded: modelId('anthropic.claude-3-5-sonnet-20241022-v2:0'),
  titan: modelId('amazon.titan-text-premier-v1:0'),
  llama: modelId('meta.llama3-70b-instruct-v1:0'),
  gpt: modelId('gpt-4o'),
  embed: modelId('eu.cohere.embed-v4:0'),
} as const

export const models: readonly Model[] = [
  model(ids.novaPro, { name: 'Amazon Nova Pro', tier: 'pro', baseModelId: ids.novaProBase, priority: 1 }),
  model(ids.novaProBase, {
    name: 'Amazon Nova Pro',
    tier: 'pro',
    kind: 'foundation-model',
    sourceRegions: ['us-east-1'],
    destinationRegions: null,
  }),
  model(ids.novaLite, { name: 'Amazon Nova Lite', tier: 'lite' }),
  model(ids.novaMicro, {
    name: 'Amazon Nova Micro',
    tier: 'micro',
    abilities: { ...allAbilities, images: false, documents: false, reasoning: false },
  }),
  claude(ids.opus, 'opus', 5.5),
  claude(ids.sonnet, 'sonnet', 5.5, { name: 'Claude Sonnet 5.5' }),
  claude(ids.sonnetOld, 'sonnet', 4.5, {
    lifecycle: { status: 'legacy', endsOn: '2027-04-08', replacement: ids.sonnet },
  }),
  claude(ids.sonnetUs, 'sonnet', 5.5, inAmerica),
  claude(ids.sonnetGlobal, 'sonnet', 5.5, anywhere),
  claude(ids.sonnetDirect, 'sonnet', 5.5, { ...direct, provider: providerId('anthropic') }),
  claude(ids.haiku, 'haiku', 5.5, { name: 'Claude Haiku 5.5' }),
  claude(ids.haikuDirect, 'haiku', 5.5, { ...direct, provider: providerId('anthropic') }),
  claude(ids.sonnetEnded, 'sonnet', 3.5, {
    name: 'Claude 3.5 Sonnet',
    kind: 'foundation-model',
    sourceRegions: [],
    destinationRegions: null,
    lifecycle: ended('2026-07-30', ids.sonnet),
  }),
  model(ids.titan, {
    family: 'titan',
    kind: 'foundation-model',
    sourceRegions: [],
    destinationRegions: null,
    abilities: { ...allAbilities, tools: false, toolsStreaming: false },
    lifecycle: ended('2025-08-15', ids.novaLite),
  }),
  model(ids.llama, {
    family: 'llama',
    kind: 'foundation-model',
    ...inAmerica,
    destinationRegions: null,
    abilities: { ...allAbilities, tools: null },
  }),
  model(ids.gpt, { family: 'gpt', vendor: 'openai', provider: providerId('openai'), ...direct }),
  model(ids.embed, { purpose: 'embedding', family: 'embed' }),
]

export function price(
  id: ModelId,
  inputUsd: number | null,
  outputUsd: number | null,
  changes: Partial<Price> = {},
): Price {
  return {
    id: priceId(`${id}@${changes.region ?? '*'}#${changes.effectiveFromMs ?? 0}`),
    modelId: id,
    region: '*',
    effectiveFromMs: 0,
    inputPicoUsd: inputUsd === null ? null : Math.round(inputUsd * 1e6),
    outputPicoUsd: outputUsd === null ? null : Math.round(outputUsd * 1e6),
    cacheReadPicoUsd: null,
    cacheWrite5mPicoUsd: null,
    cacheWrite1hPicoUsd: null,
    tiers: [],
    source: 'a price list',
    sourceDate: '2026-09-17',
    ...changes,
  }
}

const prices: readonly Price[] = [
  price(ids.novaPro, 1.05, 4.2, { region: home }),
  price(ids.novaPro, 0.87, 3.48, { region: 'eu-north-1' }),
  price(ids.novaLite, 0.078, 0.312, { region: home }),
  price(ids.novaMicro, 0.046, 0.184, { region: home }),
  price(ids.opus, 5.5, 27.5),
  price(ids.sonnet, 3.3, 16.5),
  price(ids.haiku, 1.1, 5.5),
  price(ids.gpt, 2.5, 10),
]

export const ranked = (...list: readonly ModelId[]): Route['candidates'] =>
  list.map((id) => ({ modelId: id, weight: 1 }))

export function route(kind: Route['kind'], name: string, changes: Partial<Route> = {}): Route {
  return {
    kind,
    name,
    target: null,
    candidates: [],
    strategy: 'priority',
    fallbacks: null,
    residency: null,
    lifecycleRule: 'warn',
    objective: 'curated',
    autoSwitch: 'on',
    capture: false,
    heartbeatMs: null,
    switchId: null,
    ...changes,
  }
}

export const defaultRoute = (changes: Partial<Route> = {}): Route =>
  route('default', 'default', {
    target: ids.novaPro,
    candidates: ranked(ids.novaPro, ids.sonnet, ids.novaLite),
    switchId: 'switch-of-default',
    ...changes,
  })

/** The routes of the clinic, with one or more replaced or added. */
export function routes(...changed: readonly Route[]): readonly Route[] {
  const standing = [
    defaultRoute(),
    route('use-case', 'platform'),
    route('use-case', 'clinical', {
      target: ids.sonnet,
      candidates: ranked(ids.sonnet, ids.haiku, ids.novaPro, ids.sonnetEnded),
      objective: 'quality',
      switchId: 'switch-of-clinical',
    }),
    route('use-case', 'health', {
      target: ids.novaLite,
      candidates: ranked(ids.novaLite, ids.novaMicro, ids.novaPro),
    }),
    route('agent', 'sql_agent', { target: ids.haiku }),
  ]
  const names = new Set(changed.map(({ kind, name }) => `${kind}/${name}`))
  return [...standing.filter(({ kind, name }) => !names.has(`${kind}/${name}`)), ...changed]
}

export const familyRules: readonly FallbackRule[] = [
  { family: 'claude', tier: 'sonnet', toFamily: 'claude', toTier: 'haiku' },
  { family: 'claude', tier: 'opus', toFamily: 'claude', toTier: 'sonnet' },
  { family: 'claude', tier: 'haiku', toFamily: 'claude', toTier: 'sonnet' },
  { family: 'titan', tier: null, toFamily: 'claude', toTier: 'sonnet' },
  { family: 'llama', tier: null, toFamily: 'claude', toTier: 'sonnet' },
]

export const entries = (changes: Partial<SnapshotEntries> = {}): SnapshotEntries => ({
  models,
  prices,
  routes: routes(),
  roles: [
    { name: 'patient', useCase: 'health' },
    { name: 'medical_provider', useCase: 'clinical' },
  ],
  aliases: [],
  keys: [],
  'fallback-rules': familyRules,
  ...changes,
})

/** Stands in for SHA-256, which this room is handed: any function of the text alone will do. */
export const textHash = (text: string): string =>
  [text, `${text}#`].map((salted) => chanceFromText(salted).toString(16).slice(2)).join('')

export const snapshotOf = (changes: Partial<SnapshotEntries> = {}): Snapshot =>
  snapshotFrom(entries(changes), {
    revision: { epoch: 1, number: 7 },
    createdAtMs: nowMs,
    sha256Hex: textHash,
  })

export const compiled = (changes: Partial<SnapshotEntries> = {}): CompiledSnapshot =>
  compileSnapshot(snapshotOf(changes))

export const call = (requested: string, changes: Partial<RoutingCall> = {}): RoutingCall => ({
  requested,
  hasConversation: false,
  needs: noNeeds,
  ...changes,
})

export const service: Principal = {
  kind: 'service',
  id: 'service',
  workspace: defaultWorkspace,
  scopes: ['invoke', 'read', 'switch', 'admin'],
  routes: null,
  models: null,
  userId: null,
}

export const conditions = (changes: Partial<Conditions> = {}): Conditions => ({
  nowMs,
  chance: 0,
  principal: service,
  conversationTarget: null,
  userTarget: null,
  providers: new Map([
    [providerId('bedrock'), { ready: true }],
    [providerId('openai'), { ready: true }],
    [providerId('anthropic'), { ready: true }],
  ]),
  openCircuits: new Set(),
  latencies: new Map(),
  homeRegion: home,
  ...changes,
})
