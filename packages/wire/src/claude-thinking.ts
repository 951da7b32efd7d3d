import type { ChatCall, ContentPart, JsonObject, Reasoning, Signature } from '@pointsman/contract'

import type { ClaudeQuirks } from './claude-quirks.ts'
import { fitEffort } from './nearest-effort.ts'
import type { WarningList } from './warning-list.ts'

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

export interface WrittenThinking {
  /** `thinking` and `output_config`, as Claude's own body has them. */
  readonly fields: JsonObject
  /** While the model thinks, it takes neither temperature nor top_p nor top_k. */
  readonly forbidsSampling: boolean
}

const nothing: WrittenThinking = { fields: {}, forbidsSampling: false }

const forcesTool = (call: ChatCall): boolean =>
  call.toolChoice?.kind === 'any' || call.toolChoice?.kind === 'tool'

/** A tool's result answers a turn whose thinking the caller did not send back: the model would refuse the turn. */
function lacksThinkingOfToolTurn({ messages }: ChatCall): boolean {
  // Neighbours of one role are sent as one turn: what the user says after the result changes nothing.
  const lastSaid = messages.findLastIndex(({ role }) => role === 'assistant')
  const answer = messages.slice(lastSaid + 1).flatMap(({ parts }) => parts)
  if (lastSaid < 0 || !answer.some((part) => part.kind === 'tool-result')) return false
  const before = messages.findLastIndex(({ role }, at) => at < lastSaid && role === 'user')
  const turn = messages.slice(before + 1, lastSaid + 1).flatMap(({ parts }) => parts)
  return !turn.some(isClaudeThought)
}

/** An answer that the caller began without a thought: the model would have to begin it with one. */
function lacksThinkingOfPrefill({ messages }: ChatCall): boolean {
  if (messages.at(-1)?.role !== 'assistant') return false
  const before = messages.findLastIndex(({ role }) => role === 'user')
  return !messages.slice(before + 1).some(({ parts }) => parts.some(isClaudeThought))
}

export const isClaudeThought = (part: ContentPart): boolean =>
  (part.kind === 'redacted-reasoning' && isClaudeSignature(part.data)) ||
  (part.kind === 'reasoning' && part.signature !== null && isClaudeSignature(part.signature))

/** Claude's wherever it runs. One of `bedrock` alone may be another maker's, and the whole turn would be refused for it. */
const isClaudeSignature = ({ signer }: Signature): boolean => signer === 'anthropic'

/** Whether an earlier turn's signature goes back to Claude; one that does not is told. */
export function takesSignature(signature: Signature | null, warnings: WarningList): signature is Signature {
  if (signature !== null && isClaudeSignature(signature)) return true
  warnings.add(
    'messages',
    signature === null
      ? 'reasoning of earlier turns without its signature was left out; models refuse it'
      : 'reasoning of earlier turns that another vendor signed was left out; models refuse it',
  )
  return false
}

function budgetOf(effort: string | null, warnings: WarningList): number {
  const known = effort === null ? null : fitEffort(effort, [...budgetOfEffort.keys()], warnings)
  return budgetOfEffort.get(known ?? 'medium') ?? 4_096
}

/** For generations that take a budget. `maxTokens` is the limit of the answer, sent or the model's own; null where none is known. */
export function writeBudget(
  call: ChatCall,
  reasoning: Reasoning,
  maxTokens: number | null,
  warnings: WarningList,
): WrittenThinking {
  const wanted = reasoning.budgetTokens ?? budgetOf(reasoning.effort, warnings)
  const room = (maxTokens ?? Infinity) - 1
  const budget = Math.min(wanted, room)
  const problem =
    budget < smallestBudget
      ? `the limit of the answer leaves no room for the ${smallestBudget} tokens that thinking takes at least`
      : forcesTool(call)
        ? 'this model does not think where a tool is forced'
        : lacksThinkingOfToolTurn(call)
          ? 'this model wants its signed thinking back with a tool result'
          : lacksThinkingOfPrefill(call)
            ? 'this model does not think where the caller began its answer'
            : null
  if (problem !== null) {
    warnings.add('reasoning_effort', `left out: ${problem}`)
    return nothing
  }
  return { fields: { thinking: { type: 'enabled', budget_tokens: budget } }, forbidsSampling: true }
}

/** platform.claude.com, effort, 2026-09. */
const efforts = ['low', 'medium', 'high', 'xhigh', 'max']

type EffortQuirks = Pick<ClaudeQuirks, 'xhighEffort'>

function writeEffort(
  effort: string | null,
  { xhighEffort }: EffortQuirks,
  warnings: WarningList,
): JsonObject {
  if (effort === null) return {}
  if (effort === 'xhigh' && !xhighEffort) {
    warnings.add('reasoning_effort', 'this model has no xhigh; high was asked for')
    return { output_config: { effort: 'high' } }
  }
  const level = fitEffort(effort, efforts, warnings)
  return level === null ? {} : { output_config: { effort: level } }
}

/** For generations that decide themselves how long they think. */
export function writeAdaptive(
  call: ChatCall,
  reasoning: Reasoning,
  quirks: EffortQuirks,
  warnings: WarningList,
): WrittenThinking {
  if (reasoning.budgetTokens !== null) {
    warnings.add(
      'thinking.budget_tokens',
      'this model decides itself how long it thinks; the budget was left out',
    )
  }
  const effortField = writeEffort(reasoning.effort, quirks, warnings)
  // Thinking may not be asked for where a tool is forced; the effort may.
  if (forcesTool(call)) return { ...nothing, fields: effortField }
  // From 4.7 on thoughts come without their text unless it is asked for (platform.claude.com, adaptive thinking, 2026-11).
  const display = reasoning.summary === null ? {} : { display: 'summarized' }
  return { fields: { thinking: { type: 'adaptive', ...display }, ...effortField }, forbidsSampling: true }
}

type NoThinkingQuirks = Pick<ClaudeQuirks, 'alwaysReasons' | 'betweenTools' | 'thinkingOff'>

/** `none`: generations that think only when asked need no word for it. */
export function writeNoThinking(
  { alwaysReasons, betweenTools, thinkingOff }: NoThinkingQuirks,
  warnings: WarningList,
): WrittenThinking {
  if (!alwaysReasons) return nothing
  if (thinkingOff) return { ...nothing, fields: { thinking: { type: 'disabled' } } }
  if (betweenTools) {
    warnings.add('reasoning_effort', 'this model cannot be kept from thinking between calls of tools')
    return { ...nothing, fields: { thinking: { type: 'between_tools' } } }
  }
  warnings.add('reasoning_effort', 'this model cannot be kept from thinking; the lowest effort was asked for')
  return { ...nothing, fields: { output_config: { effort: 'low' } } }
}
