import { unknownUsage } from '@pointsman/contract'
import type {
  AnswerBlock,
  AnswerPart,
  Finish,
  JsonObject,
  ServedTier,
  Signature,
  UsageBuckets,
} from '@pointsman/contract'

import type { AnswerAbout, StreamWriter } from '../dialect.ts'
import { isJsonObject } from '../json-fields.ts'
import { isOfText, writeSignature } from '../signatures.ts'
import { StreamedArguments } from '../tool-arguments.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { writeUsage } from './usage.ts'
import { writeCitation } from './quirk-citations.ts'
import { writeErrorEvent } from './write-error.ts'

const encoder = new TextEncoder()

const event = (name: string, members: JsonObject): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...members })}\n\n`

/** The kinds that a written block may have; a redacted thought is whole when it begins. */
type Written = 'text' | 'thinking' | 'redacted_thinking' | 'tool_use' | 'foreign'

/**
 * Writes parts as Anthropic's events. Its clients count blocks by their position, so those are numbered here, and a
 * thought begins with its first piece, which tells whether it can be read. `message_delta` waits for the end: it
 * holds the finish and the usage, which other vendors tell after it.
 */
class EventWriter implements StreamWriter {
  readonly #about: AnswerAbout
  #usage: UsageBuckets = unknownUsage
  #served: ServedTier | null = null
  #started = false
  #finish: Finish | null = null
  #failed = false
  #index = -1
  #open: Written | null = null
  #calls = 0
  readonly #arguments = new StreamedArguments()

  constructor(about: AnswerAbout) {
    this.#about = about
  }

  write(part: AnswerPart): Uint8Array | null {
    const events = this.#eventsOf(part)
    return events === '' ? null : encoder.encode(this.#opening() + events)
  }

  #eventsOf(part: AnswerPart): string {
    switch (part.type) {
      case 'block-start':
        return this.#blockStart(part.block)
      case 'text-delta':
        return this.#within('text') + this.#delta(`{"type":"text_delta","text":${JSON.stringify(part.text)}}`)
      case 'tool-arguments-delta':
        this.#arguments.add(part.json)
        return this.#delta(`{"type":"input_json_delta","partial_json":${JSON.stringify(part.json)}}`)
      case 'reasoning-delta':
        return (
          this.#within('thinking') +
          this.#delta(`{"type":"thinking_delta","thinking":${JSON.stringify(part.text)}}`)
        )
      case 'reasoning-signature':
        return isOfText(part.signature, this.#open !== 'thinking') ? '' : this.#sign(part.signature)
      case 'redacted-reasoning': {
        const data = writeSignature(part.data, 'anthropic')
        return this.#begin('redacted_thinking', { type: 'redacted_thinking', data })
      }
      case 'citation': {
        const citation = JSON.stringify(writeCitation(part.citation))
        return this.#within('text') + this.#delta(`{"type":"citations_delta","citation":${citation}}`)
      }
      case 'foreign-delta':
        return this.#open === 'foreign' ? this.#delta(JSON.stringify(part.value)) : ''
      case 'block-end':
        this.#arguments.endBlock()
        return this.#close()
      case 'finish':
        this.#arguments.finish(part.finish)
        this.#finish = part.finish
        return ''
      case 'usage':
        this.#usage = part.usage
        return ''
      case 'service-tier':
        this.#served = part.served
        return ''
      case 'error':
        this.#failed = true
        return writeErrorText(part.error.name, part.error.message)
      case 'start':
      case 'logprobs':
      case 'unrecognised':
        return ''
    }
  }

  /** `message_delta` and `message_stop`; nothing unless the answer finished. */
  end(): Uint8Array | null {
    if (this.#finish === null || this.#failed) return null
    const { word, native } = writeFinish(this.#finish)
    const delta = {
      stop_reason: word,
      stop_sequence: this.#finish.stopSequence ?? null,
      ...(native === null ? {} : { native_stop_reason: native }),
    }
    const last =
      event('message_delta', { delta, usage: writeUsage(this.#usage, this.#served) }) +
      event('message_stop', {})
    return encoder.encode(this.#opening() + this.#close() + last)
  }

  /**
   * `message_start` goes out with the first event, and with the usage that is known by then. Typed clients demand
   * figures there: one that is not known yet counts what has been told so far, and `message_delta` tells the whole.
   */
  #opening(): string {
    if (this.#started) return ''
    this.#started = true
    const { answerId, model } = this.#about
    const known = writeUsage(this.#usage, this.#served)
    const usage = {
      ...known,
      input_tokens: known['input_tokens'] ?? 0,
      output_tokens: known['output_tokens'] ?? 0,
    }
    const message = {
      id: `msg_${answerId}`,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    }
    return event('message_start', { message })
  }

  #blockStart(block: AnswerBlock): string {
    switch (block.kind) {
      case 'text':
        return this.#begin('text', { type: 'text', text: '' })
      case 'reasoning':
        return this.#close()
      case 'foreign':
        return block.dialect === 'anthropic-messages' && isJsonObject(block.value)
          ? this.#begin('foreign', block.value)
          : this.#close()
      case 'tool-call': {
        const id = callIdOf(block.id, this.#about.answerId, this.#calls)
        this.#calls += 1
        this.#arguments.begin()
        const caller = { type: 'direct' }
        return (
          this.#callSignature(block.signature ?? null) +
          this.#begin('tool_use', { type: 'tool_use', id, name: block.name, input: {}, caller })
        )
      }
    }
  }

  #sign(signed: Signature): string {
    const signature = JSON.stringify(writeSignature(signed, 'anthropic'))
    return this.#within('thinking') + this.#delta(`{"type":"signature_delta","signature":${signature}}`)
  }

  /** Calls have no place for it: it stands in a thought of its own before them. */
  #callSignature(signature: Signature | null): string {
    return signature === null ? '' : this.#close() + this.#sign(signature)
  }

  #within(kind: 'text' | 'thinking'): string {
    if (this.#open === kind) return ''
    return kind === 'text'
      ? this.#begin(kind, { type: 'text', text: '' })
      : this.#begin(kind, { type: 'thinking', thinking: '', signature: '' })
  }

  #begin(kind: Written, block: JsonObject): string {
    const before = this.#close()
    this.#index += 1
    this.#open = kind
    return before + event('content_block_start', { index: this.#index, content_block: block })
  }

  #close(): string {
    if (this.#open === null) return ''
    this.#open = null
    return event('content_block_stop', { index: this.#index })
  }

  /** Written by hand: building and stringifying an object a token is most of what a stream costs. */
  #delta(delta: string): string {
    return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":${delta}}\n\n`
  }
}

const decoder = new TextDecoder()
const writeErrorText = (name: string, message: string): string =>
  decoder.decode(writeErrorEvent(name, message))

export function createStreamWriter(about: AnswerAbout): StreamWriter {
  return new EventWriter(about)
}
