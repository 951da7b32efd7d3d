import { joinedText, type ChatResult, type ContentPart, type JsonObject } from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { writeUrlCitation } from '../openai-citations.ts'
import { writeTokenLogprobs } from '../openai-logprobs.ts'
import { openaiTiers, writeServedTier } from '../service-tiers.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { callSignature } from './quirk-call-signature.ts'
import { writeUsage } from './usage.ts'
import { writeToolCall } from './write-messages.ts'

const encoder = new TextEncoder()

/** The sources of each text, by its place among all of them. */
function writeAnnotations(parts: readonly ContentPart[]): readonly JsonObject[] {
  const annotations: JsonObject[] = []
  let end = 0
  for (const part of parts) {
    if (part.kind !== 'text') continue
    const start = end
    end += part.text.length
    for (const citation of part.citations ?? []) {
      const members = writeUrlCitation(citation, { start, end })
      if (members !== null) annotations.push({ type: 'url_citation', url_citation: members })
    }
  }
  return annotations
}

function joinedTexts(parts: readonly ContentPart[], kind: 'text' | 'reasoning'): string {
  let text = ''
  for (const part of parts) if (part.kind === kind) text += part.text
  return text
}

/** What is undefined is not written; members that are spread into it would cost a copy each. */
function writeMessage(result: ChatResult, about: AnswerAbout, isRefusal: boolean): object {
  const text = joinedTexts(result.parts, 'text')
  const reasoning = joinedTexts(result.parts, 'reasoning')
  const calls = result.parts.filter((part) => part.kind === 'tool-call')
  const annotations = writeAnnotations(result.parts)
  return {
    role: 'assistant',
    content: text === '' || isRefusal ? null : text,
    refusal: isRefusal ? text : null,
    reasoning_content: reasoning === '' ? undefined : reasoning,
    annotations: annotations.length === 0 ? undefined : annotations,
    tool_calls:
      calls.length === 0
        ? undefined
        : calls.map((part, position) => ({
            ...writeToolCall({ ...part, id: callIdOf(part.id, about.answerId, position) }),
            ...(part.signature ? callSignature(part.signature) : {}),
          })),
  }
}

/** A whole `chat.completion`. Usage is left out where it is unknown. */
export function writeResult(result: ChatResult, about: AnswerAbout): Uint8Array {
  const finish = writeFinish(result.finish)
  const usage = writeUsage(result.usage)
  const tier = writeServedTier(openaiTiers, result.serviceTier)
  const isRefusal = result.finish.reason === 'refusal' && finish.word === 'stop'
  const body = {
    id: joinedText('chatcmpl-', about.answerId),
    object: 'chat.completion',
    created: about.createdAtS,
    model: about.model,
    choices: [
      {
        index: 0,
        message: writeMessage(result, about, isRefusal),
        logprobs:
          result.logprobs === null ? null : { content: writeTokenLogprobs(result.logprobs), refusal: null },
        finish_reason: finish.word,
        native_finish_reason: finish.native ?? undefined,
      },
    ],
    usage: usage ?? undefined,
    service_tier: tier ?? undefined,
  }
  return encoder.encode(JSON.stringify(body))
}
