import type { ChatCall, Model, Reasoning } from '@pointsman/contract'

import { writeAdaptive, writeBudget, writeNoThinking } from '../claude-thinking.ts'
import type { WrittenThinking } from '../claude-thinking.ts'
import { fitEffort } from '../nearest-effort.ts'
import type { WarningList } from '../warning-list.ts'
import { quirksOf } from './quirks.ts'

/** `fields` are members for `additionalModelRequestFields`. */
export type WrittenReasoning = WrittenThinking

const nothing: WrittenReasoning = { fields: {}, forbidsSampling: false }

/** AWS Nova 2 user guide, extended thinking, 2026-11; those of gpt-oss are the same (its model card, 2025-08). */
const threeEfforts = ['low', 'medium', 'high']
/** OpenAI's guide "Reasoning models", 2026-11, for what Bedrock serves of its closed models. */
const gptEfforts = ['none', 'low', 'medium', 'high', 'xhigh', 'max']

/** An effort that nobody knows is none: the model thinks as it does where only thinking is asked for. */
const effortOf = (asked: string | null, levels: readonly string[], warnings: WarningList): string =>
  (asked === null ? null : fitEffort(asked, levels, warnings)) ?? 'medium'

/** Nova's highest effort takes no limit of the answer; the caller's limit is firmer than the wish for effort. */
function writeNova(call: ChatCall, reasoning: Reasoning, warnings: WarningList): WrittenReasoning {
  let effort = effortOf(reasoning.effort, threeEfforts, warnings)
  if (effort === 'high' && call.sampling.maxTokens !== null) {
    warnings.add(
      'reasoning_effort',
      'this model takes no limit of the answer with high; medium was asked for',
    )
    effort = 'medium'
  }
  const fields = { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } }
  return { fields, forbidsSampling: effort === 'high' }
}

/** `none`: models that reason only when asked need no word for it. */
function writeNone(model: Model, warnings: WarningList): WrittenReasoning {
  const quirks = quirksOf(model)
  if (quirks.reasoning === 'reasoning.effort')
    return { ...nothing, fields: { reasoning: { effort: 'none' } } }
  return writeNoThinking(quirks, warnings)
}

/**
 * Reasoning as the model behind Converse wants to be asked for it. A model without it gets a warning. `maxTokens` is the
 * limit of the answer that is sent; null where none is, which leaves the model its own.
 */
export function writeReasoning(
  call: ChatCall,
  maxTokens: number | null,
  model: Model,
  warnings: WarningList,
): WrittenReasoning {
  const { reasoning } = call
  if (reasoning === null) return nothing
  if (reasoning.effort === 'none') return writeNone(model, warnings)
  const quirks = quirksOf(model)
  switch (model.abilities.reasoning === false ? null : quirks.reasoning) {
    case 'thinking-budget':
      return writeBudget(call, reasoning, maxTokens ?? model.maxOutputTokens, warnings)
    case 'thinking-adaptive':
      return writeAdaptive(call, reasoning, quirks, warnings)
    case 'reasoningConfig':
      return writeNova(call, reasoning, warnings)
    case 'reasoning_effort':
      return {
        ...nothing,
        fields: { reasoning_effort: effortOf(reasoning.effort, threeEfforts, warnings) },
      }
    case 'reasoning.effort':
      return {
        ...nothing,
        fields: { reasoning: { effort: effortOf(reasoning.effort, gptEfforts, warnings) } },
      }
    case null:
      warnings.add('reasoning_effort', 'this model has no setting for reasoning; it was left out')
      return nothing
  }
}
