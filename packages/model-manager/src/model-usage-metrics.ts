import { modelId, priceId, unknownUsage, type Price, type UsageRecord } from '@pointsman/contract'
import { costNanoUsd } from '@pointsman/core'
import { invocationOf } from '@pointsman/metrics'
import type { ModelConfig } from './model-config.ts'

/** What one invocation used. */
export class ModelUsageMetrics {
  readonly agentName: string
  readonly modelId: string
  readonly timestamp: Date
  readonly inputTokens: number
  readonly outputTokens: number
  readonly latencyMs: number
  readonly success: boolean
  readonly errorMessage: string | null

  constructor(
    values: Omit<ModelUsageMetrics, 'toDict' | 'getCost' | 'errorMessage'> & {
      readonly errorMessage?: string | null
    },
  ) {
    this.agentName = values.agentName
    this.modelId = values.modelId
    this.timestamp = values.timestamp
    this.inputTokens = values.inputTokens
    this.outputTokens = values.outputTokens
    this.latencyMs = values.latencyMs
    this.success = values.success
    this.errorMessage = values.errorMessage ?? null
  }

  /** With names in snake case and the instant as text, to be written as JSON. */
  toDict(): { readonly [name: string]: string | number | boolean | null } {
    return {
      agent_name: this.agentName,
      model_id: this.modelId,
      timestamp: this.timestamp.toISOString(),
      input_tokens: this.inputTokens,
      output_tokens: this.outputTokens,
      latency_ms: this.latencyMs,
      success: this.success,
      error_message: this.errorMessage,
    }
  }

  /** US dollars at the prices of this model; null where one is not known. */
  getCost(modelConfig: ModelConfig): number | null {
    const { inputTokens, outputTokens } = this
    const nano = costNanoUsd({ ...unknownUsage, inputTokens, outputTokens }, priceOfConfig(modelConfig))
    return nano === null ? null : nano / 1e9
  }
}

const picoUsd = (usdPer1k: number | null): number | null =>
  usdPer1k === null ? null : Math.round(usdPer1k * 1e9)

const priceOfConfig = (config: ModelConfig): Price => ({
  id: priceId(config.modelId),
  modelId: modelId(config.modelId),
  region: '*',
  effectiveFromMs: 0,
  inputPicoUsd: picoUsd(config.costPer1kInputTokens),
  outputPicoUsd: picoUsd(config.costPer1kOutputTokens),
  cacheReadPicoUsd: null,
  cacheWrite5mPicoUsd: null,
  cacheWrite1hPicoUsd: null,
  tiers: [],
  source: 'ModelConfig',
  sourceDate: '',
})

/** Null = the record is of no invocation. Tokens that the vendor did not tell count as none here. */
export function usageMetricsOf(record: UsageRecord): ModelUsageMetrics | null {
  const invocation = invocationOf(record)
  if (invocation === null) return null
  return new ModelUsageMetrics({
    agentName: invocation.agent,
    modelId: invocation.model,
    timestamp: new Date(record.receivedAtMs),
    inputTokens: invocation.inputTokens ?? 0,
    outputTokens: invocation.outputTokens ?? 0,
    latencyMs: invocation.latencyMs,
    success: invocation.success,
    errorMessage: record.error?.message ?? null,
  })
}
