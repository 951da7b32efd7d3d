import type { Finish, FinishReason } from '@pointsman/contract'

import { isUnfinished } from '../unfinished-answers.ts'

/** OpenAI's words (openai SDK 6.49, `ChatCompletion.Choice.finish_reason`). */
const reasonOfWord: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
])

type FinishWord = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/**
 * Typed clients refuse any other word, so a reason without a word of its own takes the nearest and
 * `native_finish_reason` beside it says what it was.
 */
const wordOfReason: { readonly [Reason in FinishReason]: FinishWord } = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-length': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
  other: 'stop',
}

const sayMoreThanTheirWord: ReadonlySet<FinishReason> = new Set(['context-length', 'refusal', 'other'])

/** What an answer held, because `stop` does not say it. */
export interface AnswerHeld {
  /** The message came as a refusal. */
  readonly refusal: boolean
  /** A tool that the caller chose by name is called, and the answer ends like any other (guide "Function calling", 2026-11). */
  readonly toolCalls: boolean
}

export function readFinish(word: string, held: AnswerHeld): Finish {
  if (held.refusal && word === 'stop') return { reason: 'refusal', raw: word }
  if (held.toolCalls && word === 'stop') return { reason: 'tool-calls', raw: word }
  return { reason: reasonOfWord.get(word) ?? 'other', raw: word }
}

export interface WrittenFinish {
  readonly word: FinishWord
  /** Only where the word says less than the model did. */
  readonly native: string | null
}

/** How answers end whose models refuse in words, by Chat Completions and by Responses. */
const refusedInWords: ReadonlySet<string> = new Set(['stop', 'completed'])

export function writeFinish(finish: Finish): WrittenFinish {
  if (finish.reason === 'refusal' && refusedInWords.has(finish.raw)) return { word: 'stop', native: null }
  const native = sayMoreThanTheirWord.has(finish.reason) && finish.raw !== '' ? finish.raw : null
  return { word: isUnfinished(finish) ? 'length' : wordOfReason[finish.reason], native }
}
