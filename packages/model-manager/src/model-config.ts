import type { CompiledModel, CompiledSnapshot } from '@pointsman/core'
import { callingRegion, priceInForce } from '@pointsman/core'

/** What a model is and costs, as agents' code asks for it. */
export class ModelConfig {
  readonly modelId: string
  /** `claude`, `nova`, `titan`, `llama`, … */
  readonly modelFamily: string
  /** Of an answer. 0 = not known. */
  readonly maxTokens: number
  /** What is sent where a call names none; null = nothing, the vendor's own default holds. */
  readonly temperature: number | null
  readonly supportsTools: boolean
  readonly supportsStreaming: boolean
  /** US dollars for 1,000 tokens; null = not known. */
  readonly costPer1kInputTokens: number | null
  readonly costPer1kOutputTokens: number | null

  constructor(values: Omit<ModelConfig, 'toDict'>) {
    this.modelId = values.modelId
    this.modelFamily = values.modelFamily
    this.maxTokens = values.maxTokens
    this.temperature = values.temperature
    this.supportsTools = values.supportsTools
    this.supportsStreaming = values.supportsStreaming
    this.costPer1kInputTokens = values.costPer1kInputTokens
    this.costPer1kOutputTokens = values.costPer1kOutputTokens
  }

  /** The same with names in snake case, to be written as JSON. */
  toDict(): { readonly [name: string]: string | number | boolean | null } {
    return {
      model_id: this.modelId,
      model_family: this.modelFamily,
      max_tokens: this.maxTokens,
      temperature: this.temperature,
      supports_tools: this.supportsTools,
      supports_streaming: this.supportsStreaming,
      cost_per_1k_input_tokens: this.costPer1kInputTokens,
      cost_per_1k_output_tokens: this.costPer1kOutputTokens,
    }
  }
}

export interface ModelPlace {
  readonly snapshot: CompiledSnapshot
  readonly homeRegion: string
  readonly nowMs: number
}

/** A pico-dollar a token is a nano-dollar for a thousand. */
const usdPer1k = (picoUsd: number | null | undefined): number | null =>
  picoUsd == null ? null : picoUsd / 1e9

export const priceOf = (model: CompiledModel, { homeRegion, nowMs, snapshot }: ModelPlace) => {
  const price = priceInForce(snapshot, model.id, callingRegion(model, homeRegion), nowMs)
  return {
    costPer1kInputTokens: usdPer1k(price?.inputPicoUsd),
    costPer1kOutputTokens: usdPer1k(price?.outputPicoUsd),
  }
}

export const modelConfigOf = (
  model: CompiledModel,
  place: ModelPlace,
  temperature: number | null,
): ModelConfig =>
  new ModelConfig({
    modelId: model.id,
    modelFamily: model.family,
    maxTokens: model.maxOutputTokens ?? 0,
    temperature,
    supportsTools: model.abilities.tools ?? false,
    supportsStreaming: model.abilities.streaming ?? false,
    ...priceOf(model, place),
  })
