import { unknownUsage } from '@pointsman/contract'
import type { JsonObject, JsonValue, UsageBuckets } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'

/** A vendor's count; null for anything that is not one, because a wrong figure would be billed. */
function readCount(from: JsonObject, name: string): number | null {
  const count = numberOf(from[name])
  return count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null
}

function readHourWrites(usage: JsonObject): number | null {
  const details = usage['cacheDetails']
  if (!isJsonArray(details)) return null
  const hour = details.find((detail) => isJsonObject(detail) && detail['ttl'] === '1h')
  return isJsonObject(hour) ? readCount(hour, 'inputTokens') : null
}

/**
 * Bedrock's usage: `inputTokens` EXCLUDES cached tokens, as ours does. Cache writes are told in sum, and by
 * lifetime in `cacheDetails`; without details they are of five minutes, the default. Unknown members are left
 * alone (real answers have some). Null where the vendor said nothing.
 */
export function readUsage(value: JsonValue | undefined): UsageBuckets | null {
  if (!isJsonObject(value)) return null
  const hourWrites = readHourWrites(value)
  const writes = readCount(value, 'cacheWriteInputTokens')
  return {
    ...unknownUsage,
    inputTokens: readCount(value, 'inputTokens'),
    outputTokens: readCount(value, 'outputTokens'),
    cacheReadTokens: readCount(value, 'cacheReadInputTokens'),
    cacheWrite5mTokens: writes === null ? null : Math.max(0, writes - (hourWrites ?? 0)),
    cacheWrite1hTokens: hourWrites,
  }
}

/** Members that are known; `totalTokens` only where input and output are. Never a zero for "not known". */
export function writeUsage(usage: UsageBuckets): JsonObject {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage
  const writes =
    cacheWrite5mTokens === null && cacheWrite1hTokens === null
      ? null
      : (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0)
  const details = [
    ...(cacheWrite5mTokens === null ? [] : [{ ttl: '5m', inputTokens: cacheWrite5mTokens }]),
    ...(cacheWrite1hTokens === null ? [] : [{ ttl: '1h', inputTokens: cacheWrite1hTokens }]),
  ]
  return {
    ...(inputTokens === null ? {} : { inputTokens }),
    ...(outputTokens === null ? {} : { outputTokens }),
    ...(inputTokens === null || outputTokens === null
      ? {}
      : { totalTokens: inputTokens + outputTokens + (cacheReadTokens ?? 0) + (writes ?? 0) }),
    ...(cacheReadTokens === null ? {} : { cacheReadInputTokens: cacheReadTokens }),
    ...(writes === null ? {} : { cacheWriteInputTokens: writes }),
    ...(cacheWrite1hTokens === null ? {} : { cacheDetails: details }),
  }
}
