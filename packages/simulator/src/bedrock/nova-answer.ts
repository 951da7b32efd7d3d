import type { AnswerPart } from '../answer/answer.ts'
import { converseContent, converseToolId, deltaJson } from './converse-answer.ts'
import { InvokeChunks } from './invoke-chunks.ts'
import { invocationMetrics } from './serving.ts'
import type { Serving } from './serving.ts'

/** The body of an InvokeModel answer by Nova: Converse's message with counts of its own names. */
export function novaBody(serving: Serving): string {
  const { answer } = serving
  return JSON.stringify({
    output: { message: { content: converseContent(serving), role: 'assistant' } },
    stopReason: answer.stopReason,
    usage: novaUsage(serving),
  })
}

/** InvokeModelWithResponseStream by Nova: Converse's events, each under its own name in a chunk. */
export class NovaStream extends InvokeChunks {
  readonly #serving: Serving
  #firstByteMs = 0

  constructor(serving: Serving) {
    super()
    this.#serving = serving
  }

  encode(part: AnswerPart): Uint8Array | null {
    switch (part.kind) {
      case 'start':
        this.#firstByteMs = this.#serving.elapsedMs()
        return this.chunk('{"messageStart":{"role":"assistant"}}')
      case 'blockStart': {
        if (part.block.kind !== 'toolUse') return null
        const toolUse = { toolUseId: converseToolId(part.block.id), name: part.block.name }
        return this.chunk(
          JSON.stringify({ contentBlockStart: { start: { toolUse }, contentBlockIndex: part.index } }),
        )
      }
      case 'blockStop':
        return this.chunk(`{"contentBlockStop":{"contentBlockIndex":${part.index}}}`)
      case 'stop':
        return this.chunk(`{"messageStop":{"stopReason":"${this.#serving.answer.stopReason}"}}`)
      case 'usage':
        return this.chunk(
          JSON.stringify({
            metadata: { usage: novaUsage(this.#serving), metrics: {}, trace: {} },
            'amazon-bedrock-invocationMetrics': invocationMetrics(this.#serving, this.#firstByteMs),
          }),
        )
      case 'signature':
        return null
      default:
        return this.chunk(
          `{"contentBlockDelta":{"delta":${deltaJson(part) ?? '{}'},"contentBlockIndex":${part.index}}}`,
        )
    }
  }
}

function novaUsage(serving: Serving): Record<string, number> {
  const { usage } = serving.answer
  return {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    totalTokens: usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    cacheReadInputTokenCount: usage.cacheReadTokens,
    cacheWriteInputTokenCount: usage.cacheWriteTokens,
  }
}
