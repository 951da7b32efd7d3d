import type { OtherUsage, Price, UsageRecord } from '@pointsman/contract'
import { costNanoUsd, priceInForce, type CompiledSnapshot } from '@pointsman/core'
import type { Served } from './settle.ts'

type Prices = Pick<CompiledSnapshot, 'models' | 'prices'>

function priceOfOther(
  { model: name }: OtherUsage,
  { candidate }: Served,
  snapshot: Prices,
  atMs: number,
): Price | null {
  for (const { id, provider, upstreamId } of snapshot.models.values())
    if (provider === candidate.provider && upstreamId === name)
      return priceInForce(snapshot, id, candidate.region, atMs)
  return null
}

const unknownPrice = (name: string): string =>
  `usage: the model ${name} took part, whose price is not known; its tokens are reckoned at that of the model that served`

/** The record with what other models took within the answer in its cost: each by its own price. */
export function withOthers(record: UsageRecord, served: Served | null, snapshot: Prices): UsageRecord {
  const { costNanoUsd: own, receivedAtMs, usage } = record
  const price = served?.price ?? null
  if (usage.others === undefined || served === null || price === null || own === null) return record
  const warnings = new Set(record.warnings)
  let sum = own
  for (const other of usage.others) {
    const its = priceOfOther(other, served, snapshot, receivedAtMs)
    if (its === null) warnings.add(unknownPrice(other.model))
    // Left open, the whole cost would count for nothing in limits of spend.
    sum += costNanoUsd(other.usage, its ?? price) ?? 0
  }
  return { ...record, costNanoUsd: sum, warnings: [...warnings] }
}
