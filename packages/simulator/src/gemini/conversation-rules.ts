import type { Turn } from './content.ts'
import { invalid } from './failure.ts'

const RESPONSE_FIRST =
  'Please ensure that function response turn comes immediately after a function call turn.'
const SAME_NUMBER =
  'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.'

/** Checks what the API demands of a conversation as a whole: how it ends, and that responses answer calls. */
export function checkConversation(turns: readonly Turn[], mayBeginAnswer: boolean): void {
  const [only] = turns
  if (turns.length === 1 && only?.message.role === 'assistant') {
    throw invalid('Please ensure that single turn requests end with a user role or the role field is empty.')
  }
  turns.forEach((turn, index) => {
    const previous = turns[index - 1]
    if (turn.calls.length > 0) checkCallTurn(turn, previous)
    if (turn.responses > 0 && (previous === undefined || previous.calls.length === 0)) {
      throw invalid(RESPONSE_FIRST)
    }
    if (previous !== undefined && previous.calls.length > 0 && turn.responses !== previous.calls.length) {
      throw invalid(turn.responses === 0 ? RESPONSE_FIRST : SAME_NUMBER)
    }
  })
  const last = turns.at(-1)
  if ((last?.calls.length ?? 0) > 0) throw invalid(RESPONSE_FIRST)
  if (last?.message.role === 'assistant' && !mayBeginAnswer) {
    throw invalid('Please ensure that multiturn requests ends with a user role or a function response.')
  }
}

function checkCallTurn(turn: Turn, previous: Turn | undefined): void {
  if (turn.responses > 0) {
    throw invalid('Please ensure that function call parts and function response parts are not in one turn.')
  }
  if (turn.message.role !== 'assistant') {
    throw invalid('Please ensure that function call parts are in a turn of the model role.')
  }
  if (previous === undefined || previous.message.role === 'assistant') {
    throw invalid(
      'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
    )
  }
}

/**
 * Checks that the calls of the current turn, which began with the user's last own words, still carry the signature with
 * which they were given: on the first call of each step, as calls made in parallel share one. Earlier turns are free.
 */
export function checkCallSignatures(turns: readonly Turn[]): void {
  const began = turns.findLastIndex((turn) => turn.message.role === 'user' && turn.hasOther)
  turns.forEach((turn, index) => {
    const [first] = turn.calls
    if (index <= began || first === undefined || first.isSigned) return
    throw invalid(
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, ' +
        'and missing thought_signature may lead to degraded model performance. Additional data, function call ' +
        `\`default_api:${first.name}\` , position ${turn.position}. ` +
        'Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.',
    )
  })
}
