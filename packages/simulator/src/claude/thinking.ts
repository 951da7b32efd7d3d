import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { onlyKnown, optionalOneOf, record, unknownTag } from './fields.ts'
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
): ThinkingWish | null {
  if (value === undefined || value === null) return null
  const thinking = record(value, 'thinking')
  switch (thinking['type']) {
    case 'disabled':
      onlyKnown(thinking, 'thinking.disabled', ['type'])
      return null
    case 'between_tools':
      onlyKnown(thinking, 'thinking.between_tools', ['type'])
      return answersTool ? { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', shown: true } : null
    case 'adaptive':
      onlyKnown(thinking, 'thinking.adaptive', ['type', 'display'])
      return { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', shown: isShown(thinking, 'adaptive') }
    case 'enabled':
      return readManual(thinking, maxTokens)
    default:
      throw unknownTag(thinking['type'], 'thinking', ['adaptive', 'between_tools', 'disabled', 'enabled'])
  }
}

function readManual(thinking: JsonObject, maxTokens: number | null): ThinkingWish {
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
  if (maxTokens !== null && maxTokens <= budget) {
    throw new ClaudeProblem('`max_tokens` must be greater than `thinking.budget_tokens`')
  }
  return { budgetTokens: budget, kind: 'manual', shown: isShown(thinking, 'enabled') }
}

function isShown(thinking: JsonObject, tag: string): boolean {
  const where = `thinking.${tag}.display`
  return optionalOneOf(thinking['display'], where, ['summarized', 'omitted']) !== 'omitted'
}

/** The `thinking` among members that are the model's own, as Converse carries them. */
export function thinkingMember(fields: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(fields) ? fields['thinking'] : undefined
}
