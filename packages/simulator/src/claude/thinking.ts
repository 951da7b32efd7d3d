import type { JsonObject, JsonValue } from '../json.ts'
import { onlyKnown, optionalOneOf, record, unknownTag } from './fields.ts'
import { checkThinkingType } from './generations.ts'
import type { ClaudeGeneration } from './generations.ts'
import { ClaudeProblem, problemAt } from './problem.ts'

const LEAST_BUDGET = 1_024
const ADAPTIVE_BUDGET = 4_096

/** What a request asks of the model's thoughts. */
export interface ThinkingWish {
  readonly budgetTokens: number
  /** `manual` is a budget of the caller's own, which forbids more than the other kinds. */
  readonly kind: 'manual' | 'adaptive'
  /** False: thoughts come as a signature without text. */
  readonly shown: boolean
}

/**
 * Reads `thinking`. Null when the caller does not ask for thoughts. `answersTool` is for `between_tools`, which thinks
 * only after a tool's result.
 */
export function readThinking(
  value: JsonValue | undefined,
  maxTokens: number | null,
  answersTool: boolean,
  takes: ClaudeGeneration,
): ThinkingWish | null {
  if (value === undefined || value === null) return null
  const thinking = record(value, 'thinking')
  switch (thinking['type']) {
    case 'disabled':
      onlyKnown(thinking, 'thinking.disabled', ['type'])
      return null
    case 'between_tools':
      onlyKnown(thinking, 'thinking.between_tools', ['type'])
      return answersTool
        ? { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', shown: takes.showsThoughts }
        : null
    case 'adaptive':
      onlyKnown(thinking, 'thinking.adaptive', ['type', 'display'])
      checkThinkingType('adaptive', takes)
      return { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', shown: isShown(thinking, 'adaptive', takes) }
    case 'enabled':
      return readManual(thinking, maxTokens, takes)
    default:
      throw unknownTag(thinking['type'], 'thinking', ['adaptive', 'between_tools', 'disabled', 'enabled'])
  }
}

function readManual(thinking: JsonObject, maxTokens: number | null, takes: ClaudeGeneration): ThinkingWish {
  onlyKnown(thinking, 'thinking.enabled', ['type', 'budget_tokens', 'display'])
  const budget = thinking['budget_tokens']
  if (budget === undefined) throw problemAt('thinking.enabled.budget_tokens', 'Field required')
  if (typeof budget !== 'number' || !Number.isInteger(budget)) {
    throw problemAt('thinking.enabled.budget_tokens', 'Input should be a valid integer')
  }
  if (budget < LEAST_BUDGET) {
    throw problemAt(
      'thinking.enabled.budget_tokens',
      `Input should be greater than or equal to ${LEAST_BUDGET}`,
    )
  }
  checkThinkingType('enabled', takes)
  if (maxTokens !== null && maxTokens <= budget) {
    throw new ClaudeProblem('`max_tokens` must be greater than `thinking.budget_tokens`')
  }
  return { budgetTokens: budget, kind: 'manual', shown: isShown(thinking, 'enabled', takes) }
}

function isShown(thinking: JsonObject, tag: string, { showsThoughts }: ClaudeGeneration): boolean {
  const display = optionalOneOf(thinking['display'], `thinking.${tag}.display`, ['summarized', 'omitted'])
  return display === null ? showsThoughts : display === 'summarized'
}
