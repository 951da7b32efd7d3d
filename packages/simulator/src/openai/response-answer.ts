import type { AnswerBlock } from '../answer/answer.ts'
import { logprobsOf } from './logprobs.ts'
import { sealReasoning } from './reasoning-seal.ts'
import type { ResponseRequest } from './response-request.ts'
import { callId, promptTokens, reasoningTokens } from './serving.ts'
import type { Serving } from './serving.ts'
import { calledAs } from './tools.ts'

export interface ResponseServing extends Serving {
  readonly request: ResponseRequest
}

const itemId = (prefix: string, { id }: Serving, index: number): string =>
  `${prefix}_${id.replaceAll('-', '')}${String(index).padStart(4, '0')}`

/** An item of the answer; `done` = with its content. */
export function itemOf(block: AnswerBlock, index: number, serving: ResponseServing, done: boolean) {
  const isCut = serving.answer.stopReason === 'max_tokens' && index === serving.answer.blocks.length - 1
  const status = done ? (isCut ? 'incomplete' : 'completed') : 'in_progress'
  switch (block.kind) {
    case 'reasoning': {
      const { encrypts, summarizes } = serving.request
      return {
        id: itemId('rs', serving, index),
        type: 'reasoning',
        summary: done && summarizes ? [{ type: 'summary_text', text: block.text }] : [],
        ...(encrypts ? { encrypted_content: done ? sealReasoning(block.text) : '' } : {}),
      }
    }
    case 'toolUse':
      return {
        id: itemId('fc', serving, index),
        type: 'function_call',
        status,
        arguments: done ? JSON.stringify(block.input) : '',
        call_id: callId(block.id),
        ...calledAs(block.name),
      }
    case 'text':
      return {
        id: itemId('msg', serving, index),
        type: 'message',
        status,
        role: 'assistant',
        content: done ? [textPart(block.text, serving)] : [],
      }
  }
}

export const textPart = (text: string, { request, seedHex }: ResponseServing) => ({
  type: 'output_text',
  annotations: [],
  logprobs: request.logprobs === null ? [] : logprobsOf(text, request.logprobs, seedHex),
  text,
})

/** As the events of a stream have them: without the bytes. */
export const eventLogprobs = (text: string, serving: ResponseServing) =>
  textPart(text, serving).logprobs.map(({ token, logprob, top_logprobs: others }) => ({
    token,
    logprob,
    top_logprobs: others.map((other) => ({ token: other.token, logprob: other.logprob })),
  }))

export const responseId = ({ id }: Serving): string => `resp_${id.replaceAll('-', '')}`

/** The answer as an object: before its first word, at its end, or cut off. */
export function responseObject(serving: ResponseServing, state: 'in_progress' | 'ended') {
  const { answer, request, serviceTier } = serving
  const isCut = answer.stopReason === 'max_tokens' || answer.stopReason === 'refusal'
  const reason = answer.stopReason === 'refusal' ? 'content_filter' : 'max_output_tokens'
  const ended = state === 'ended'
  return {
    id: responseId(serving),
    object: 'response',
    created_at: serving.createdS,
    status: ended ? (isCut ? 'incomplete' : 'completed') : 'in_progress',
    background: false,
    completed_at: ended && !isCut ? serving.createdS : null,
    error: null,
    incomplete_details: ended && isCut ? { reason } : null,
    ...request.echo,
    model: serving.modelId,
    output: ended ? answer.blocks.map((block, index) => itemOf(block, index, serving, true)) : [],
    service_tier:
      ended && (serviceTier === null || serviceTier === 'auto') ? 'default' : (serviceTier ?? 'auto'),
    usage: ended && serving.tellsUsage ? usageOf(serving) : null,
    user: null,
  }
}

function usageOf({ answer }: ResponseServing) {
  const input = promptTokens(answer)
  const { outputTokens, cacheReadTokens, cacheWriteTokens } = answer.usage
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens(answer) },
    total_tokens: input + outputTokens,
  }
}

export const responseBody = (serving: ResponseServing): string =>
  JSON.stringify(responseObject(serving, 'ended'))
