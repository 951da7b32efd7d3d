import { unknownUsage } from '@pointsman/contract'
import type {
  AnswerBlock,
  AnswerPart,
  Citation,
  Finish,
  ServedTier,
  TokenLogprob,
  UsageBuckets,
} from '@pointsman/contract'

import type { AnswerAbout, StreamWriter } from '../dialect.ts'
import { writeUrlCitation } from '../openai-citations.ts'
import { writeTokenLogprobs } from '../openai-logprobs.ts'
import { openaiTiers, writeServedTier } from '../service-tiers.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { callSignature } from './quirk-call-signature.ts'
import { writeUsage } from './usage.ts'

const encoder = new TextEncoder()

/**
 * Writes parts as `chat.completion.chunk` events. The text around a delta is the same in every chunk and made
 * once: building and stringifying an object a token is most of what a stream costs.
 */
class ChunkWriter implements StreamWriter {
  #head: string
  readonly #tail: string
  readonly #answerId: string
  readonly #afterUsage: string
  readonly #streamUsage: boolean
  #usage: UsageBuckets = unknownUsage
  #finish: Finish | null = null
  #failed = false
  #toolIndex = -1
  #toolHasArguments = false
  #block: AnswerBlock['kind'] | null = null
  #refused = false
  /** Characters of all text so far, and before the present block: citations tell their place in it. */
  #textEnd = 0
  #blockStart = 0

  constructor(about: AnswerAbout) {
    const same = {
      id: `chatcmpl-${about.answerId}`,
      object: 'chat.completion.chunk',
      created: about.createdAtS,
      model: about.model,
    }
    this.#streamUsage = about.streamUsage
    this.#answerId = about.answerId
    this.#head = `data: ${JSON.stringify(same).slice(0, -1)}`
    // With include_usage OpenAI sends null in every chunk but the last.
    this.#afterUsage = about.streamUsage ? ',"usage":null}\n\n' : '}\n\n'
    this.#tail = `,"logprobs":null,"finish_reason":null}]${this.#afterUsage}`
  }

  write(part: AnswerPart): Uint8Array | null {
    switch (part.type) {
      case 'start':
        return this.#delta('{"role":"assistant","content":"","refusal":null}')
      case 'block-start':
        return this.#openBlock(part.block)
      case 'text-delta':
        return this.#text(part.text)
      case 'reasoning-delta':
        return this.#delta(`{"reasoning_content":${JSON.stringify(part.text)}}`)
      case 'tool-arguments-delta':
        this.#toolHasArguments ||= part.json.trim() !== ''
        return this.#arguments(part.json)
      case 'block-end':
        return this.#closeBlock()
      case 'finish':
        this.#finish = part.finish
        return null
      case 'usage':
        this.#usage = part.usage
        return null
      case 'service-tier':
        this.#tell(part.served)
        return null
      case 'error':
        return this.#fail(part.error.name, part.error.message)
      case 'citation':
        return this.#cite(part.citation)
      case 'logprobs':
        return this.#logprobs(part.tokens)
      case 'reasoning-signature':
      case 'redacted-reasoning':
      case 'foreign-delta':
      case 'unrecognised':
        return null
    }
  }

  /**
   * The chunk with the finish, which waits for what other vendors tell after it; the usage chunk, where it was asked for
   * and is known; and `[DONE]`. Nothing unless the answer finished.
   */
  end(): Uint8Array | null {
    if (this.#finish === null || this.#failed) return null
    const usage = this.#streamUsage ? writeUsage(this.#usage) : null
    const chunk = usage === null ? '' : `${this.#head},"choices":[],"usage":${JSON.stringify(usage)}}\n\n`
    return encoder.encode(`${this.#last(this.#finish)}${chunk}data: [DONE]\n\n`)
  }

  #delta(delta: string): Uint8Array {
    return encoder.encode(`${this.#head},"choices":[{"index":0,"delta":${delta}${this.#tail}`)
  }

  /** Words of a refusal are no content, in which citations tell their places. */
  #text(text: string): Uint8Array {
    if (this.#refused) return this.#delta(`{"refusal":${JSON.stringify(text)}}`)
    this.#textEnd += text.length
    return this.#delta(`{"content":${JSON.stringify(text)}}`)
  }

  #cite(citation: Citation): Uint8Array | null {
    const members = writeUrlCitation(citation, { start: this.#blockStart, end: this.#textEnd })
    if (members === null) return null
    return this.#delta(`{"annotations":[${JSON.stringify({ type: 'url_citation', url_citation: members })}]}`)
  }

  #logprobs(tokens: readonly TokenLogprob[]): Uint8Array {
    const logprobs = JSON.stringify({ content: writeTokenLogprobs(tokens), refusal: null })
    return encoder.encode(
      `${this.#head},"choices":[{"index":0,"delta":{},"logprobs":${logprobs},"finish_reason":null}]${this.#afterUsage}`,
    )
  }

  #arguments(json: string): Uint8Array {
    const call = `{"index":${this.#toolIndex},"function":{"arguments":${JSON.stringify(json)}}}`
    return this.#delta(`{"tool_calls":[${call}]}`)
  }

  #openBlock(block: AnswerBlock): Uint8Array | null {
    this.#block = block.kind
    this.#refused = block.kind === 'text' && block.refused === true
    this.#blockStart = this.#textEnd
    if (block.kind !== 'tool-call') return null
    this.#toolIndex += 1
    this.#toolHasArguments = false
    const call = {
      index: this.#toolIndex,
      id: callIdOf(block.id, this.#answerId, this.#toolIndex),
      type: 'function',
      function: { name: block.name, arguments: '' },
      ...(block.signature ? callSignature(block.signature) : {}),
    }
    return this.#delta(`{"tool_calls":[${JSON.stringify(call)}]}`)
  }

  /** Clients parse the arguments as JSON: a call without any gets an empty object. */
  #closeBlock(): Uint8Array | null {
    const isEmptyCall = this.#block === 'tool-call' && !this.#toolHasArguments
    this.#block = null
    return isEmptyCall ? this.#arguments('{}') : null
  }

  /** From here on every chunk tells it. */
  #tell(served: ServedTier): void {
    const tier = writeServedTier(openaiTiers, served)
    if (tier !== null) this.#head += `,"service_tier":${JSON.stringify(tier)}`
  }

  #last(finish: Finish): string {
    const { word, native } = writeFinish(finish)
    const nativeMember = native === null ? '' : `,"native_finish_reason":${JSON.stringify(native)}`
    return `${this.#head},"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"${word}"${nativeMember}}]${this.#afterUsage}`
  }

  #fail(name: string, message: string): Uint8Array {
    this.#failed = true
    const error = { message, type: 'server_error', param: null, code: name }
    return encoder.encode(`data: ${JSON.stringify({ error })}\n\n`)
  }
}

export function createStreamWriter(about: AnswerAbout): StreamWriter {
  return new ChunkWriter(about)
}
