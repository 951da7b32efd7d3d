import { unknownUsage } from '@pointsman/contract'
import type { JsonObject, JsonValue, ServedTier, ToldUsage, UsageBuckets } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { openaiTiers, readServedTier } from '../service-tiers.ts'
import { besideTokens, withUnpriced } from '../unpriced.ts'

/** A vendor's count; null for anything that is not one, because a wrong figure would be billed. */
function readCount(from: JsonValue | undefined, name: string): number | null {
  const count = isJsonObject(from) ? numberOf(from[name]) : null
  return count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null
}

/** `input_tokens` INCLUDES cached tokens and those written to a cache, ours excludes them. Null where the vendor said nothing. */
function readCounts(value: JsonValue | undefined): UsageBuckets | null {
  if (!isJsonObject(value)) return null
  const cacheRead = readCount(value['input_tokens_details'], 'cached_tokens')
  const cacheWrite = readCount(value['input_tokens_details'], 'cache_write_tokens')
  const input = readCount(value, 'input_tokens')
  return {
    ...unknownUsage,
    inputTokens: input === null ? null : Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
    outputTokens: readCount(value, 'output_tokens'),
    reasoningTokens: readCount(value['output_tokens_details'], 'reasoning_tokens'),
  }
}

/** By the call, by the container, or in tokens of another model (developers.openai.com, pricing, 2026-11). */
const billedApart = ['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call']

function extrasOf({ output }: JsonObject): readonly string[] {
  const items = isJsonArray(output) ? output.filter(isJsonObject) : []
  return billedApart.flatMap((name) => {
    const { length: times } = items.filter(({ type }) => type === name)
    return times === 0 ? [] : [besideTokens(name.replace(/_call$/, ''), times)]
  })
}

/** Of a response object; null where it says nothing of its tokens. */
export function readUsage(response: JsonObject): ToldUsage | null {
  const usage = readCounts(response['usage'])
  return usage === null ? null : withUnpriced(usage, extrasOf(response))
}

/** The tier that served, of a response object; null where it is not told. */
export const readTier = (response: JsonObject): ServedTier | null =>
  readServedTier(openaiTiers, response['service_tier'])

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0)

/**
 * Null where input or output is unknown: the form has no word for "not known", and zero would be a lie. Of the details all
 * counts have to stand there (openai SDK 6.49, `ResponseUsage`; Codex and typed clients fail without): what is not known to be
 * of them is none. The usage record keeps that it is unknown.
 */
export function writeUsage(usage: UsageBuckets): JsonObject | null {
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = usage
  if (inputTokens === null || outputTokens === null) return null
  const cacheWrite = sum(usage.cacheWrite5mTokens, usage.cacheWrite1hTokens)
  const input = inputTokens + (cacheReadTokens ?? 0) + (cacheWrite ?? 0)
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: cacheReadTokens ?? 0,
      cache_write_tokens: cacheWrite ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: input + outputTokens,
  }
}
