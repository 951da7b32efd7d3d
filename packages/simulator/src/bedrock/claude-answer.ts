import type { AnswerPart } from '../answer/answer.ts'
import { blockEvents, wholeBlocks } from '../claude/answer-blocks.ts'
import type { BlockManner } from '../claude/answer-blocks.ts'
import { vendorModelName } from '../claude/model-names.ts'
import { InvokeChunks } from './invoke-chunks.ts'
import { invocationMetrics } from './serving.ts'
import type { Serving } from './serving.ts'

const MANNER: BlockManner = { toolIdPrefix: 'toolu_bdrk_', callMembers: {} }

/** The body of an InvokeModel answer by Claude: Anthropic's Message. */
export function claudeBody(serving: Serving): string {
  const { answer } = serving
  return JSON.stringify({
    ...messageHead(serving),
    content: answer.blocks.flatMap((block) => wholeBlocks(block, MANNER)),
    stop_reason: answer.stopReason,
    stop_sequence: answer.stopSequence,
    usage: { ...inputUsage(serving), output_tokens: answer.usage.outputTokens },
  })
}

/** InvokeModelWithResponseStream by Claude: Anthropic's events, the last with Bedrock's own counts. */
export class ClaudeStream extends InvokeChunks {
  readonly #serving: Serving
  #firstByteMs = 0

  constructor(serving: Serving) {
    super()
    this.#serving = serving
  }

  encode(part: AnswerPart): Uint8Array | null {
    const chunks = this.#events(part).map((event) => this.chunk(JSON.stringify(event)))
    const [only] = chunks
    if (only === undefined) return null
    return chunks.length === 1 ? only : Buffer.concat(chunks)
  }

  #events(part: AnswerPart): readonly Readonly<Record<string, unknown>>[] {
    switch (part.kind) {
      case 'start':
        this.#firstByteMs = this.#serving.elapsedMs()
        return [{ type: 'message_start', message: this.#startedMessage() }]
      case 'stop':
        return [this.#messageDelta()]
      case 'usage': {
        const metrics = invocationMetrics(this.#serving, this.#firstByteMs)
        return [{ type: 'message_stop', 'amazon-bedrock-invocationMetrics': metrics }]
      }
      default:
        return blockEvents(part, MANNER, this.#serving.answer.blocks)
    }
  }

  #startedMessage(): Record<string, unknown> {
    return {
      ...messageHead(this.#serving),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...inputUsage(this.#serving), output_tokens: 1 },
    }
  }

  #messageDelta(): Record<string, unknown> {
    const { answer } = this.#serving
    return {
      type: 'message_delta',
      delta: { stop_reason: answer.stopReason, stop_sequence: answer.stopSequence },
      usage: { output_tokens: answer.usage.outputTokens },
    }
  }
}

function messageHead(serving: Serving): Record<string, unknown> {
  return {
    model: vendorModelName(serving.model.id),
    id: `msg_bdrk_${serving.seedHex.slice(0, 24)}`,
    type: 'message',
    role: 'assistant',
  }
}

function inputUsage(serving: Serving): Record<string, number> {
  const { usage } = serving.answer
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
  }
}
