import type { OtherUsage, Price, UsageBuckets, UsageRecord } from '@pointsman/contract'
import { costNanoUsd, priceInForce, type CompiledSnapshot } from '@pointsman/core'
import type { Served } from './settle.ts'

/** What prices are taken from, and of which instant. */
export interface PricesThen {
  readonly snapshot: Pick<CompiledSnapshot, 'models' | 'prices'>
  readonly atMs: number
}

export interface OthersCost {
  readonly nanoUsd: number
  readonly warnings: readonly string[]
}

function priceOfOther({ model: name }: OtherUsage, { candidate }: Served, prices: PricesThen): Price | null {
  const { snapshot, atMs } = prices
  for (const { id, provider, upstreamId } of snapshot.models.values())
    if (provider === candidate.provider && upstreamId === name)
      return priceInForce(snapshot, id, candidate.region, atMs)
  return null
}

/** `isReckoned` false: not even the model that served has the rates, or the vendor did not tell the tokens. */
const unknownCost = (name: string, isReckoned: boolean): string =>
  `usage: the model ${name} took part, whose price is not known; ${isReckoned ? 'its tokens are reckoned at that of the model that served' : 'the cost is without its tokens'}`

/** What other models took within an answer, each by its own price. */
export function costOfOthers({ others = [] }: UsageBuckets, served: Served, prices: PricesThen): OthersCost {
  const warnings = new Set<string>()
  let sum = 0
  for (const other of others) {
    const its = priceOfOther(other, served, prices)
    const own = its === null ? null : costNanoUsd(other.usage, its)
    // Left open, the whole cost would count for nothing in limits of spend.
    const reckoned = own ?? (served.price === null ? null : costNanoUsd(other.usage, served.price))
    if (own === null) warnings.add(unknownCost(other.model, reckoned !== null))
    sum += reckoned ?? 0
  }
  return { nanoUsd: sum, warnings: [...warnings] }
}

/** The record with what other models took within the answer in its cost. */
export function withOthers(
  record: UsageRecord,
  served: Served | null,
  snapshot: PricesThen['snapshot'],
): UsageRecord {
  const { costNanoUsd: own, receivedAtMs: atMs, usage } = record
  if (usage.others === undefined || served === null || own === null) return record
  const { nanoUsd, warnings } = costOfOthers(usage, served, { snapshot, atMs })
  return { ...record, costNanoUsd: own + nanoUsd, warnings: [...record.warnings, ...warnings] }
}
