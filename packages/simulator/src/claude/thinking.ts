import { lastUserText } from '../answer/prompt.ts'
import type { Prompt, ReasoningWish } from '../answer/prompt.ts'
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
  /** The caller says nothing of it. */
  readonly isUnasked?: true
  /** Thoughts that are bound to something else are overlooked, not refused. */
  readonly dropsUnbound?: boolean
}

export interface ThinkingRules {
  readonly maxTokens: number | null
  /** For `between_tools`, which thinks only after a tool's result. */
  readonly answersTool: boolean
  readonly betas: readonly string[]
  readonly takes: ClaudeGeneration
}

/** Reads `thinking`. Null for a model that is not to think. */
export function readThinking(value: JsonValue | undefined, rules: ThinkingRules): ThinkingWish | null {
  const { answersTool, takes } = rules
  if (value === undefined || value === null) {
    const unasked = { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', isUnasked: true } as const
    return takes.thinksUnasked ? { ...unasked, shown: takes.showsThoughts } : null
  }
  const thinking = record(value, 'thinking')
  switch (thinking['type']) {
    case 'disabled':
      onlyKnown(thinking, 'thinking.disabled', ['type'])
      checkThinkingType('disabled', takes)
      return null
    case 'between_tools':
      onlyKnown(thinking, 'thinking.between_tools', ['type'])
      checkThinkingType('between_tools', takes)
      return answersTool
        ? { budgetTokens: ADAPTIVE_BUDGET, kind: 'adaptive', shown: takes.showsThoughts }
        : null
    case 'adaptive':
      onlyKnown(thinking, 'thinking.adaptive', ['type', 'display', ...boundMembers(rules)])
      checkThinkingType('adaptive', takes)
      return {
        budgetTokens: ADAPTIVE_BUDGET,
        kind: 'adaptive',
        shown: isShown(thinking, 'adaptive', rules),
        dropsUnbound: dropsUnbound(thinking, 'adaptive'),
      }
    case 'enabled':
      return readManual(thinking, rules)
    default:
      throw unknownTag(thinking['type'], 'thinking', ['adaptive', 'between_tools', 'disabled', 'enabled'])
  }
}

/** platform.claude.com, preserved thinking, 2026-11: its control is a beta of its own. */
const boundMembers = ({ betas }: ThinkingRules): readonly string[] =>
  hasBeta(betas, 'thinking-binding-controls-') ? ['block_binding'] : []

function dropsUnbound(thinking: JsonObject, tag: string): boolean {
  const where = `thinking.${tag}.block_binding`
  const binding = optionalRecord(thinking['block_binding'], where)
  if (binding === null) return false
  onlyKnown(binding, where, ['prefix_mismatch_behavior'])
  const behavior = binding['prefix_mismatch_behavior']
  const words = ['error', 'drop_block'] as const
  return optionalOneOf(behavior, `${where}.prefix_mismatch_behavior`, words) === 'drop_block'
}

function readManual(thinking: JsonObject, rules: ThinkingRules): ThinkingWish {
  const { maxTokens, takes } = rules
  onlyKnown(thinking, 'thinking.enabled', ['type', 'budget_tokens', 'display', ...boundMembers(rules)])
  const drops = dropsUnbound(thinking, 'enabled')
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
  return {
    budgetTokens: budget,
    kind: 'manual',
    shown: isShown(thinking, 'enabled', rules),
    dropsUnbound: drops,
  }
}

/** It decides itself whether a question is worth a thought where it was not asked for any, and forced it calls at once. */
const WORDS_WORTH_A_THOUGHT = 60

/** The thoughts that come of a wish; null for none. */
export function reasoningOf(
  wish: ThinkingWish | null,
  prompt: Pick<Prompt, 'messages' | 'toolChoice'>,
  redacts: boolean,
): ReasoningWish | null {
  if (wish === null) return null
  const { kind } = prompt.toolChoice
  const words = lastUserText(prompt).split(/\s+/).length
  const isForced = kind === 'any' || kind === 'tool'
  if (wish.isUnasked === true && (isForced || words < WORDS_WORTH_A_THOUGHT)) return null
  return { budgetTokens: wish.budgetTokens, told: redacts ? 'redacted' : wish.shown ? 'shown' : 'hidden' }
}

/** `updates` tells in short what is thought about while it is (beta thinking-display-updates, @anthropic-ai/sdk 1.14). */
function isShown(thinking: JsonObject, tag: string, { betas, takes }: ThinkingRules): boolean {
  const words = hasBeta(betas, 'thinking-display-updates-')
    ? (['summarized', 'omitted', 'updates'] as const)
    : (['summarized', 'omitted'] as const)
  const display = optionalOneOf<(typeof words)[number]>(thinking['display'], `thinking.${tag}.display`, words)
  return display === null ? takes.showsThoughts : display !== 'omitted'
}
