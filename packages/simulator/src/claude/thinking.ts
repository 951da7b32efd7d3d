import type { JsonObject, JsonValue } from '../json.ts'
import { onlyKnown, optionalOneOf, optionalRecord, record, unknownTag } from './fields.ts'
import { checkThinkingType } from './generations.ts'
import type { ClaudeGeneration } from './generations.ts'
import { hasBeta } from './mid-conversation.ts'
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

export interface ThinkingRules {
  readonly maxTokens: number | null
  /** For `between_tools`, which thinks only after a tool's result. */
  readonly answersTool: boolean
  readonly betas: readonly string[]
  readonly takes: ClaudeGeneration
}

/** Reads `thinking`. Null when the caller does not ask for thoughts. */
export function readThinking(value: JsonValue | undefined, rules: ThinkingRules): ThinkingWish | null {
  if (value === undefined || value === null) return null
  const { answersTool, takes } = rules
  const thinking = record(value, 'thinking')
  switch (thinking['type']) {
    case 'disabled':
      onlyKnown(thinking, 'thinking.disabled', ['type'])
      checkThinkingType('disabled', takes)
      return null
    case 'between_tools':
      onlyKnown(thinking, 'thinking.between_tools', ['type'])
      return answersTool
        ? { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', shown: takes.showsThoughts }
        : null
    case 'adaptive':
      onlyKnown(thinking, 'thinking.adaptive', ['type', 'display', ...boundMembers(rules)])
      checkBinding(thinking, 'adaptive')
      checkThinkingType('adaptive', takes)
      return { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', shown: isShown(thinking, 'adaptive', rules) }
    case 'enabled':
      return readManual(thinking, rules)
    default:
      throw unknownTag(thinking['type'], 'thinking', ['adaptive', 'between_tools', 'disabled', 'enabled'])
  }
}

/** platform.claude.com, preserved thinking, 2026-11: its control is a beta of its own. */
const boundMembers = ({ betas }: ThinkingRules): readonly string[] =>
  hasBeta(betas, 'thinking-binding-controls-') ? ['block_binding'] : []

/** Conversations are not remembered here: no thought is bound to one. */
function checkBinding(thinking: JsonObject, tag: string): void {
  const where = `thinking.${tag}.block_binding`
  const binding = optionalRecord(thinking['block_binding'], where)
  if (binding === null) return
  onlyKnown(binding, where, ['prefix_mismatch_behavior'])
  optionalOneOf(binding['prefix_mismatch_behavior'], `${where}.prefix_mismatch_behavior`, [
    'error',
    'drop_block',
  ])
}

function readManual(thinking: JsonObject, rules: ThinkingRules): ThinkingWish {
  const { maxTokens, takes } = rules
  onlyKnown(thinking, 'thinking.enabled', ['type', 'budget_tokens', 'display', ...boundMembers(rules)])
  checkBinding(thinking, 'enabled')
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
  return { budgetTokens: budget, kind: 'manual', shown: isShown(thinking, 'enabled', rules) }
}

/** `updates` tells in short what is thought about while it is (beta thinking-display-updates, @anthropic-ai/sdk 1.14). */
function isShown(thinking: JsonObject, tag: string, { betas, takes }: ThinkingRules): boolean {
  const words = hasBeta(betas, 'thinking-display-updates-')
    ? (['summarized', 'omitted', 'updates'] as const)
    : (['summarized', 'omitted'] as const)
  const display = optionalOneOf<(typeof words)[number]>(thinking['display'], `thinking.${tag}.display`, words)
  return display === null ? takes.showsThoughts : display !== 'omitted'
}
