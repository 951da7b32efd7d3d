import type { OtherUsage, UsageBuckets, UsageRecord } from '@pointsman/contract'
import { billedNanoUsd, type CompiledSnapshot } from '@pointsman/core'
import { costOfOthers } from './other-usage.ts'
import type { Served } from './settle.ts'

/** An answer that came whole and could not be given: its vendor bills it all the same. */
export interface SpentAnswer {
  readonly served: Served
  readonly usage: UsageBuckets
}

type Prices = Pick<CompiledSnapshot, 'models' | 'prices'>

/** Null = not known. */
function costOf({ served, usage }: SpentAnswer, snapshot: Prices, atMs: number): number | null {
  const own = served.price === null ? null : billedNanoUsd(usage, served.price, served.tier)
  return own === null ? null : own + costOfOthers(usage, served, { snapshot, atMs }).nanoUsd
}

function tokensOf({ served, usage }: SpentAnswer): readonly OtherUsage[] {
  const { others = [], ...own } = usage
  return [{ model: served.candidate.upstreamId, usage: own }, ...others]
}

const spentWarning = ({ served }: SpentAnswer, cost: number | null): string =>
  `usage: an answer of ${served.candidate.modelId} could not be given and is billed all the same; ${cost === null ? 'what it cost is not known, and not in the cost' : 'its tokens stand among those of others, and are in the cost'}`

/** The record with what was spent in vain: whoever served in the end, or nobody, the vendors bill it. */
export function withSpent(
  record: UsageRecord,
  answers: readonly SpentAnswer[],
  snapshot: Prices,
): UsageRecord {
  if (answers.length === 0) return record
  const costs = answers.map((answer) => costOf(answer, snapshot, record.receivedAtMs))
  const known = costs.filter((cost) => cost !== null)
  // Nobody served: what is known of the spent ones is all that there is.
  const own = record.modelId === null && known.length > 0 ? 0 : record.costNanoUsd
  return {
    ...record,
    usage: {
      ...record.usage,
      others: [...(record.usage.others ?? []), ...answers.flatMap(tokensOf)],
    },
    costNanoUsd: own === null ? null : known.reduce((sum, cost) => sum + cost, own),
    warnings: [
      ...record.warnings,
      ...answers.map((answer, index) => spentWarning(answer, costs[index] ?? null)),
    ],
  }
}
