import type { Finish, FinishReason, JsonValue } from '@pointsman/contract'

import { isUnfinished } from '../unfinished-answers.ts'

/** Anthropic's words (@anthropic-ai/sdk 1.14, `StopReason`). */
const reasonOfWord: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['max_tokens', 'length'],
  ['tool_use', 'tool-calls'],
  ['refusal', 'refusal'],
  ['model_context_window_exceeded', 'context-length'],
  // A turn of Anthropic's own tools, interrupted: the caller sends it back to go on.
  ['pause_turn', 'other'],
])

type FinishWord =
  'end_turn' | 'stop_sequence' | 'max_tokens' | 'tool_use' | 'refusal' | 'model_context_window_exceeded'

/** Typed clients know no other word; a reason without one of its own takes the nearest. */
const wordOfReason: { readonly [Reason in FinishReason]: FinishWord } = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  refusal: 'refusal',
  'context-length': 'model_context_window_exceeded',
  other: 'end_turn',
}

export function readFinish(word: string, stopSequence: JsonValue | undefined): Finish {
  const finish = { reason: reasonOfWord.get(word) ?? 'other', raw: word }
  return typeof stopSequence === 'string' ? { ...finish, stopSequence } : finish
}

export interface WrittenFinish {
  readonly word: string
  /** Only where the word says less than the model did. */
  readonly native: string | null
}

/** Another vendor's word is never passed off as Anthropic's; its own is kept where it means the same. */
export function writeFinish(finish: Finish): WrittenFinish {
  if (reasonOfWord.get(finish.raw) === finish.reason) return { word: finish.raw, native: null }
  const saysLess = finish.reason === 'other' || finish.reason === 'content-filter'
  const word = isUnfinished(finish) ? 'max_tokens' : wordOfReason[finish.reason]
  return { word, native: saysLess && finish.raw !== '' ? finish.raw : null }
}
