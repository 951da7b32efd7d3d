import type { JsonObject, JsonValue, UsageRecord } from '@pointsman/contract'
import { invocationOf } from '@pointsman/metrics'
import { readVendorJson } from '@pointsman/wire'
import { fromPointsmanError, ModelManagerError } from '../model-manager-error.ts'
import type { Invoked } from './invoke.ts'
import type { ContentBlock, ModelResponse, TokenUsage } from './messages.ts'

/** What the caller gets of an answer, whose body is Converse's. Throws ModelManagerError where there is none. */
export function responseOf({ error, record }: Invoked, body: () => Uint8Array): ModelResponse {
  if (error !== null || record.outcome !== 'ok') throw errorOf({ error, record })
  const answer = readVendorJson(body(), 'The answer')
  const content = contentOf(answer)
  return {
    success: true,
    requestId: record.requestId,
    agentName: record.agent ?? '',
    modelId: record.modelId ?? '',
    latencyMs: record.durationMs,
    cost: record.costNanoUsd === null ? null : record.costNanoUsd / 1e9,
    usage: usageOf(record),
    content,
    text: content.map(({ text = '' }) => text).join(''),
    stopReason: textAt(answer, 'stopReason'),
    fallbackUsed: record.reason === 'fallback',
    warnings: record.warnings,
  }
}

function errorOf({ error, record }: Invoked): ModelManagerError {
  const details = {
    requestId: record.requestId,
    tried: record.attempts.map(({ error: failure, modelId }) => ({
      modelId,
      error: failure === null ? null : `${failure.code}: ${failure.message}`,
    })),
  }
  if (record.error?.code === 'client_closed') {
    return new ModelManagerError('cancelled', 'The call was cancelled before its end.', details)
  }
  if (error !== null) return fromPointsmanError(error, details)
  const code = record.error?.code ?? 'internal'
  return new ModelManagerError(code, record.error?.message ?? 'The model gave no answer.', details)
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const memberOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) ? value[name] : undefined

function contentOf(answer: JsonValue): readonly ContentBlock[] {
  const content = memberOf(memberOf(memberOf(answer, 'output'), 'message'), 'content')
  return Array.isArray(content) ? content.filter(isObject) : []
}

function textAt(answer: JsonValue, name: string): string {
  const value = memberOf(answer, name)
  return typeof value === 'string' ? value : ''
}

function usageOf(record: UsageRecord): TokenUsage {
  const invocation = invocationOf(record)
  const inputTokens = invocation?.inputTokens ?? null
  const outputTokens = invocation?.outputTokens ?? null
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens,
    cacheReadTokens: invocation?.cacheReadTokens ?? null,
    cacheWriteTokens: invocation?.cacheWriteTokens ?? null,
  }
}
