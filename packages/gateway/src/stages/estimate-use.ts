import { noUsage, type Candidate, type Plan, type RequestFacts } from '@pointsman/contract'
import { costNanoUsd, priceInForce, type CompiledSnapshot } from '@pointsman/core'
import type { LimitEstimate } from '@pointsman/engine'
import { outputLimit } from '@pointsman/wire'
import type { ParsedRequest } from './parse.ts'

export interface EstimateInput {
  readonly facts: RequestFacts
  readonly snapshot: CompiledSnapshot
  readonly plan: Plan
  readonly parsed: ParsedRequest
}

/** Where the catalogue tells no limit of a model's output. */
const usualOutputTokens = 4_096

/**
 * The most that a request is expected to use, by the dearest candidate of its plan: its input by size, and all the output
 * that it allows, which is the model's own limit where it sets none. A count uses nothing that is billed.
 */
export function estimateUse({ facts, parsed, plan, snapshot }: EstimateInput): LimitEstimate {
  if (parsed.operation === 'count-tokens') return { tokens: 0, costNanoUsd: 0 }
  const inputTokens = facts.needs.inputTokensEstimate
  const outputOf = ({ modelId }: Candidate): number =>
    parsed.operation === 'embed'
      ? 0
      : outputLimit(parsed.scanned, snapshot.models.get(modelId)?.maxOutputTokens ?? usualOutputTokens)
  const costOf = (candidate: Candidate): number => {
    const price = priceInForce(snapshot, candidate.modelId, candidate.region, facts.receivedAtMs)
    const usage = { ...noUsage, inputTokens, outputTokens: outputOf(candidate) }
    // A model without a price serves no key whose spend is limited.
    return price === null ? 0 : (costNanoUsd(usage, price) ?? 0)
  }
  return {
    tokens: inputTokens + Math.max(0, ...plan.candidates.map(outputOf)),
    costNanoUsd: Math.max(0, ...plan.candidates.map(costOf)),
  }
}
