import type { Finish, FinishReason, JsonObject } from '@pointsman/contract'

import { isJsonObject } from '../json-fields.ts'
import { isUnfinished } from '../unfinished-answers.ts'

/** Words of `incomplete_details.reason` (openai SDK 6.49). */
const reasonOfWord: ReadonlyMap<string, FinishReason> = new Map([
  ['max_output_tokens', 'length'],
  ['content_filter', 'content-filter'],
])

/** What an answer held, because its status does not say it. */
export interface AnswerHeld {
  readonly toolCalls: boolean
  readonly refusal: boolean
}

/** The end of an answer by its response object. */
export function readFinish(response: JsonObject, held: AnswerHeld): Finish {
  const status = response['status']
  const raw = typeof status === 'string' ? status : ''
  if (raw === 'incomplete') {
    const details = response['incomplete_details']
    const word = isJsonObject(details) && typeof details['reason'] === 'string' ? details['reason'] : ''
    return { reason: reasonOfWord.get(word) ?? 'other', raw: word === '' ? raw : word }
  }
  if (raw !== 'completed') return { reason: 'other', raw }
  if (held.refusal) return { reason: 'refusal', raw }
  return { reason: held.toolCalls ? 'tool-calls' : 'stop', raw }
}

export interface WrittenFinish {
  readonly status: 'completed' | 'incomplete'
  readonly incompleteReason: 'max_output_tokens' | 'content_filter' | null
  /** The answer's text is a refusal in the model's own words. */
  readonly isRefusal: boolean
}

/**
 * OpenAI's models refuse in words and end like any answer. Anthropic's `refusal` breaks an answer off and says nothing of
 * its own (guide "Streaming refusals", 2026-11): what came before is answer, not the words of a refusal.
 */
const refusedInWords: ReadonlySet<string> = new Set(['stop', 'completed'])

export function writeFinish(finish: Finish): WrittenFinish {
  switch (finish.reason) {
    case 'length':
    case 'context-length':
      return { status: 'incomplete', incompleteReason: 'max_output_tokens', isRefusal: false }
    case 'content-filter':
      return { status: 'incomplete', incompleteReason: 'content_filter', isRefusal: false }
    case 'refusal':
      return refusedInWords.has(finish.raw)
        ? { status: 'completed', incompleteReason: null, isRefusal: true }
        : { status: 'incomplete', incompleteReason: 'content_filter', isRefusal: false }
    case 'other':
      return {
        status: isUnfinished(finish) ? 'incomplete' : 'completed',
        incompleteReason: null,
        isRefusal: false,
      }
    case 'stop':
    case 'stop-sequence':
    case 'tool-calls':
      return { status: 'completed', incompleteReason: null, isRefusal: false }
  }
}
