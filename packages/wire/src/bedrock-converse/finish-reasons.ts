import type { Finish, FinishReason } from '@pointsman/contract'

/** Bedrock's words (`StopReason` of the service model, 2026). */
const reasonOfWord: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['max_tokens', 'length'],
  ['tool_use', 'tool-calls'],
  ['guardrail_intervened', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['model_context_window_exceeded', 'context-length'],
  ['malformed_model_output', 'other'],
  ['malformed_tool_use', 'other'],
  // Claude's own word; Converse passes it through for newer models.
  ['refusal', 'refusal'],
])

const wordOfReason: { readonly [Reason in Exclude<FinishReason, 'other'>]: string } = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'content_filtered',
  refusal: 'content_filtered',
  'context-length': 'model_context_window_exceeded',
}

/** Google's words for what Bedrock has a word of its own for. */
const ownWords: ReadonlyMap<string, string> = new Map([
  ['MALFORMED_FUNCTION_CALL', 'malformed_tool_use'],
  ['MALFORMED_RESPONSE', 'malformed_model_output'],
])

export function readFinish(word: string): Finish {
  return { reason: reasonOfWord.get(word) ?? 'other', raw: word }
}

/** Another vendor's word is never passed off as Bedrock's; its own is kept where it means the same. */
export function writeFinish(finish: Finish): string {
  if (reasonOfWord.get(finish.raw) === finish.reason) return finish.raw
  if (finish.reason !== 'other') return wordOfReason[finish.reason]
  // A word that nobody knows: `StopReason` is an open list, and `end_turn` would claim a regular end.
  return finish.raw === '' ? 'malformed_model_output' : (ownWords.get(finish.raw) ?? finish.raw)
}
