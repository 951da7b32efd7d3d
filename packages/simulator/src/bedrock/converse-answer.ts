import type { AnswerBlock, AnswerPart } from '../answer/answer.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import { brokenChecksum, eventFrame, exceptionFrame, Padding } from './event-frames.ts'
import { signsThoughts } from './model-quirks.ts'
import { converseExtras, converseUsage, responseFields } from './serving.ts'
import type { Serving } from './serving.ts'

/** The body of a Converse answer. */
export function converseBody(serving: Serving): string {
  const { answer } = serving
  return JSON.stringify({
    metrics: { latencyMs: serving.elapsedMs() },
    output: { message: { content: converseContent(serving), role: 'assistant' } },
    ...responseFields(serving, false),
    ...converseExtras(serving),
    stopReason: answer.stopReason,
    usage: converseUsage(answer.usage, serving.model),
  })
}

/** Content as Converse, and Nova's own body, have it. */
export function converseContent({ answer, model }: Serving): readonly unknown[] {
  return answer.blocks.map((block) => {
    switch (block.kind) {
      case 'text':
        return { text: block.text }
      case 'reasoning': {
        const signature = signsThoughts(model) ? { signature: block.signature } : {}
        return { reasoningContent: { reasoningText: { ...signature, text: shownText(block) } } }
      }
      case 'toolUse':
        return { toolUse: { input: block.input, name: block.name, toolUseId: converseToolId(block.id) } }
    }
  })
}

type Thought = Extract<AnswerBlock, { kind: 'reasoning' }>

/** A thought that is not shown comes as its signature alone. */
function shownText(thought: Thought): string {
  return thought.told === 'hidden' ? '' : thought.text
}

export function converseToolId(id: string): string {
  return `tooluse_${id}`
}

/** The content of a `contentBlockDelta`, as JSON. */
export function deltaJson(part: AnswerPart): string | null {
  switch (part.kind) {
    case 'textDelta':
      return `{"text":${JSON.stringify(part.text)}}`
    case 'reasoningDelta':
      return `{"reasoningContent":{"text":${JSON.stringify(part.text)}}}`
    case 'signature':
      return `{"reasoningContent":{"signature":${JSON.stringify(part.signature)}}}`
    case 'toolDelta':
      return `{"toolUse":{"input":${JSON.stringify(part.json)}}}`
    default:
      return null
  }
}

/** ConverseStream: one event for each part; `metadata` comes after `messageStop`. */
export class ConverseStream implements StreamFormat {
  readonly #serving: Serving
  readonly #padding = new Padding()

  constructor(serving: Serving) {
    this.#serving = serving
  }

  encode(part: AnswerPart): Uint8Array | null {
    switch (part.kind) {
      case 'start':
        return this.#event('messageStart', '"role":"assistant"')
      case 'blockStart':
        return this.#blockStart(part.index, part.block)
      case 'blockStop':
        return this.#event('contentBlockStop', `"contentBlockIndex":${part.index}`)
      case 'stop':
        return this.#event(
          'messageStop',
          members({ ...responseFields(this.#serving, true), stopReason: this.#serving.answer.stopReason }),
        )
      case 'usage':
        return this.#event('metadata', this.#metadata())
      case 'reasoningDelta':
        return this.#isHidden(part.index) ? null : this.#delta(part)
      case 'signature':
        return signsThoughts(this.#serving.model) ? this.#delta(part) : null
      default:
        return this.#delta(part)
    }
  }

  #isHidden(index: number): boolean {
    const block = this.#serving.answer.blocks[index]
    return block?.kind === 'reasoning' && block.told === 'hidden'
  }

  #delta(part: Extract<AnswerPart, { readonly index: number }>): Uint8Array {
    return this.#event(
      'contentBlockDelta',
      `"contentBlockIndex":${part.index},"delta":${deltaJson(part) ?? '{}'}`,
    )
  }

  exception(name: string, message: string | null): Uint8Array {
    return exceptionFrame(name, message)
  }

  brokenFrame(): Uint8Array {
    return brokenChecksum(this.#event('contentBlockDelta', '"contentBlockIndex":0,"delta":{"text":"broken"}'))
  }

  brokenJson(): Uint8Array {
    return eventFrame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"bro')
  }

  /** Only tools announce their block; text and thoughts begin with their first delta. */
  #blockStart(index: number, block: AnswerBlock): Uint8Array | null {
    if (block.kind !== 'toolUse') return null
    const start = { toolUse: { name: block.name, toolUseId: converseToolId(block.id) } }
    return this.#event('contentBlockStart', `"contentBlockIndex":${index},"start":${JSON.stringify(start)}`)
  }

  #metadata(): string {
    const serving = this.#serving
    return members({
      metrics: { latencyMs: serving.elapsedMs() },
      ...converseExtras(serving),
      usage: converseUsage(serving.answer.usage, serving.model),
    })
  }

  #event(eventType: string, jsonMembers: string): Uint8Array {
    return eventFrame(eventType, `{${jsonMembers}${this.#padding.next()}}`)
  }
}

function members(value: Record<string, unknown>): string {
  return JSON.stringify(value).slice(1, -1)
}
