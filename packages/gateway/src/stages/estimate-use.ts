import { noUsage, type Plan, type Price, type RequestFacts, type UsageBuckets } from '@pointsman/contract'
import { billedNanoUsd, billedTier, costNanoUsd, priceInForce, type CompiledSnapshot } from '@pointsman/core'
import type { LimitEstimate } from '@pointsman/engine'
import { outputLimit, type Dialect } from '@pointsman/wire'
import type { Exchange } from '../exchange.ts'
import { dialectHeaders, type ParsedRequest } from './parse.ts'

export interface EstimateInput {
  readonly facts: Pick<RequestFacts, 'face' | 'needs' | 'receivedAtMs'>
  readonly snapshot: Pick<CompiledSnapshot, 'models' | 'prices'>
  readonly plan: Pick<Plan, 'candidates'>
  readonly parsed: Pick<ParsedRequest, 'operation' | 'scanned'>
  readonly face: Dialect
  readonly exchange: Pick<Exchange, 'header'>
}

/** Where the catalogue tells no limit of a model's output. */
const usualOutputTokens = 4_096

/**
 * The most that a request is expected to use of the model that is to serve it: its input by size, and all the output that it
 * allows, which is the model's own limit where it sets none. A count uses nothing that is billed. A fallback that costs more
 * is charged at its end: to reserve for the dearest of a chain would keep most of a small budget idle. So is a dearer tier that
 * the request does not ask for by name, such as the one that a vendor's project is set to.
 */
export function estimateUse({ exchange, face, facts, parsed, plan, snapshot }: EstimateInput): LimitEstimate {
  const first = plan.candidates[0]
  if (parsed.operation === 'count-tokens' || first === undefined) return { tokens: 0, costNanoUsd: 0 }
  const isEmbedding = parsed.operation === 'embed'
  const inputTokens = facts.needs.inputTokensEstimate
  const modelLimit = snapshot.models.get(first.modelId)?.maxOutputTokens ?? usualOutputTokens
  const outputTokens = isEmbedding ? 0 : outputLimit(facts.face, parsed.scanned, modelLimit)
  const asked = isEmbedding ? null : face.askedTier?.(parsed.scanned.json, dialectHeaders(exchange, face))
  const price = priceInForce(snapshot, first.modelId, first.region, facts.receivedAtMs)
  const usage = { ...noUsage, inputTokens, outputTokens }
  return {
    tokens: inputTokens + outputTokens,
    // A model without a price serves no key whose spend is limited. What cannot be reckoned is no gift: it takes all there is.
    costNanoUsd: price === null ? 0 : mostNanoUsd(usage, price, billedTier(null, asked ?? null)),
  }
}

/** A vendor may serve another tier than the one that is asked for: the standard one. */
function mostNanoUsd(usage: UsageBuckets, price: Price, tier: string | null): number {
  const standard = costNanoUsd(usage, price) ?? Number.MAX_SAFE_INTEGER
  return tier === null ? standard : Math.max(standard, billedNanoUsd(usage, price, tier) ?? 0)
}
