import type { AnswerBlock, AnswerPart } from '../answer/answer.ts'
import { InvokeChunks } from './invoke-chunks.ts'
import { invocationMetrics } from './serving.ts'
import type { Serving } from './serving.ts'

/** The body of an InvokeModel answer by Claude: Anthropic's Message. */
export function claudeBody(serving: Serving): string {
  const { answer } = serving
  return JSON.stringify({
    ...messageHead(serving),
    content: answer.blocks.map(contentBlock),
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
    switch (part.kind) {
      case 'start':
        this.#firstByteMs = this.#serving.elapsedMs()
        return this.chunk(JSON.stringify({ type: 'message_start', message: this.#startedMessage() }))
      case 'blockStart':
        return this.chunk(
          JSON.stringify({
            type: 'content_block_start',
            index: part.index,
            content_block: openedBlock(part.block),
          }),
        )
      case 'textDelta':
        return this.#delta(part.index, `{"type":"text_delta","text":${JSON.stringify(part.text)}}`)
      case 'reasoningDelta':
        return this.#delta(part.index, `{"type":"thinking_delta","thinking":${JSON.stringify(part.text)}}`)
      case 'signature':
        return this.#delta(
          part.index,
          `{"type":"signature_delta","signature":${JSON.stringify(part.signature)}}`,
        )
      case 'toolDelta':
        return this.#delta(
          part.index,
          `{"type":"input_json_delta","partial_json":${JSON.stringify(part.json)}}`,
        )
      case 'blockStop':
        return this.chunk(`{"type":"content_block_stop","index":${part.index}}`)
      case 'stop':
        return this.chunk(JSON.stringify(this.#messageDelta()))
      case 'usage':
        return this.chunk(
          JSON.stringify({
            type: 'message_stop',
            'amazon-bedrock-invocationMetrics': invocationMetrics(this.#serving, this.#firstByteMs),
          }),
        )
    }
  }

  #delta(index: number, json: string): Uint8Array {
    return this.chunk(`{"type":"content_block_delta","index":${index},"delta":${json}}`)
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

/** `eu.anthropic.claude-3-5-sonnet-20241022-v2:0` → `claude-3-5-sonnet-20241022`: the vendor's word for it. */
function vendorModelName(modelId: string): string {
  return modelId.replace(/^.*\./, '').replace(/-v\d+(:\d+)?$/, '')
}

function inputUsage(serving: Serving): Record<string, number> {
  const { usage } = serving.answer
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
  }
}

function contentBlock(block: AnswerBlock): Record<string, unknown> {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: block.text }
    case 'reasoning':
      return { type: 'thinking', thinking: block.text, signature: block.signature }
    case 'toolUse':
      return { type: 'tool_use', id: claudeToolId(block.id), name: block.name, input: block.input }
  }
}

function openedBlock(block: AnswerBlock): Record<string, unknown> {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: '' }
    case 'reasoning':
      return { type: 'thinking', thinking: '', signature: '' }
    case 'toolUse':
      return { type: 'tool_use', id: claudeToolId(block.id), name: block.name, input: {} }
  }
}

function claudeToolId(id: string): string {
  return `toolu_bdrk_${id}`
}
