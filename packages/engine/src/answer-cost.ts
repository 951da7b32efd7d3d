import type {
  Candidate,
  ModelId,
  OtherUsage,
  Price,
  Provider,
  ToldUsage,
  UsageRecord,
} from '@pointsman/contract'
import { billedNanoUsd, costNanoUsd, priceInForce, tierCost, type CompiledSnapshot } from '@pointsman/core'

type Catalogue = Pick<CompiledSnapshot, 'models' | 'prices'>

/** What prices are taken from, and of which instant. */
export interface PricesThen {
  readonly snapshot: Catalogue
  readonly atMs: number
}

/** The candidate that served, or that was at work when the caller left, with the price of its tokens. */
export interface Served {
  readonly candidate: Candidate
  /** Who answered and is billed: the candidate's model, or one that its vendor put in its place. */
  readonly modelId: ModelId
  readonly reason: UsageRecord['reason']
  readonly price: Price | null
  /** The service tier that is billed; null = the standard one. */
  readonly tier: string | null
  readonly provider: Pick<Provider, 'refusalsAreFree' | 'cacheWritesCostInput'>
}

/** An answer, as far as its vendor's bill depends on it. */
export interface Answered {
  /** Null = nobody served. */
  readonly served: Served | null
  readonly usage: ToldUsage
  /** `FinishReason`; null = it did not end. */
  readonly finish: string | null
}

export interface AnswerCost {
  /** Null = not known. */
  readonly nanoUsd: number | null
  readonly warnings: readonly string[]
}

const none: readonly string[] = []
export const nothingServed: AnswerCost = { nanoUsd: null, warnings: none }

/** The catalogue's entry of what a vendor calls a model; null = it has none. */
function entryOf(
  name: string,
  { provider, upstreamId, modelId }: Candidate,
  snapshot: Catalogue,
): ModelId | null {
  if (name === upstreamId) return modelId
  for (const model of snapshot.models.values())
    if (model.provider === provider && model.upstreamId === name) return model.id
  return null
}

/** Whose price an answer has: the candidate's, or that of the model that its vendor put in its place; null = of none that is known. */
export const answeredBy = (
  candidate: Candidate,
  usage: ToldUsage | null,
  snapshot: Catalogue,
): ModelId | null =>
  usage?.servedModel === undefined ? candidate.modelId : entryOf(usage.servedModel, candidate, snapshot)

/** What an answer cost, other models that took part in it included. */
export function costOfAnswer(answered: Answered, prices: PricesThen): AnswerCost {
  const { served, usage } = answered
  if (served === null) return nothingServed
  const own = costOfOwn(answered, served)
  if (usage.others === undefined || own.nanoUsd === null) return own
  const others = costOfOthers(usage, served, prices)
  return { nanoUsd: own.nanoUsd + others.nanoUsd, warnings: [...own.warnings, ...others.warnings] }
}

function costOfOwn({ finish, usage }: Answered, served: Served): AnswerCost {
  const { candidate, price, provider, tier } = served
  const { outputTokens, servedModel, unpriced = none } = usage
  const warnings =
    servedModel === undefined || servedModel === candidate.upstreamId
      ? unpriced
      : [fallbackWarning(servedModel, candidate.modelId, price), ...unpriced]
  if (finish === 'refusal' && outputTokens === 0 && provider.refusalsAreFree) return { nanoUsd: 0, warnings }
  if (price === null) return { nanoUsd: null, warnings }
  const billed = provider.cacheWritesCostInput ? withWritesAsInput(usage, price) : usage
  if (tier === null) return { nanoUsd: costNanoUsd(billed, price), warnings }
  const { isOfTier, nanoUsd } = tierCost(billed, price, tier)
  // Left open, the cost of a tier whose price is not known would count for nothing in limits of spend after a start.
  return { nanoUsd, warnings: isOfTier || nanoUsd === null ? warnings : [...warnings, tierWarning(tier)] }
}

/** By the standard rates alone: a tier that lacks what they have is one whose price is not known. */
function withWritesAsInput(usage: ToldUsage, { cacheWrite5mPicoUsd }: Price): ToldUsage {
  const { cacheWrite5mTokens: written, inputTokens } = usage
  if (cacheWrite5mPicoUsd !== null || written === null || inputTokens === null) return usage
  return { ...usage, inputTokens: inputTokens + written, cacheWrite5mTokens: 0 }
}

/** Its cost is told for what it is: prices say what vendors list, and some tiers are sold by contract. */
const tierWarning = (tier: string): string =>
  `service_tier: the price of the tier ${tier} is not known; the cost is reckoned at the standard price`

const fallbackWarning = (name: string, asked: ModelId, price: Price | null): string =>
  `fallbacks: ${name} answered in the place of ${asked}${price === null ? '; its price is not known, and so is the cost' : ''}`

export interface OthersCost {
  readonly nanoUsd: number
  readonly warnings: readonly string[]
}

function priceOfOther({ model }: OtherUsage, { candidate }: Served, prices: PricesThen): Price | null {
  const { snapshot, atMs } = prices
  const id = entryOf(model, candidate, snapshot)
  return id === null ? null : priceInForce(snapshot, id, candidate.region, atMs)
}

/** `isReckoned` false: not even the model that served has the rates, or the vendor did not tell the tokens. */
const unknownCost = (name: string, isReckoned: boolean): string =>
  `usage: the model ${name} took part, whose price is not known; ${isReckoned ? 'its tokens are reckoned at that of the model that served' : 'the cost is without its tokens'}`

/** What other models took within an answer, each by its own price. */
export function costOfOthers(usage: ToldUsage, served: Served, prices: PricesThen): OthersCost {
  const { others = [], othersTier = null } = usage
  const warnings = new Set<string>()
  let sum = 0
  for (const other of others) {
    const its = priceOfOther(other, served, prices)
    const own = its === null ? null : billedNanoUsd(other.usage, its, othersTier)
    // Left open, the whole cost would count for nothing in limits of spend.
    const reckoned =
      own ?? (served.price === null ? null : billedNanoUsd(other.usage, served.price, othersTier))
    if (own === null) warnings.add(unknownCost(other.model, reckoned !== null))
    sum += reckoned ?? 0
  }
  return { nanoUsd: sum, warnings: [...warnings] }
}
