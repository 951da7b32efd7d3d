import { unknownUsage } from '@pointsman/contract'
import type { JsonObject, JsonValue, ToldUsage, UsageBuckets } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'
import { atTextRate, withUnpriced } from '../unpriced.ts'

/** A vendor's count; null for anything that is not one, because a wrong figure would be billed. */
function readCount(from: JsonObject, name: string): number | null {
  const count = numberOf(from[name])
  return count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null
}

/**
 * OpenAI's usage: `prompt_tokens` INCLUDES cached tokens and those written to a cache, ours excludes them.
 * Unknown members are left alone. Null where the vendor said nothing.
 */
export function readUsage(value: JsonValue | undefined): ToldUsage | null {
  if (!isJsonObject(value)) return null
  const inputDetails = value['prompt_tokens_details']
  const outputDetails = value['completion_tokens_details']
  const cacheRead = isJsonObject(inputDetails) ? readCount(inputDetails, 'cached_tokens') : null
  const cacheWrite = isJsonObject(inputDetails) ? readCount(inputDetails, 'cache_write_tokens') : null
  const prompt = readCount(value, 'prompt_tokens')
  const audio = [inputDetails, outputDetails].reduce<number>(
    (sum, details) => sum + (isJsonObject(details) ? (readCount(details, 'audio_tokens') ?? 0) : 0),
    0,
  )
  const counts = {
    ...unknownUsage,
    inputTokens: prompt === null ? null : Math.max(0, prompt - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
    outputTokens: readCount(value, 'completion_tokens'),
    reasoningTokens: isJsonObject(outputDetails) ? readCount(outputDetails, 'reasoning_tokens') : null,
  }
  return withUnpriced(counts, atTextRate('audio', audio))
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0)

/** Null where input or output is unknown: OpenAI's form has no word for "not known", and zero would be a lie. */
export function writeUsage(usage: UsageBuckets): JsonObject | null {
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = usage
  if (inputTokens === null || outputTokens === null) return null
  const cacheWrite = sum(usage.cacheWrite5mTokens, usage.cacheWrite1hTokens)
  const prompt = inputTokens + (cacheReadTokens ?? 0) + (cacheWrite ?? 0)
  const inputDetails = {
    ...(cacheReadTokens === null ? {} : { cached_tokens: cacheReadTokens }),
    ...(cacheWrite === null ? {} : { cache_write_tokens: cacheWrite }),
  }
  return {
    prompt_tokens: prompt,
    completion_tokens: outputTokens,
    total_tokens: prompt + outputTokens,
    ...(cacheReadTokens === null && cacheWrite === null ? {} : { prompt_tokens_details: inputDetails }),
    ...(reasoningTokens === null ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  }
}
