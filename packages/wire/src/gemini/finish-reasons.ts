import type { Finish, FinishReason } from '@pointsman/contract'

import { wasCut } from '../tool-arguments.ts'

/** Google's words (@google/genai 2.32, `FinishReason` and `BlockedReason`). */
const reasonOfWord: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  // There is more, for who sends the token that came with it (@google/genai 3.3): the answer is not whole.
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['MODEL_ARMOR', 'content-filter'],
  ['JAILBREAK', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content-filter'],
  ['IMAGE_RECITATION', 'content-filter'],
])

const wordOfReason: { readonly [Reason in FinishReason]: string } = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  'tool-calls': 'STOP',
  length: 'MAX_TOKENS',
  'context-length': 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  refusal: 'SAFETY',
  other: 'OTHER',
}

/** Bedrock's words for what Google has a word of its own for. */
const ownWords: ReadonlyMap<string, string> = new Map([
  ['malformed_tool_use', 'MALFORMED_FUNCTION_CALL'],
  ['malformed_model_output', 'MALFORMED_RESPONSE'],
])

/** Its own word for a call whose arguments are no JSON. */
const malformedCall = 'MALFORMED_FUNCTION_CALL'

/** Google ends an answer that calls functions with STOP too. */
export function readFinish(word: string, hasCalls: boolean): Finish {
  if (word === 'STOP' && hasCalls) return { reason: 'tool-calls', raw: word }
  return { reason: reasonOfWord.get(word) ?? 'other', raw: word }
}

/** A prompt that was blocked gets no candidate at all. */
export const readBlock = (word: string): Finish => ({ reason: 'content-filter', raw: word })

/** `brokenCalls`: calls that had to be left out because their arguments are no JSON object. */
export function writeFinish(
  finish: Finish,
  brokenCalls: boolean,
): {
  readonly finishReason: string
  /** Only where the word says less than the model did. */
  readonly finishMessage?: string
} {
  if (brokenCalls && !wasCut(finish)) {
    return {
      finishReason: malformedCall,
      finishMessage: 'The model called a function with arguments that are no JSON object.',
    }
  }
  // Who is told that it may go on needs the token, which is Gemini's own and stands in no answer that is written anew.
  const own = finish.raw !== 'CONTINUATION' && reasonOfWord.get(finish.raw) === finish.reason
  const word = own ? finish.raw : (ownWords.get(finish.raw) ?? wordOfReason[finish.reason])
  const saysLess = ['context-length', 'refusal', 'other'].includes(finish.reason)
  return saysLess && finish.raw !== ''
    ? { finishReason: word, finishMessage: finish.raw }
    : { finishReason: word }
}
