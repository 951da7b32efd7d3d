import type { ChatCall } from '@pointsman/contract'
import { expect, it } from 'vitest'

import {
  about,
  decodeJson,
  dialectNamed,
  dialects,
  encodeJson,
  refusal,
  target,
} from '../testing/dialects-for-tests.ts'

const { gemini, openaiChat, openaiResponses, anthropicMessages } = dialects
const asked = (more: object): ChatCall =>
  gemini.readRequest(
    gemini.scanRequest(encodeJson({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }], ...more }), false),
  )
const toGemini = target({
  upstreamId: 'gemini-3.5-flash',
  format: 'gemini',
  family: 'gemini',
  generation: 3.5,
})

it.each(['openai-chat', 'openai-responses', 'anthropic-messages', 'bedrock-converse'] as const)(
  'refuses to begin an answer anew that Gemini began: %s',
  (name) => {
    for (const more of [{ continuationToken: 'AAAA' }, { continuation_token: 'AAAA' }]) {
      expect(refusal(() => dialectNamed(name).writeRequest(asked(more), target()))).toMatchObject({
        code: 'unsupported_parameter',
        details: { field: 'continuationToken' },
      })
    }
  },
)

it('lets Gemini go on with what it began', () => {
  const { body, warnings } = gemini.writeRequest(asked({ continuationToken: 'AAAA' }), toGemini)
  expect(decodeJson(body)).toMatchObject({ continuationToken: 'AAAA' })
  expect(warnings).toEqual([])
})

it('tells other APIs of an answer that goes on that it is not whole', () => {
  const candidate = { content: { parts: [{ text: 'a' }], role: 'model' }, finishReason: 'CONTINUATION' }
  const result = gemini.readResult(encodeJson({ candidates: [{ ...candidate, continuationToken: 'AAAA' }] }))
  expect(result.finish).toEqual({ reason: 'length', raw: 'CONTINUATION' })
  expect(decodeJson(openaiChat.writeResult(result, about))).toMatchObject({
    choices: [{ finish_reason: 'length' }],
  })
  expect(decodeJson(openaiResponses.writeResult(result, about))).toMatchObject({ status: 'incomplete' })
  expect(decodeJson(anthropicMessages.writeResult(result, about))).toMatchObject({
    stop_reason: 'max_tokens',
  })
})
