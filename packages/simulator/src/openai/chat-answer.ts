import type { Answer, AnswerPart, StopReason } from '../answer/answer.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import type { ChatRequest } from './chat-request.ts'
import { failureMembers, OpenaiFailure } from './failure.ts'
import { logprobsOf } from './logprobs.ts'
import { callId, callsOf, promptTokens, reasoningTokens, textOf } from './serving.ts'
import type { CallBlock, Serving } from './serving.ts'

const FINISH_REASONS: Readonly<Record<StopReason, string>> = {
  end_turn: 'stop',
  tool_use: 'tool_calls',
  stop_sequence: 'stop',
  max_tokens: 'length',
  refusal: 'content_filter',
}

export interface ChatServing extends Serving {
  readonly request: ChatRequest
}

function usageOf({ answer, others }: Serving) {
  const all = [answer, ...others]
  const completion = all.reduce((sum, one) => sum + one.usage.outputTokens, 0)
  const prompt = promptTokens(answer)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: answer.usage.cacheReadTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: all.reduce((sum, one) => sum + reasoningTokens(one), 0),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

const toolCall = ({ id, name, input }: CallBlock) => ({
  id: callId(id),
  type: 'function',
  function: { name, arguments: JSON.stringify(input) },
})

function choice(answer: Answer, index: number, { request, seedHex }: ChatServing) {
  const text = textOf(answer)
  const calls = callsOf(answer)
  return {
    index,
    message: {
      role: 'assistant',
      content: text === '' && calls.length > 0 ? null : text,
      ...(calls.length === 0 ? {} : { tool_calls: calls.map(toolCall) }),
      refusal: null,
      annotations: [],
    },
    logprobs:
      request.logprobs === null
        ? null
        : { content: logprobsOf(text, request.logprobs, seedHex), refusal: null },
    finish_reason: FINISH_REASONS[answer.stopReason],
  }
}

const headOf = (serving: ChatServing, kind: 'chat.completion' | 'chat.completion.chunk') => ({
  id: `chatcmpl-${serving.id}`,
  object: kind,
  created: serving.createdS,
  model: serving.modelId,
  service_tier:
    serving.serviceTier === null || serving.serviceTier === 'auto' ? 'default' : serving.serviceTier,
  system_fingerprint: 'fp_simulated',
})

/** The body of a completion that does not stream. */
export function completionBody(serving: ChatServing): string {
  const { answer, others } = serving
  const choices = [answer, ...others].map((one, index) => choice(one, index, serving))
  const usage = serving.tellsUsage ? { usage: usageOf(serving) } : {}
  return JSON.stringify({ ...headOf(serving, 'chat.completion'), choices, ...usage })
}

/** A completion as server-sent events. Thoughts are not shown; they cost tokens and time. */
export class CompletionStream implements StreamFormat {
  readonly #serving: ChatServing
  readonly #choiceOf: ReadonlyMap<AnswerPart, number>
  readonly #head: ReturnType<typeof headOf>
  /** How many calls each choice has begun. */
  readonly #calls: number[]

  constructor(serving: ChatServing, choiceOf: ReadonlyMap<AnswerPart, number>) {
    this.#serving = serving
    this.#choiceOf = choiceOf
    this.#head = headOf(serving, 'chat.completion.chunk')
    this.#calls = [0, ...serving.others.map(() => 0)]
  }

  encode(part: AnswerPart): Uint8Array | null {
    const choice = this.#choiceOf.get(part) ?? 0
    switch (part.kind) {
      case 'start':
        return this.#delta(choice, { role: 'assistant', content: '', refusal: null })
      case 'blockStart':
        return part.block.kind === 'toolUse' ? this.#callStart(choice, part.block) : null
      case 'textDelta':
        return this.#delta(choice, { content: part.text }, part.text)
      case 'toolDelta': {
        const index = (this.#calls[choice] ?? 0) - 1
        return this.#delta(choice, { tool_calls: [{ index, function: { arguments: part.json } }] })
      }
      case 'stop':
        return this.#stop(choice)
      case 'usage':
        return this.#end()
      case 'reasoningDelta':
      case 'signature':
      case 'blockStop':
        return null
    }
  }

  exception(name: string, message: string | null): Uint8Array {
    return event(JSON.stringify({ error: failureMembers(new OpenaiFailure(name, message ?? undefined)) }))
  }

  brokenFrame(): Uint8Array {
    return Buffer.from('data: {"id":"chatcmpl-broken"\n\n', 'utf8')
  }

  brokenJson(): Uint8Array {
    return event('{"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"content":"')
  }

  #callStart(choice: number, block: CallBlock): Uint8Array {
    const index = this.#calls[choice] ?? 0
    this.#calls[choice] = index + 1
    const call = { ...toolCall(block), function: { name: block.name, arguments: '' } }
    return this.#delta(choice, { tool_calls: [{ index, ...call }] })
  }

  #stop(choice: number): Uint8Array {
    const { answer, others } = this.#serving
    const { stopReason } = [answer, ...others][choice] ?? answer
    return this.#chunk([
      { index: choice, delta: {}, logprobs: null, finish_reason: FINISH_REASONS[stopReason] },
    ])
  }

  #delta(choice: number, delta: object, text: string | null = null): Uint8Array {
    const { request, seedHex } = this.#serving
    const logprobs =
      text === null || request.logprobs === null
        ? null
        : { content: logprobsOf(text, request.logprobs, seedHex), refusal: null }
    return this.#chunk([{ index: choice, delta, logprobs, finish_reason: null }])
  }

  /** With usage asked for, every chunk has the member, and only the last one holds it. */
  #chunk(choices: readonly object[]): Uint8Array {
    const usage = this.#serving.request.streamsUsage ? { usage: null } : {}
    return event(JSON.stringify({ ...this.#head, choices, ...usage }))
  }

  #end(): Uint8Array {
    const done = event('[DONE]')
    if (!this.#serving.tellsUsage || !this.#serving.request.streamsUsage) return done
    const last = event(JSON.stringify({ ...this.#head, choices: [], usage: usageOf(this.#serving) }))
    return Buffer.concat([last, done])
  }
}

const event = (data: string): Uint8Array => Buffer.from(`data: ${data}\n\n`, 'utf8')
