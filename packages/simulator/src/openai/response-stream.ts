import type { AnswerBlock, AnswerPart } from '../answer/answer.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import { eventLogprobs, itemOf, responseObject, textPart } from './response-answer.ts'
import type { ResponseServing } from './response-answer.ts'
import { calledAs } from './tools.ts'

type Members = Readonly<Record<string, unknown>>

/** A response as typed server-sent events, each with the number of its place. */
export class ResponseStream implements StreamFormat {
  readonly #serving: ResponseServing
  #sequence = 0

  constructor(serving: ResponseServing) {
    this.#serving = serving
  }

  encode(part: AnswerPart): Uint8Array | null {
    switch (part.kind) {
      case 'start': {
        const response = responseObject(this.#serving, 'in_progress')
        return this.#events(['response.created', { response }], ['response.in_progress', { response }])
      }
      case 'blockStart':
        return this.#begin(part.block, part.index)
      case 'textDelta':
        return this.#events([
          'response.output_text.delta',
          {
            ...this.#at(part.index),
            content_index: 0,
            delta: part.text,
            logprobs: eventLogprobs(part.text, this.#serving),
          },
        ])
      case 'reasoningDelta':
        return this.#serving.request.summarizes
          ? this.#events([
              'response.reasoning_summary_text.delta',
              { ...this.#at(part.index), summary_index: 0, delta: part.text },
            ])
          : null
      case 'toolDelta':
        return this.#events([
          'response.function_call_arguments.delta',
          { ...this.#at(part.index), delta: part.json },
        ])
      case 'blockStop':
        return this.#end(part.index)
      case 'stop':
        return null
      case 'usage': {
        const response = responseObject(this.#serving, 'ended')
        return this.#events([`response.${response.status}`, { response }])
      }
      case 'signature':
        return null
    }
  }

  exception(name: string, message: string | null): Uint8Array {
    return this.#events(['error', { code: name, message: message ?? name, param: null }])
  }

  brokenFrame(): Uint8Array {
    return Buffer.from('event: response.output_text.delta\ndata: {"type":\n\n', 'utf8')
  }

  brokenJson(): Uint8Array {
    return Buffer.from(
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"\n\n',
      'utf8',
    )
  }

  #block(index: number): AnswerBlock | undefined {
    return this.#serving.answer.blocks[index]
  }

  #at(index: number): Members {
    const block = this.#block(index)
    const item = block === undefined ? null : itemOf(block, index, this.#serving, false)
    return { item_id: item?.id ?? '', output_index: index }
  }

  #begin(block: AnswerBlock, index: number): Uint8Array {
    const added = [
      'response.output_item.added',
      { output_index: index, item: itemOf(block, index, this.#serving, false) },
    ] as const
    if (block.kind === 'text') {
      const part = { ...this.#at(index), content_index: 0, part: textPart('', this.#serving) }
      return this.#events(added, ['response.content_part.added', part])
    }
    if (block.kind === 'reasoning' && this.#serving.request.summarizes) {
      const part = { ...this.#at(index), summary_index: 0, part: { type: 'summary_text', text: '' } }
      return this.#events(added, ['response.reasoning_summary_part.added', part])
    }
    return this.#events(added)
  }

  #end(index: number): Uint8Array | null {
    const block = this.#block(index)
    if (block === undefined) return null
    const at = this.#at(index)
    const done = [
      'response.output_item.done',
      { output_index: index, item: itemOf(block, index, this.#serving, true) },
    ] as const
    switch (block.kind) {
      case 'text':
        return this.#events(
          [
            'response.output_text.done',
            { ...at, content_index: 0, text: block.text, logprobs: eventLogprobs(block.text, this.#serving) },
          ],
          [
            'response.content_part.done',
            { ...at, content_index: 0, part: textPart(block.text, this.#serving) },
          ],
          done,
        )
      case 'toolUse': {
        const args = JSON.stringify(block.input)
        return this.#events(
          [
            'response.function_call_arguments.done',
            { ...at, name: calledAs(block.name).name, arguments: args },
          ],
          done,
        )
      }
      case 'reasoning': {
        if (!this.#serving.request.summarizes) return this.#events(done)
        const part = { type: 'summary_text', text: block.text }
        return this.#events(
          ['response.reasoning_summary_text.done', { ...at, summary_index: 0, text: block.text }],
          ['response.reasoning_summary_part.done', { ...at, summary_index: 0, part }],
          done,
        )
      }
    }
  }

  #events(...events: readonly (readonly [string, Members])[]): Uint8Array {
    const written = events.map(([type, members]) => {
      const data = { type, sequence_number: this.#sequence, ...members }
      this.#sequence += 1
      return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
    })
    return Buffer.from(written.join(''), 'utf8')
  }
}
