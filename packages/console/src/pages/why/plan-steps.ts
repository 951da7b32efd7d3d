import type { UsageRecord } from '@pointsman/contract'
import type { Tone } from '../../parts/badge.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** One model of a plan: its place in the order, or why it was left out of it. */
export interface PlanStep {
  readonly modelId: string
  /** From 1; null = it was left out. */
  readonly place: number | null
  readonly tone: Tone
  readonly words: string
  readonly why: string | null
}

/** Candidates in the order they were to be tried, then those that were left out. */
export const planSteps = (record: UsageRecord): readonly PlanStep[] => [
  ...record.plan.candidates.map((modelId, index) => candidateStep(record, modelId, index)),
  ...record.plan.excluded.map(({ gate, modelId, reason, rule }): PlanStep => ({
    ...{ modelId, place: null, tone: 'neutral' },
    words: fill(text.leftOut, { gate }),
    why: `${reason} (${rule})`,
  })),
]

function candidateStep(record: UsageRecord, modelId: string, index: number): PlanStep {
  const place = index + 1
  const isTarget = modelId === record.plan.target
  const why = isTarget ? text.target : text.fallback
  if (modelId === record.modelId) return { modelId, place, tone: 'good', words: text.chosen, why }
  const failed = record.attempts.findLast((attempt) => attempt.modelId === modelId)
  if (failed === undefined) return { modelId, place, tone: 'neutral', words: text.notTried, why }
  return { modelId, place, tone: 'bad', words: text.tried, why: failed.error?.message ?? why }
}
