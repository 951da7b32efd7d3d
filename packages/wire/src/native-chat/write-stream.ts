import {
  unknownUsage,
  type AnswerPart,
  type Finish,
  type ServedTier,
  type ToldUsage,
} from '@pointsman/contract'

import type { AnswerAbout, StreamWriter } from '../dialect.ts'
import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { answerEnvelope, openingOf, vendorFailure } from './quirk-envelope.ts'

/**
 * Server-sent events, each with its name and, for readers that see data only, its `type`: `start` (who serves, and a
 * notification), `delta` (a piece of the text), then `done` with all that an answer without streaming says. An answer that
 * is cut ends with `error` instead.
 */
class EventWriter implements StreamWriter {
  readonly #about: AnswerAbout
  /** Told whole in the last event; bounded by the model's output limit. */
  readonly #text: string[] = []
  #finish: Finish | null = null
  #usage: ToldUsage = unknownUsage
  #served: ServedTier | null = null
  #failed = false

  constructor(about: AnswerAbout) {
    this.#about = about
  }

  write(part: AnswerPart): Uint8Array | null {
    switch (part.type) {
      case 'start':
        return encodeServerSentEvent(JSON.stringify(openingOf(this.#about)), 'start')
      case 'text-delta':
        this.#text.push(part.text)
        return encodeServerSentEvent(JSON.stringify({ type: 'delta', text: part.text }), 'delta')
      case 'finish':
        this.#finish = part.finish
        return null
      case 'usage':
        this.#usage = part.usage
        return null
      case 'service-tier':
        this.#served = part.served
        return null
      case 'error':
        this.#failed = true
        return encodeServerSentEvent(JSON.stringify({ type: 'error', ...vendorFailure(part.error) }), 'error')
      case 'block-start':
      case 'block-end':
      case 'reasoning-delta':
      case 'reasoning-signature':
      case 'redacted-reasoning':
      case 'citation':
      case 'logprobs':
      case 'tool-arguments-delta':
      case 'foreign-delta':
      case 'unrecognised':
        return null
    }
  }

  end(): Uint8Array | null {
    if (this.#failed || this.#finish === null) return null
    const answered = {
      text: this.#text.join(''),
      finish: this.#finish,
      usage: this.#usage,
      serviceTier: this.#served,
    }
    return encodeServerSentEvent(
      JSON.stringify({ type: 'done', ...answerEnvelope(answered, this.#about) }),
      'done',
    )
  }
}

export const createStreamWriter = (about: AnswerAbout): StreamWriter => new EventWriter(about)
