import {
  modelId,
  priceId,
  providerId,
  type Actor,
  type Model,
  type Price,
  type RankedModel,
  type Route,
} from '@pointsman/contract'
import type { Database } from '../database.ts'
import { upsertFallbackRules } from '../fallback-rules.ts'
import { upsertModels } from '../models.ts'
import { addPrices } from '../prices.ts'
import { upsertRoles } from '../roles.ts'
import { upsertRoutes } from '../routes.ts'

export const testActor: Actor = { kind: 'service', id: 'service' }

export const novaPro = modelId('eu.amazon.nova-pro-v1:0')
export const novaLite = modelId('eu.amazon.nova-lite-v1:0')
export const novaMicro = modelId('eu.amazon.nova-micro-v1:0')
export const oldSonnet = modelId('anthropic.claude-3-5-sonnet-20241022-v2:0')
export const newSonnet = modelId('eu.anthropic.claude-sonnet-4-5-20250929-v1:0')
export const newHaiku = modelId('eu.anthropic.claude-haiku-4-5-20251001-v1:0')

const euRegions = ['eu-central-1', 'eu-west-1']

export const model = (id: string, changes: Partial<Model> = {}): Model => ({
  id: modelId(id),
  name: id,
  vendor: 'amazon',
  provider: providerId('bedrock'),
  upstreamId: id,
  purpose: 'chat',
  kind: 'geo-profile',
  baseModelId: null,
  family: 'nova',
  tier: 'pro',
  generation: 1,
  format: 'nova',
  contextTokens: 300_000,
  maxOutputTokens: 4_000,
  abilities: {
    tools: true,
    toolsStreaming: true,
    images: null,
    documents: null,
    streaming: true,
    jsonSchema: false,
    promptCaching: null,
    reasoning: false,
  },
  sourceRegions: euRegions,
  destinationRegions: euRegions,
  lifecycle: { status: 'active', endsOn: null, replacement: null },
  enabled: true,
  priority: 100,
  ...changes,
})

const claude = { vendor: 'anthropic', family: 'claude', format: 'claude' } as const

export const sampleModels: readonly Model[] = [
  model(novaPro, { name: 'Amazon Nova Pro', priority: 10 }),
  model(novaLite, { name: 'Amazon Nova Lite', tier: 'lite', priority: 20 }),
  model(novaMicro, { name: 'Amazon Nova Micro', tier: 'micro', priority: 30 }),
  model(newSonnet, { ...claude, name: 'Claude Sonnet 4.5', tier: 'sonnet', generation: 4.5, priority: 40 }),
  model(newHaiku, { ...claude, name: 'Claude Haiku 4.5', tier: 'haiku', generation: 4.5, priority: 50 }),
  model(oldSonnet, {
    ...claude,
    name: 'Claude 3.5 Sonnet',
    kind: 'foundation-model',
    tier: 'sonnet',
    generation: 3.5,
    destinationRegions: null,
    lifecycle: { status: 'eol', endsOn: '2026-07-30', replacement: newSonnet },
    priority: 90,
  }),
]

export const price = (
  id: string,
  inputUsd: number,
  outputUsd: number,
  changes: Partial<Price> = {},
): Price => ({
  id: priceId(`${id}@test`),
  modelId: modelId(id),
  region: 'eu-central-1',
  effectiveFromMs: Date.UTC(2026, 0, 1),
  inputPicoUsd: Math.round(inputUsd * 1e6),
  outputPicoUsd: Math.round(outputUsd * 1e6),
  cacheReadPicoUsd: null,
  cacheWrite5mPicoUsd: null,
  cacheWrite1hPicoUsd: null,
  tiers: [],
  source: 'made up for tests',
  sourceDate: '2026-01-01',
  ...changes,
})

const samplePrices: readonly Price[] = [
  price(novaPro, 1.05, 4.2),
  price(novaLite, 0.078, 0.312),
  price(novaMicro, 0.046, 0.184),
  price(newSonnet, 3.3, 16.5),
  price(newHaiku, 1.1, 5.5),
  price(oldSonnet, 3, 15),
]

const ranked = (...ids: readonly string[]): readonly RankedModel[] =>
  ids.map((id) => ({ modelId: modelId(id), weight: 1 }))

export const route = (name: string, changes: Partial<Route> = {}): Route => ({
  kind: 'use-case',
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
})

export const sampleRoutes: readonly Route[] = [
  route('default', { kind: 'default', target: novaPro, candidates: ranked(novaPro, newSonnet, novaLite) }),
  route('platform', { candidates: ranked(novaPro, newSonnet, novaLite) }),
  route('clinical', {
    target: newSonnet,
    candidates: ranked(newSonnet, newHaiku, novaPro, oldSonnet),
    objective: 'quality',
  }),
  route('health', { target: novaLite, candidates: ranked(novaLite, novaMicro, novaPro), objective: 'cost' }),
  route('operations', {
    target: novaMicro,
    candidates: ranked(novaMicro, novaPro, novaLite),
    objective: 'cost',
  }),
]

/** The routes of contract section 10 over six models. */
export async function fillRegistry(database: Database): Promise<void> {
  await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
    await upsertModels(transaction, sampleModels)
    await addPrices(transaction, samplePrices)
    await upsertRoutes(transaction, sampleRoutes)
    await upsertRoles(transaction, [
      { name: 'patient', useCase: 'health' },
      { name: 'medical_provider', useCase: 'clinical' },
      { name: 'facility_admin', useCase: 'operations' },
      { name: 'system_admin', useCase: 'platform' },
    ])
    await upsertFallbackRules(transaction, [
      { family: 'claude', tier: 'sonnet', toFamily: 'claude', toTier: 'haiku' },
      { family: 'claude', tier: 'opus', toFamily: 'claude', toTier: 'sonnet' },
      { family: 'claude', tier: 'haiku', toFamily: 'claude', toTier: 'sonnet' },
      { family: 'titan', tier: null, toFamily: 'claude', toTier: 'sonnet' },
      { family: 'llama', tier: null, toFamily: 'claude', toTier: 'sonnet' },
    ])
  })
}

/** One statement a transaction, as an operator makes it. */
export const edit = (
  database: Database,
  text: string,
  claims: { readonly [name: string]: unknown } | null = null,
) =>
  database.transaction({ purpose: 'sql', role: 'service_role', claims }, (transaction) =>
    transaction.query(text),
  )
