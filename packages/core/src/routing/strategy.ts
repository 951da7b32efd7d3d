import type { Conditions } from './routing-call.ts'

/** One member of a route's list as a strategy sees it. */
export interface Choice {
  readonly modelId: string
  readonly weight: number
  /** Recent milliseconds; null = not measured. */
  readonly latencyMs: number | null
  /** Pico-dollars of a token of this request, input and output mixed; null = no price known. */
  readonly picoUsdPerToken: number | null
}

/** Where `chance` falls when the members share the unit by weight. Null when nobody has a share. */
function byWeight(choices: readonly Choice[], chance: number): Choice | null {
  let whole = 0
  for (const choice of choices) whole += choice.weight
  let left = chance * whole
  let last: Choice | null = null
  for (const choice of choices) {
    if (choice.weight <= 0) continue
    last = choice
    left -= choice.weight
    if (left < 0) return choice
  }
  return last
}

/** The least by a figure; the earlier rank wins a tie. */
function least(choices: readonly Choice[], figure: (choice: Choice) => number): Choice | null {
  let best: Choice | null = null
  for (const choice of choices) {
    if (best === null || figure(choice) < figure(best)) best = choice
  }
  return best
}

/**
 * Picks from the usable members of a list, ranked best first. Without a latency a member goes first, because
 * it would never get one otherwise; without a price it goes last.
 */
export function pick(
  strategy: 'priority' | 'weighted' | 'least-latency' | 'lowest-cost',
  choices: readonly Choice[],
  chance: Conditions['chance'],
): Choice | null {
  switch (strategy) {
    case 'priority':
      return choices[0] ?? null
    case 'weighted':
      return byWeight(choices, chance) ?? choices[0] ?? null
    case 'least-latency':
      return least(choices, (choice) => choice.latencyMs ?? 0)
    case 'lowest-cost':
      return least(choices, (choice) => choice.picoUsdPerToken ?? Number.POSITIVE_INFINITY)
  }
}
