import type { Candidate, Drill } from '@pointsman/contract'

/** By the clock of whoever asks: a drill that nobody stopped is over all the same. */
export const isOver = (drill: Drill, nowMs: number): boolean => nowMs >= drill.endsAtMs

/** `chance`: 0 ≤ chance < 1. */
export const isDrawn = (drill: Drill, chance: number): boolean => chance * 100 < drill.percent

/** Whether a candidate is one of those that the drill hits. */
export function isAimedAt({ aim }: Pick<Drill, 'aim'>, candidate: Candidate): boolean {
  switch (aim.kind) {
    case 'target':
      return candidate.step === 'target'
    case 'all':
      return true
    case 'model':
      // A base id that its region serves only through a profile is that profile in plans.
      return candidate.modelId === aim.modelId || candidate.namedId === aim.modelId
    case 'provider':
      return candidate.provider === aim.provider
    default:
      return aim satisfies never
  }
}
