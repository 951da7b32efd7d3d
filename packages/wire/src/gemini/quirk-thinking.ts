import type { ChatCall, JsonObject, Model, Reasoning } from '@pointsman/contract'

import { fitEffort, nearestEffort } from '../nearest-effort.ts'
import type { WarningList } from '../warning-list.ts'
import { quirksOf } from './quirks.ts'
import type { ModelQuirks } from './quirks.ts'

/** What an effort is worth in tokens (ai.google.dev: OpenAI compatibility, table of efforts, 2026-10). */
const budgetOfEffort: ReadonlyMap<string, number> = new Map([
  ['minimal', 1_024],
  ['low', 1_024],
  ['medium', 8_192],
  ['high', 24_576],
])

function writeLevel(effort: string, { levels }: ModelQuirks, warnings: WarningList): JsonObject {
  const level = fitEffort(effort, levels, warnings)
  return level === null ? {} : { thinkingLevel: level.toUpperCase() }
}

function writeBudget(wanted: number, quirks: ModelQuirks, warnings: WarningList): JsonObject {
  const { canStop, smallestBudget, largestBudget } = quirks
  if (wanted === 0 && canStop) return { thinkingBudget: 0 }
  const fitting = Math.min(Math.max(wanted, smallestBudget), largestBudget)
  if (fitting !== wanted) {
    const bound = wanted < smallestBudget ? 'least' : 'most'
    warnings.add(
      'reasoning_effort',
      `this model thinks with ${fitting} tokens at ${bound}, which was asked for`,
    )
  }
  return { thinkingBudget: fitting }
}

/** A budget, of a model that is asked for levels alone: the level that is worth so much. */
function writeWorth(budget: number, { levels }: ModelQuirks, warnings: WarningList): JsonObject {
  const [effort] = [...budgetOfEffort].find(([, worth]) => worth >= budget) ?? ['max']
  const level = nearestEffort(effort, levels) ?? effort
  warnings.add('reasoning_effort', `this model takes no budget of tokens; ${level} was asked for`)
  return { thinkingLevel: level.toUpperCase() }
}

function writeAmount(reasoning: Reasoning, quirks: ModelQuirks, warnings: WarningList): JsonObject {
  const { effort, budgetTokens } = reasoning
  if (budgetTokens !== null) {
    // Levels and budgets may not stand together; most models still take the older field, which says more.
    return (quirks.budgets ? writeBudget : writeWorth)(budgetTokens, quirks, warnings)
  }
  if (effort === null) return {}
  if (quirks.thinking === 'level') return writeLevel(effort, quirks, warnings)
  if (effort === 'none') return writeBudget(0, quirks, warnings)
  const budget = budgetOfEffort.get(fitEffort(effort, [...budgetOfEffort.keys()], warnings) ?? '')
  return budget === undefined ? {} : writeBudget(budget, quirks, warnings)
}

/** `thinkingConfig`, as the model wants to be asked for it; empty for nothing. A model without it gets a warning. */
export function writeThinking({ reasoning }: ChatCall, model: Model, warnings: WarningList): JsonObject {
  if (reasoning === null) return {}
  const quirks = quirksOf(model)
  if (quirks.thinking === null || model.abilities.reasoning === false) {
    if (reasoning.effort !== 'none') {
      warnings.add('reasoning_effort', 'this model has no setting for reasoning; it was left out')
    }
    return {}
  }
  return {
    ...writeAmount(reasoning, quirks, warnings),
    ...(reasoning.summary === null ? {} : { includeThoughts: true }),
  }
}
