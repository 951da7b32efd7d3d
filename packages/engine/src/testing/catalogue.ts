import {
  modelId,
  priceId,
  providerId,
  type Model,
  type Price,
  type Revision,
  type Route,
  type Snapshot,
} from '@pointsman/contract'
import { compileSnapshot, snapshotFrom, type CompiledSnapshot } from '@pointsman/core'
import { nodeDigests } from './digests.ts'

/** A catalogue entry that can do everything; `changed` says what is different. */
export function modelNamed(id: string, changed: Partial<Model> = {}): Model {
  return {
    id: modelId(id),
    name: `Model ${id}`,
    vendor: 'amazon',
    provider: providerId('bedrock'),
    upstreamId: id,
    purpose: 'chat',
    kind: 'foundation-model',
    baseModelId: null,
    family: 'nova',
    tier: 'pro',
    generation: 1,
    format: 'nova',
    contextTokens: 300_000,
    maxOutputTokens: 10_000,
    abilities: {
      tools: true,
      toolsStreaming: true,
      images: true,
      documents: true,
      streaming: true,
      jsonSchema: true,
      promptCaching: true,
      reasoning: true,
    },
    sourceRegions: ['eu-central-1'],
    destinationRegions: ['eu-central-1'],
    lifecycle: { status: 'active', endsOn: null, replacement: null },
    enabled: true,
    priority: 1,
    ...changed,
  }
}

/** US-$ 1 per million tokens in, 4 out. */
export function priceOf(id: string): Price {
  return {
    id: priceId(`price-${id}`),
    modelId: modelId(id),
    region: 'eu-central-1',
    effectiveFromMs: 0,
    inputPicoUsd: 1_000_000,
    outputPicoUsd: 4_000_000,
    cacheReadPicoUsd: 100_000,
    cacheWrite5mPicoUsd: 1_250_000,
    cacheWrite1hPicoUsd: 2_000_000,
    tiers: [],
    source: 'test',
    sourceDate: '2026-11-21',
  }
}

const defaultRoute = (target: string): Route => ({
  kind: 'default',
  name: 'default',
  target: modelId(target),
  candidates: [],
  strategy: 'priority',
  fallbacks: null,
  residency: null,
  lifecycleRule: 'warn',
  objective: 'curated',
  autoSwitch: 'off',
  capture: false,
  heartbeatMs: null,
  switchId: null,
})

export interface SnapshotWish {
  readonly revision: Revision
  readonly models: readonly string[]
  /** Null = a snapshot without its default route, which no replica accepts. */
  readonly target: string | null
  readonly changed?: Changed
}

/** What is different of every model and price. */
export interface Changed {
  readonly model?: Partial<Model> | undefined
  readonly price?: Partial<Price> | undefined
}

export function snapshotOf({ changed = {}, revision, models, target }: SnapshotWish): Snapshot {
  return snapshotFrom(
    {
      models: models.map((id) => modelNamed(id, changed.model)),
      prices: models.map((id) => ({ ...priceOf(id), ...changed.price })),
      routes: target === null ? [] : [defaultRoute(target)],
      roles: [],
      aliases: [],
      keys: [],
      'fallback-rules': [],
    },
    { revision, createdAtMs: 0, sha256Hex: (text) => nodeDigests.sha256Hex(text) },
  )
}

export function compiledOf(models: readonly string[], changed: Changed = {}): CompiledSnapshot {
  const [target = null] = models
  return compileSnapshot(snapshotOf({ revision: { epoch: 1, number: 7 }, models, target, changed }))
}
