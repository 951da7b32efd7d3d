import { bucketsOf, type OtherUsage, type UsageRecord } from '@pointsman/contract'
import { costOfAnswer, type Answered, type PricesThen, type Served } from './answer-cost.ts'

/** An answer that came whole, or failed and told what it had used, and could not be given: its vendor bills it all the same. */
export interface SpentAnswer extends Answered {
  readonly served: Served
}

function tokensOf({ served, usage }: SpentAnswer): readonly OtherUsage[] {
  const { others = [], ...own } = bucketsOf(usage)
  return [{ model: usage.servedModel ?? served.candidate.upstreamId, usage: own }, ...others]
}

const spentWarning = ({ served }: SpentAnswer, cost: number | null): string =>
  `usage: an answer of ${served.candidate.modelId} could not be given and is billed all the same; ${cost === null ? 'what it cost is not known, and not in the cost' : 'its tokens stand among those of others, and are in the cost'}`

/** The record with what was spent in vain: whoever served in the end, or nobody, the vendors bill it. */
export function withSpent(
  record: UsageRecord,
  answers: readonly SpentAnswer[],
  snapshot: PricesThen['snapshot'],
): UsageRecord {
  if (answers.length === 0) return record
  const prices = { snapshot, atMs: record.receivedAtMs }
  const reckoned = answers.map((answer) => ({ answer, cost: costOfAnswer(answer, prices) }))
  const known = reckoned.map(({ cost }) => cost.nanoUsd).filter((cost) => cost !== null)
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
      ...reckoned.flatMap(({ answer, cost }) => [spentWarning(answer, cost.nanoUsd), ...cost.warnings]),
    ],
  }
}
