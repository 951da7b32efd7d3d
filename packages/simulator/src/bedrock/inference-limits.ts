import type { JsonObject } from '../json.ts'
import { optionalNumber } from './fields.ts'

/** Null where the caller gave none. */
export interface InferenceLimits {
  readonly maxTokens: number | null
  readonly temperature: number | null
  readonly topP: number | null
}

/** Reads the numbers of `inferenceConfig`. */
export function readLimits({ maxTokens, temperature, topP }: JsonObject): InferenceLimits {
  const share = { lowest: 0, highest: 1 }
  return {
    maxTokens: optionalNumber(maxTokens, 'inferenceConfig.maxTokens', { lowest: 1, whole: true }) ?? null,
    temperature: optionalNumber(temperature, 'inferenceConfig.temperature', share) ?? null,
    topP: optionalNumber(topP, 'inferenceConfig.topP', share) ?? null,
  }
}
