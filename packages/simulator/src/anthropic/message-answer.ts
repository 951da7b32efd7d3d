import { writesByLifetime } from '../answer/answer.ts'
import type { Answer, AnswerPart, AnswerUsage } from '../answer/answer.ts'
import { blockTokens } from '../answer/compose.ts'
import { blockEvents, wholeBlocks } from '../claude/answer-blocks.ts'
import type { BlockManner } from '../claude/answer-blocks.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import { failureBody, failureMessage } from './failure.ts'

/** An answer with what is told beside it. */
export interface MessageServing {
  readonly answer: Answer
  /** The vendor's word for the model. */
  readonly modelId: string
  readonly isFast: boolean
  readonly place: string | null
  /** For the message's id; equal for equal requests. */
  readonly seedHex: string
  readonly requestId: string
  /** False where a script leaves the usage out. */
  readonly tellsUsage: boolean
  /** The vendor's word under which a script ends the answer. */
  readonly scriptedStop: string | null
}

type Json = Readonly<Record<string, unknown>>

const MANNER: BlockManner = { toolIdPrefix: 'toolu_01', callMembers: { caller: { type: 'direct' } } }

/** The body of an answer that does not stream. */
export function messageBody(serving: MessageServing): string {
  const { answer } = serving
  const usage = {
    ...inputUsage(answer.usage),
    output_tokens: answer.usage.outputTokens,
    ...outputDetails(answer),
    ...service(serving),
  }
  return JSON.stringify({
    ...messageHead(serving),
    content: answer.blocks.flatMap((block) => wholeBlocks(block, MANNER)),
    container: null,
    ...stop(serving),
    ...(serving.tellsUsage ? { usage } : {}),
  })
}

/** The events of an answer that streams. */
export class MessageStream implements StreamFormat {
  readonly #serving: MessageServing
  #count = 0
  #pinged = false

  constructor(serving: MessageServing) {
    this.#serving = serving
  }

  encode(part: AnswerPart): Uint8Array | null {
    const events = this.#events(part)
    if (events.length === 0) return null
    const text = events.map((event) => this.#frame(String(event['type']), JSON.stringify(event))).join('')
    return Buffer.from(text, 'utf8')
  }

  exception(name: string, message: string | null): Uint8Array {
    const body = failureBody(name, message ?? failureMessage(name), this.#serving.requestId)
    return Buffer.from(`event: error\ndata: ${body}\n\n`, 'utf8')
  }

  /** An event that is not ended: the next one is glued to its data. */
  brokenFrame(): Uint8Array {
    return Buffer.from('event: content_block_delta\ndata: {"type":"content_block_delta","index":0,', 'utf8')
  }

  brokenJson(): Uint8Array {
    return Buffer.from('event: content_block_delta\ndata: {"type":"content_block_del\n\n', 'utf8')
  }

  #events(part: AnswerPart): readonly Json[] {
    const serving = this.#serving
    switch (part.kind) {
      case 'start':
        return [{ type: 'message_start', message: startedMessage(serving) }]
      case 'stop':
        return serving.tellsUsage ? [messageDelta(serving)] : [withoutUsage(serving), MESSAGE_STOP]
      case 'usage':
        return [MESSAGE_STOP]
      case 'blockStart': {
        const events = blockEvents(part, MANNER, serving.answer.blocks)
        if (this.#pinged) return events
        this.#pinged = true
        return [...events, PING]
      }
      default:
        return blockEvents(part, MANNER, serving.answer.blocks)
    }
  }

  /** The vendor hides the lengths of its texts behind spaces before the last brace. */
  #frame(name: string, json: string): string {
    this.#count += 1
    const padding = ' '.repeat((this.#count * 7) % 16)
    return `event: ${name}\ndata: ${json.slice(0, -1)}${padding}}\n\n`
  }
}

const PING: Json = { type: 'ping' }
const MESSAGE_STOP: Json = { type: 'message_stop' }
/** Fast mode and a place are no tiers: they are told beside it. */
const service = ({ isFast, place }: MessageServing) => ({
  ...{ service_tier: 'standard', inference_geo: place ?? 'global' },
  ...(isFast ? { speed: 'fast' } : {}),
})

function messageHead(serving: MessageServing): Json {
  return {
    model: serving.modelId,
    id: `msg_01${serving.seedHex.slice(0, 22)}`,
    type: 'message',
    role: 'assistant',
  }
}

function startedMessage(serving: MessageServing): Json {
  return {
    ...messageHead(serving),
    content: [],
    container: null,
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: { ...inputUsage(serving.answer.usage), output_tokens: 1, ...service(serving) },
  }
}

function messageDelta(serving: MessageServing): Json {
  const { usage } = serving.answer
  return {
    type: 'message_delta',
    delta: { ...stop(serving), container: null },
    // All counts of the whole message, not what was added since its start.
    usage: {
      input_tokens: usage.inputTokens,
      cache_creation_input_tokens: usage.cacheWriteTokens,
      cache_read_input_tokens: usage.cacheReadTokens,
      output_tokens: usage.outputTokens,
      ...outputDetails(serving.answer),
    },
  }
}

function withoutUsage(serving: MessageServing): Json {
  return { type: 'message_delta', delta: { ...stop(serving), container: null } }
}

function stop({ answer, scriptedStop }: MessageServing): Json {
  const reason = scriptedStop ?? answer.stopReason
  return {
    stop_reason: reason,
    stop_sequence: reason === 'stop_sequence' ? answer.stopSequence : null,
    stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
  }
}

function inputUsage(usage: AnswerUsage): Json {
  const written = writesByLifetime(usage)
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: written['5m'],
      ephemeral_1h_input_tokens: written['1h'],
    },
  }
}

/** Told where the model thought. */
function outputDetails(answer: Answer): Json {
  const thoughts = answer.blocks.filter((block) => block.kind === 'reasoning')
  if (thoughts.length === 0) return {}
  const tokens = thoughts.reduce((sum, block) => sum + blockTokens(block), 0)
  return { output_tokens_details: { thinking_tokens: tokens } }
}
