import type { ChatCall, JsonValue, Model } from '@pointsman/contract'

import { numberOf } from './exact-json.ts'
import { unsupported } from './warning-list.ts'
import type { WarningList } from './warning-list.ts'

/** More than a model can write is no more than it can write, so the limit is lowered instead of refused. */
export function lowerLimit(maxTokens: number, model: Model, warnings: WarningList): number {
  const most = model.maxOutputTokens ?? Infinity
  if (maxTokens <= most) return maxTokens
  warnings.add('max_tokens', `this model writes at most ${most} tokens, which was sent`)
  return most
}

/** Whether a limit as the caller wrote it is one that the vendor refuses; see `lowerLimit`. */
export const isAboveLimit = (maxTokens: JsonValue | undefined, { maxOutputTokens }: Model): boolean =>
  maxOutputTokens !== null && (numberOf(maxTokens) ?? 0) > maxOutputTokens

/** Temperature, top_p and top_k left out. 1 is what a model does anyway, so leaving it out needs no warning. */
export function dropDistribution({ sampling }: ChatCall, why: string, warnings: WarningList): void {
  const { temperature, topP, topK } = sampling
  if (temperature !== null && temperature !== 1) warnings.add('temperature', why)
  if (topP !== null && topP !== 1) warnings.add('top_p', why)
  if (topK !== null) warnings.add('top_k', why)
}

/** What models beside OpenAI's do not know. Throws `unsupported_parameter` for log probabilities. */
export function judgeOtherSampling({ sampling }: ChatCall, warnings: WarningList): void {
  const { seed, frequencyPenalty, presencePenalty, logprobs } = sampling
  if (logprobs !== null) {
    throw unsupported(
      'logprobs',
      'this model tells no log probabilities; leave it out, or choose an OpenAI model.',
    )
  }
  const why = 'this model has no such parameter; it was left out'
  if (seed !== null) warnings.add('seed', why)
  if (frequencyPenalty !== null && frequencyPenalty !== 0) warnings.add('frequency_penalty', why)
  if (presencePenalty !== null && presencePenalty !== 0) warnings.add('presence_penalty', why)
}
