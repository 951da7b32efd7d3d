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

/** Null where the input is unknown: OpenAI's form has no word for "not known". */
export function writeUsage({ inputTokens }: UsageBuckets): JsonObject | null {
  return inputTokens === null ? null : { prompt_tokens: inputTokens, total_tokens: inputTokens }
}
