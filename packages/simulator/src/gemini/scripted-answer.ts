import type { Answer, AnswerBlock } from '../answer/answer.ts'
import { blockTokens } from '../answer/compose.ts'
import type { FaultEffect } from '../faults/rule.ts'

/**
 * The answer that is left where a script ends it for a reason of its own: a call that came out wrong is not told, and
 * what was flagged is not shown, except for the part of it that a stream had told before.
 */
export function endAsScripted(answer: Answer, effect: FaultEffect, streams: boolean): Answer {
  if (effect.finishReason === undefined) return answer
  const isMalformed = effect.finishReason === 'MALFORMED_FUNCTION_CALL'
  return withBlocks(
    answer,
    answer.blocks.filter((block) => {
      if (block.kind === 'reasoning') return true
      return block.kind === 'text' && streams && !isMalformed
    }),
  )
}

/** The member of an enumeration that was asked for as JSON, without its quotation marks. */
export function onlyMember(answer: Answer): Answer {
  return withBlocks(
    answer,
    answer.blocks.map((block) =>
      block.kind === 'text' ? { kind: 'text', text: block.text.replaceAll(/^"|"$/g, '') } : block,
    ),
  )
}

function withBlocks(answer: Answer, blocks: readonly AnswerBlock[]): Answer {
  const outputTokens = blocks.reduce((sum, block) => sum + blockTokens(block), 0)
  return { ...answer, blocks, usage: { ...answer.usage, outputTokens } }
}
