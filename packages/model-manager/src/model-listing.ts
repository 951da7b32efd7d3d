import type { LifecycleStatus } from '@pointsman/contract'
import { callingRegion, checkAvailable, lifecycleStatusAt, type CompiledModel } from '@pointsman/core'
import type { World } from './catalogue/route-request.ts'
import { priceOf, type ModelPlace } from './model-config.ts'

/** A model that can be asked, with what it can do and what it costs. */
export interface ListedModel {
  readonly modelId: string
  readonly modelName: string
  /** Who made it, as `amazon`, `anthropic`. */
  readonly provider: string
  /** Whose service is called, as `bedrock`, `openai`. */
  readonly servedBy: string
  readonly modelFamily: string
  readonly lifecycle: LifecycleStatus
  /** It can be called from here now. */
  readonly available: boolean
  /** Why not; null = it can. */
  readonly problem: string | null
  readonly maxTokens: number | null
  readonly contextTokens: number | null
  readonly supportsTools: boolean
  readonly supportsStreaming: boolean
  readonly supportsVision: boolean
  readonly supportsDocuments: boolean
  readonly supportsJsonSchema: boolean
  /** US dollars for 1,000 tokens in the region that would be called; null = not known. */
  readonly costPer1kInputTokens: number | null
  readonly costPer1kOutputTokens: number | null
}

/** Models that chat and are switched on; those past their end of life last. */
export function listModels(place: ModelPlace, world: World): readonly ListedModel[] {
  const models = [...place.snapshot.models.values()].filter(
    ({ enabled, purpose }) => enabled && purpose === 'chat',
  )
  const isOver = (model: CompiledModel): number => (lifecycleStatusAt(model, world.nowMs) === 'eol' ? 1 : 0)
  return models
    .toSorted((a, b) => isOver(a) - isOver(b) || a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .map((model) => listed(model, place, world))
}

function listed(model: CompiledModel, place: ModelPlace, world: World): ListedModel {
  const { abilities } = model
  const verdict = checkAvailable(model, {
    ...{ nowMs: world.nowMs, lifecycleRule: 'warn', automatic: false },
    ...{ providers: world.providers, openCircuits: world.openCircuits },
    region: callingRegion(model, world.homeRegion),
  })
  return {
    modelId: model.id,
    modelName: model.name,
    provider: model.vendor,
    servedBy: model.provider,
    modelFamily: model.family,
    lifecycle: lifecycleStatusAt(model, world.nowMs),
    available: verdict === null,
    problem: verdict?.reason ?? null,
    maxTokens: model.maxOutputTokens,
    contextTokens: model.contextTokens,
    supportsTools: abilities.tools ?? false,
    supportsStreaming: abilities.streaming ?? false,
    supportsVision: abilities.images ?? false,
    supportsDocuments: abilities.documents ?? false,
    supportsJsonSchema: abilities.jsonSchema ?? false,
    ...priceOf(model, place),
  }
}
