import type { ChatCall, JsonObject, Model, Reasoning } from '@pointsman/contract'

import type { WarningList } from '../warning-list.ts'
import { quirksOf } from './quirks.ts'

/** Claude refuses budgets below this (AWS Bedrock user guide, extended thinking, 2026-11). */
const smallestBudget = 1_024

/** Ours: what an effort is worth where a model takes a budget of tokens. */
const budgetOfEffort: ReadonlyMap<string, number> = new Map([
  ['minimal', 1_024],
  ['low', 1_024],
  ['medium', 4_096],
  ['high', 16_384],
  ['xhigh', 32_768],
  ['max', 32_768],
])

export interface WrittenReasoning {
  /** Members for `additionalModelRequestFields`. */
  readonly fields: JsonObject
  /** While the model thinks, it takes neither temperature nor top_p nor top_k. */
  readonly forbidsSampling: boolean
}

const nothing: WrittenReasoning = { fields: {}, forbidsSampling: false }

const forcesTool = (call: ChatCall): boolean =>
  call.toolChoice?.kind === 'any' || call.toolChoice?.kind === 'tool'

/** A tool's result answers a turn whose thinking the caller did not send back: the model would refuse the turn. */
function lacksThinkingOfToolTurn(call: ChatCall): boolean {
  const last = call.messages.at(-1)
  if (last === undefined || !last.parts.some((part) => part.kind === 'tool-result')) return false
  const turn = call.messages.findLast((message) => message.role === 'assistant')
  return !(turn?.parts ?? []).some(
    (part) => part.kind === 'redacted-reasoning' || (part.kind === 'reasoning' && part.signature !== null),
  )
}

function writeBudget(call: ChatCall, reasoning: Reasoning, warnings: WarningList): WrittenReasoning {
  const wanted = reasoning.budgetTokens ?? budgetOfEffort.get(reasoning.effort ?? 'medium') ?? 4_096
  const room = (call.sampling.maxTokens ?? Infinity) - 1
  const budget = Math.min(wanted, room)
  const problem =
    budget < smallestBudget
      ? `max_tokens leaves no room for the ${smallestBudget} tokens that thinking takes at least`
      : forcesTool(call)
        ? 'this model does not think where a tool is forced'
        : lacksThinkingOfToolTurn(call)
          ? 'this model wants its signed thinking back with a tool result'
          : null
  if (problem !== null) {
    warnings.add('reasoning_effort', `left out: ${problem}`)
    return nothing
  }
  return {
    ...nothing,
    fields: { thinking: { type: 'enabled', budget_tokens: budget } },
    forbidsSampling: true,
  }
}

function writeAdaptive(call: ChatCall, reasoning: Reasoning, warnings: WarningList): WrittenReasoning {
  if (reasoning.budgetTokens !== null) {
    warnings.add(
      'thinking.budget_tokens',
      'this model decides itself how long it thinks; the budget was left out',
    )
  }
  const effort = reasoning.effort === 'minimal' ? 'low' : reasoning.effort
  const effortField = effort === null ? {} : { output_config: { effort } }
  // Thinking may not be asked for where a tool is forced; the effort may.
  if (forcesTool(call)) return { ...nothing, fields: effortField }
  return { ...nothing, fields: { thinking: { type: 'adaptive' }, ...effortField }, forbidsSampling: true }
}

const novaEfforts: ReadonlyMap<string, string> = new Map([
  ['minimal', 'low'],
  ['xhigh', 'high'],
  ['max', 'high'],
])

/** Nova's highest effort takes no limit of the answer; the caller's limit is firmer than the wish for effort. */
function writeNova(call: ChatCall, reasoning: Reasoning, warnings: WarningList): WrittenReasoning {
  const asked = reasoning.effort ?? 'medium'
  let effort = novaEfforts.get(asked) ?? asked
  if (effort === 'high' && call.sampling.maxTokens !== null) {
    warnings.add('reasoning_effort', 'this model takes no max_tokens with high; medium was asked for')
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
  if (!quirks.alwaysReasons) return nothing
  warnings.add('reasoning_effort', 'this model cannot be kept from thinking; the lowest effort was asked for')
  return { ...nothing, fields: { output_config: { effort: 'low' } } }
}

/** Reasoning as the model behind Converse wants to be asked for it. A model without it gets a warning. */
export function writeReasoning(call: ChatCall, model: Model, warnings: WarningList): WrittenReasoning {
  const { reasoning } = call
  if (reasoning === null) return nothing
  if (reasoning.effort === 'none') return writeNone(model, warnings)
  const form = model.abilities.reasoning === false ? null : quirksOf(model).reasoning
  switch (form) {
    case 'thinking-budget':
      return writeBudget(call, reasoning, warnings)
    case 'thinking-adaptive':
      return writeAdaptive(call, reasoning, warnings)
    case 'reasoningConfig':
      return writeNova(call, reasoning, warnings)
    case 'reasoning_effort':
      return { ...nothing, fields: { reasoning_effort: reasoning.effort ?? 'medium' } }
    case 'reasoning.effort': {
      const effort = reasoning.effort === 'minimal' ? 'low' : (reasoning.effort ?? 'medium')
      return { ...nothing, fields: { reasoning: { effort } } }
    }
    case null:
      warnings.add('reasoning_effort', 'this model has no setting for reasoning; it was left out')
      return nothing
  }
}
