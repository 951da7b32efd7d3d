import type { ChatResult, ContentPart, JsonObject } from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { writeFinish } from './finish-reasons.ts'
import { writeUsage } from './usage.ts'
import { writeToolCall } from './write-messages.ts'

const encoder = new TextEncoder()

function writeMessage(result: ChatResult, isRefusal: boolean): JsonObject {
  const join = (kind: 'text' | 'reasoning'): string =>
    result.parts.map((part: ContentPart) => (part.kind === kind ? part.text : '')).join('')
  const text = join('text')
  const reasoning = join('reasoning')
  const calls = result.parts.filter((part) => part.kind === 'tool-call')
  return {
    role: 'assistant',
    content: text === '' || isRefusal ? null : text,
    refusal: isRefusal ? text : null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(writeToolCall) }),
  }
}

/** A whole `chat.completion`. Usage is left out where it is unknown. */
export function writeResult(result: ChatResult, about: AnswerAbout): Uint8Array {
  const finish = writeFinish(result.finish)
  const usage = writeUsage(result.usage)
  const isRefusal = result.finish.reason === 'refusal' && finish.word === 'stop'
  const body = {
    id: `chatcmpl-${about.answerId}`,
    object: 'chat.completion',
    created: about.createdAtS,
    model: about.model,
    choices: [
      {
        index: 0,
        message: writeMessage(result, isRefusal),
        logprobs: null,
        finish_reason: finish.word,
        ...(finish.native === null ? {} : { native_finish_reason: finish.native }),
      },
    ],
    ...(usage === null ? {} : { usage }),
  }
  return encoder.encode(JSON.stringify(body))
}
