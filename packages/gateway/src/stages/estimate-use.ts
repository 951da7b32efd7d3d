import { noUsage, type Plan, type RequestFacts } from '@pointsman/contract'
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
 * The most that a request is expected to use of the model that is to serve it: its input by size, and all the output that it
 * allows, which is the model's own limit where it sets none. A count uses nothing that is billed. A fallback that costs more
 * is charged at its end: to reserve for the dearest of a chain would keep most of a small budget idle.
 */
export function estimateUse({ facts, parsed, plan, snapshot }: EstimateInput): LimitEstimate {
  const first = plan.candidates[0]
  if (parsed.operation === 'count-tokens' || first === undefined) return { tokens: 0, costNanoUsd: 0 }
  const inputTokens = facts.needs.inputTokensEstimate
  const modelLimit = snapshot.models.get(first.modelId)?.maxOutputTokens ?? usualOutputTokens
  const outputTokens = parsed.operation === 'embed' ? 0 : outputLimit(facts.face, parsed.scanned, modelLimit)
  const price = priceInForce(snapshot, first.modelId, first.region, facts.receivedAtMs)
  const usage = { ...noUsage, inputTokens, outputTokens }
  return {
    tokens: inputTokens + outputTokens,
    // A model without a price serves no key whose spend is limited. What cannot be reckoned is no gift: it takes all there is.
    costNanoUsd: price === null ? 0 : (costNanoUsd(usage, price) ?? Number.MAX_SAFE_INTEGER),
  }
}
