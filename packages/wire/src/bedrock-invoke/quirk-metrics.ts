import { unknownUsage } from '@pointsman/contract'
import type { JsonObject, JsonValue, UsageBuckets } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'

/** Bedrock's own counts in the last event of a stream, whichever family answers (bedrock.md 1.4, recorded). */
export const metricsMember = 'amazon-bedrock-invocationMetrics'

export interface InvocationMetrics {
  readonly usage: UsageBuckets
  readonly latencyMs: number | null
}

function readCount(from: JsonObject, name: string): number | null {
  const count = numberOf(from[name])
  return count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null
}

/** Null where the event has none. Cache writes are told in sum only: of five minutes, as in Converse without details. */
export function readMetrics(value: JsonValue | undefined): InvocationMetrics | null {
  if (!isJsonObject(value)) return null
  return {
    usage: {
      ...unknownUsage,
      inputTokens: readCount(value, 'inputTokenCount'),
      outputTokens: readCount(value, 'outputTokenCount'),
      cacheReadTokens: readCount(value, 'cacheReadInputTokenCount'),
      cacheWrite5mTokens: readCount(value, 'cacheWriteInputTokenCount'),
    },
    latencyMs: readCount(value, 'invocationLatency'),
  }
}

/** Figures that are known; never a zero for "not known". Null where nothing is. */
export function writeMetrics({ usage, latencyMs }: InvocationMetrics): JsonObject | null {
  const { cacheWrite5mTokens, cacheWrite1hTokens } = usage
  const writes =
    cacheWrite5mTokens === null && cacheWrite1hTokens === null
      ? null
      : (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0)
  const figures: readonly (readonly [string, number | null])[] = [
    ['inputTokenCount', usage.inputTokens],
    ['outputTokenCount', usage.outputTokens],
    ['invocationLatency', latencyMs],
    ['cacheReadInputTokenCount', usage.cacheReadTokens],
    ['cacheWriteInputTokenCount', writes],
  ]
  const known = figures.filter(([, figure]) => figure !== null)
  return known.length === 0 ? null : Object.fromEntries(known)
}
