import type { PromptBlock, PromptMessage } from '../answer/prompt.ts'
import { checkPrefill } from './generations.ts'
import type { ClaudeGeneration } from './generations.ts'
import type { ClaudeProblem } from './problem.ts'
import { problemAt } from './problem.ts'
import type { ThinkingWish } from './thinking.ts'

/** Consecutive messages of one role, which the vendor joins before it looks at them. */
interface Turn {
  readonly role: PromptMessage['role']
  readonly blocks: readonly PromptBlock[]
  /** Of its first message. */
  readonly index: number
}

/**
 * Checks what the vendor demands of a conversation as a whole: it begins with the user; each call is answered in the
 * next turn, before anything else is said there; results answer calls.
 */
export function checkTurns(
  messages: readonly PromptMessage[],
  thinking: ThinkingWish | null,
  takes: ClaudeGeneration,
): void {
  if (messages.length === 0) throw problemAt('messages', 'at least one message is required')
  if (messages[0]?.role !== 'user') {
    throw problemAt('messages', 'first message must use the "user" role')
  }
  const turns = joined(messages)
  const seen = new Set<string>()
  turns.forEach((turn, position) => {
    checkIdsAreUnique(turn, seen)
    checkResults(turn, turns[position - 1])
  })
  const last = turns.at(-1)
  if (last?.role === 'assistant') checkBegunAnswer(last, thinking, takes)
  else if (thinking?.kind === 'manual') checkThoughtBeforeCalls(last, turns.at(-2))
}

function joined(messages: readonly PromptMessage[]): readonly Turn[] {
  const turns: Turn[] = []
  messages.forEach((message, index) => {
    const last = turns.at(-1)
    if (last?.role !== message.role) turns.push({ ...message, index })
    else turns[turns.length - 1] = { ...last, blocks: [...last.blocks, ...message.blocks] }
  })
  return turns
}

function checkIdsAreUnique(turn: Turn, seen: Set<string>): void {
  turn.blocks.forEach((block, at) => {
    if (block.kind !== 'toolUse') return
    if (seen.has(block.id)) {
      throw problemAt(`messages.${turn.index}.content.${at}`, '`tool_use` ids must be unique')
    }
    seen.add(block.id)
  })
}

function checkResults(turn: Turn, previous: Turn | undefined): void {
  const called = previous?.role === 'assistant' ? callIds(previous) : []
  const stray = resultIds(turn.blocks).find((id) => !called.includes(id))
  if (stray !== undefined) {
    throw problemAt(
      `messages.${turn.index}.content.${positionOfResult(turn, stray)}`,
      `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. ` +
        'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
    )
  }
  const others = turn.blocks.findIndex((block) => block.kind !== 'toolResult' && block.kind !== 'cachePoint')
  // A text behind a call stands between it and its result (BerriAI/litellm issue 24361, 2026-03).
  if (called.length > 0 && saysAfterCall(previous)) throw unanswered(previous, called)
  const answered = resultIds(others === -1 ? turn.blocks : turn.blocks.slice(0, others))
  const open = called.filter((id) => !answered.includes(id))
  if (open.length > 0) throw unanswered(previous, open)
  const twice = answered.find((id, at) => answered.indexOf(id) !== at)
  if (twice === undefined) return
  throw problemAt(
    `messages.${turn.index}.content`,
    `each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${twice}`,
  )
}

function saysAfterCall(turn: Turn | undefined): boolean {
  const kinds = (turn?.blocks ?? []).map((block) => block.kind)
  return kinds.includes('toolUse') && kinds.lastIndexOf('text') > kinds.indexOf('toolUse')
}

function unanswered(turn: Turn | undefined, ids: readonly string[]): Error {
  return problemAt(
    `messages.${turn?.index ?? 0}`,
    `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. ` +
      'Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
  )
}

function checkBegunAnswer(last: Turn, thinking: ThinkingWish | null, takes: ClaudeGeneration): void {
  const open = callIds(last)
  if (open.length > 0) throw unanswered(last, open)
  checkPrefill(takes)
  const end = last.blocks.findLast((block) => block.kind === 'text')
  if (end?.kind === 'text' && end.text !== end.text.trimEnd()) {
    throw problemAt('messages', 'final assistant content cannot end with trailing whitespace')
  }
  if (thinking?.kind === 'manual') throw thoughtExpected(last)
}

/** With a budget of the caller's own, a turn whose calls are being answered must begin with its thought. */
function checkThoughtBeforeCalls(last: Turn | undefined, calling: Turn | undefined): void {
  if (last === undefined || calling === undefined || resultIds(last.blocks).length === 0) return
  if (calling.blocks[0]?.kind !== 'reasoning') throw thoughtExpected(calling)
}

function thoughtExpected(turn: Turn): ClaudeProblem {
  const found = turn.blocks[0]?.kind === 'toolUse' ? 'tool_use' : 'text'
  return problemAt(
    `messages.${turn.index}.content.0.type`,
    `Expected \`thinking\` or \`redacted_thinking\`, but found \`${found}\`. When \`thinking\` is enabled, a final ` +
      '`assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and ' +
      '`tool_result` blocks).',
  )
}

function callIds(turn: Turn): readonly string[] {
  return turn.blocks.flatMap((block) => (block.kind === 'toolUse' ? [block.id] : []))
}

function resultIds(blocks: readonly PromptBlock[]): readonly string[] {
  return blocks.flatMap((block) => (block.kind === 'toolResult' ? [block.toolUseId] : []))
}

function positionOfResult(turn: Turn, id: string): number {
  const shown = turn.blocks.filter((block) => block.kind !== 'cachePoint')
  return shown.findIndex((block) => block.kind === 'toolResult' && block.toolUseId === id)
}
