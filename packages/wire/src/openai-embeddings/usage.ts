import { noUsage, unknownUsage } from '@pointsman/contract'
import type { JsonObject, JsonValue, UsageBuckets } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'

/** Embeddings have input only, and no vendor caches it: the other buckets are zero, not unknown. */
export function readUsage(value: JsonValue | undefined): UsageBuckets {
  const prompt = isJsonObject(value) ? numberOf(value['prompt_tokens']) : null
  if (prompt === null || !Number.isSafeInteger(prompt) || prompt < 0) return unknownUsage
  return { ...noUsage, inputTokens: prompt }
}

/** Zero where the input is unknown: typed clients cannot read an answer without usage. */
export const writeUsage = ({ inputTokens }: UsageBuckets): JsonObject => ({
  prompt_tokens: inputTokens ?? 0,
  total_tokens: inputTokens ?? 0,
})
