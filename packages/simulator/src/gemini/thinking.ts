import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'
import { isTrue, optionalMessage, optionalNumber, optionalText } from './fields.ts'
import { thinkingRange } from './generations.ts'

/** How a model thinks before it answers. */
export interface Thinking {
  /** Null = not at all. */
  readonly budgetTokens: number | null
  /** True when its thoughts are to be seen; they cost the same unseen. */
  readonly isShown: boolean
}

/** Of "dynamic" thinking, where the model decides by itself. */
const DYNAMIC_BUDGET = 8_192
const BUDGET_BY_LEVEL: Readonly<Record<string, number>> = {
  MINIMAL: 16,
  LOW: 1_024,
  MEDIUM: 8_192,
  HIGH: 24_576,
  XHIGH: 32_768,
}

/**
 * Reads `thinkingConfig`. Models from generation 3 on take a level, or a budget as before, and not both; earlier ones a
 * budget only, where 0 turns it off and -1 leaves it to the model. Unasked, a model that can think does.
 */
export function readThinking(config: JsonObject, model: SimulatedModel, maxTokens: number | null): Thinking {
  const thinking = optionalMessage(config, 'thinkingConfig') ?? {}
  const budget = optionalNumber(thinking, 'thinkingBudget')
  const named = optionalText(thinking, 'thinkingLevel')
  const level = named === 'THINKING_LEVEL_UNSPECIFIED' ? undefined : named
  const isShown = isTrue(thinking, 'includeThoughts')
  if (budget !== undefined && level !== undefined) {
    throw invalid('You can only set only one of thinking budget and thinking level.')
  }
  if (model.abilities.reasoning !== true) {
    if (level !== undefined) throw invalid('Thinking level is not supported for this model.')
    if (isShown || (budget !== undefined && budget !== 0))
      throw invalid('Thinking is not supported for this model.')
    return { budgetTokens: null, isShown: false }
  }
  checkLevel(level, model)
  checkBudget(budget, model)
  if (budget === 0) {
    if (isShown) throw invalid('Thinking_config.include_thoughts is only enabled when thinking is enabled.')
    return { budgetTokens: null, isShown }
  }
  const asked = level === undefined ? budget : BUDGET_BY_LEVEL[level]
  return { budgetTokens: leavingRoom(asked, maxTokens), isShown }
}

function checkLevel(level: string | undefined, model: SimulatedModel): void {
  if (level === undefined) return
  const { takesLevels, missing } = thinkingRange(model)
  if (!takesLevels) throw invalid('Thinking level is not supported for this model.')
  if (missing.includes(level)) throw invalid(`Thinking level ${level} is not supported for this model.`)
}

/** 0 turns thinking off where it can be, -1 leaves it to the model. */
function checkBudget(budget: number | undefined, model: SimulatedModel): void {
  if (budget === undefined || budget === -1) return
  const { budgets, canTurnOff } = thinkingRange(model)
  if (budget === 0) {
    if (canTurnOff) return
    throw invalid('Budget 0 is invalid. This model only works in thinking mode.')
  }
  if (budget < budgets[0] || budget > budgets[1]) throw invalid(`The thinking budget (${budget}) is invalid.`)
}

/** Thoughts count against the limit of the answer: half of it is left for words unless a budget says otherwise. */
function leavingRoom(asked: number | undefined, maxTokens: number | null): number {
  if (asked !== undefined && asked > 0) return asked
  return maxTokens === null
    ? DYNAMIC_BUDGET
    : Math.max(1, Math.min(DYNAMIC_BUDGET, Math.floor(maxTokens / 2)))
}
