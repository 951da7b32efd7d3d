import type { ChatCall, PointsmanError } from '@pointsman/contract'

import type { WriteTarget } from '../dialect.ts'
import { claude, decodeJson, dialects, encodeJson, refusal, target } from './dialects-for-tests.ts'

const { openaiChat, bedrockConverse, anthropicMessages, gemini } = dialects

export const user = { role: 'user', content: 'hi' }

/** A call as the OpenAI face reads it; one message of the user unless the body has its own. */
export const openaiCall = (body: object): ChatCall =>
  openaiChat.readRequest(openaiChat.scanRequest(encodeJson({ model: 'm', messages: [user], ...body }), null))

export const converseCall = (body: object): ChatCall =>
  bedrockConverse.readRequest(
    bedrockConverse.scanRequest(
      encodeJson({ messages: [{ role: 'user', content: [{ text: 'hi' }] }], ...body }),
      false,
    ),
  )

/** A call as the Anthropic face reads it; one message of the user unless the body has its own. */
export const anthropicCall = (body: object): ChatCall =>
  anthropicMessages.readRequest(
    anthropicMessages.scanRequest(
      encodeJson({ model: 'm', max_tokens: 100, messages: [user], ...body }),
      null,
    ),
  )

/** A call as the Gemini face reads it, from text: numbers keep their digits. */
export const geminiCall = (text: string): ChatCall =>
  gemini.readRequest(gemini.scanRequest(new TextEncoder().encode(text), false))

export interface Written {
  readonly body: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}

export function writeConverse(call: ChatCall, to: WriteTarget = target()): Written {
  const { body, warnings } = bedrockConverse.writeRequest(call, to)
  return { body: decodeJson(body) as Record<string, unknown>, warnings }
}

export const refusedByConverse = (call: ChatCall, to?: WriteTarget): PointsmanError =>
  refusal(() => writeConverse(call, to))

export function writeAnthropic(call: ChatCall, to: WriteTarget = claude(4.5)): Written {
  const { body, warnings } = anthropicMessages.writeRequest(call, to)
  return { body: decodeJson(body) as Record<string, unknown>, warnings }
}

export const refusedByAnthropic = (call: ChatCall, to?: WriteTarget): PointsmanError =>
  refusal(() => writeAnthropic(call, to))
