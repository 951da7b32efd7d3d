import { unknownUsage } from '@pointsman/contract'
import type {
  AnswerBlock,
  AnswerPart,
  Finish,
  ForeignPart,
  JsonObject,
  ServedTier,
  Signature,
  UsageBuckets,
} from '@pointsman/contract'

import type { AnswerAbout, StreamWriter } from '../dialect.ts'
import { isJsonObject } from '../json-fields.ts'
import { writeSealed, writeSignature } from '../signatures.ts'
import { writeFinish } from './finish-reasons.ts'
import { encodeEvent } from './quirk-line-ends.ts'
import { writeLogprobs } from './quirk-logprobs.ts'
import { writeCitations } from './quirk-citations.ts'
import { writeUsage } from './usage.ts'
import { writeErrorBody } from './write-error.ts'
import { writeBareSignature, writeThought } from './quirk-write-parts.ts'
import { aboutMembers, writeCall } from './write-result.ts'

/** The official client keeps no history of a stream of which one chunk has no part (@google/genai 3.3, chats). */
const noText: JsonObject = { content: { parts: [{ text: '' }], role: 'model' } }

/** Of media that only this API has: a block of its own holds them, as they came. */
export const isKept = (part: AnswerPart): boolean =>
  part.type === 'unrecognised' && (part.name === 'inlineData' || part.name === 'fileData')

interface OpenCall {
  readonly block: AnswerBlock & { readonly kind: 'tool-call' }
  readonly json: string
}

/**
 * Writes parts as the chunks of `streamGenerateContent`. Text and thoughts go out piece by piece, a call when it is
 * whole, because Google's form has no piece of one. Finish and usage share the last chunk.
 */
class ChunkWriter implements StreamWriter {
  readonly #about: AnswerAbout
  /** The text around a part is the same in every chunk and made once. */
  readonly #tail: string
  #usage: UsageBuckets = unknownUsage
  #finish: Finish | null = null
  #served: ServedTier | null = null
  #failed = false
  #call: OpenCall | null = null
  #calls = 0
  #brokenCalls = false
  #thoughtHasText = false

  constructor(about: AnswerAbout) {
    this.#about = about
    this.#tail = `],"role":"model"},"index":0}],${JSON.stringify(aboutMembers(about)).slice(1)}`
  }

  write(part: AnswerPart): Uint8Array | null {
    switch (part.type) {
      case 'block-start':
        this.#thoughtHasText = false
        this.#call = part.block.kind === 'tool-call' ? { block: part.block, json: '' } : null
        return part.block.kind === 'foreign' ? this.#foreign(part.block) : null
      case 'text-delta':
        return this.#part({ text: part.text })
      case 'reasoning-delta':
        this.#thoughtHasText = true
        return this.#part(writeThought(part.text, null))
      case 'reasoning-signature':
        return this.#part(this.#signature(part.signature))
      case 'redacted-reasoning':
        return this.#part(writeThought('', writeSealed(part.data, 'google')))
      case 'tool-arguments-delta':
        if (this.#call !== null) this.#call = { ...this.#call, json: this.#call.json + part.json }
        return null
      case 'block-end':
        return this.#endCall()
      case 'citation':
        return this.#candidate({ citationMetadata: writeCitations([part.citation]) })
      case 'logprobs':
        return this.#candidate({ logprobsResult: writeLogprobs(part.tokens) })
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
        return encodeEvent(
          writeErrorBody({ code: 500, status: part.error.name, message: part.error.message, details: [] }),
        )
      case 'start':
      case 'foreign-delta':
      case 'unrecognised':
        return null
    }
  }

  /** The chunk that says how the answer ended and what it used; nothing unless it did end. */
  end(): Uint8Array | null {
    if (this.#finish === null || this.#failed) return null
    const usage = writeUsage(this.#usage, this.#served)
    return encodeEvent(
      JSON.stringify({
        candidates: [{ ...noText, ...writeFinish(this.#finish, this.#brokenCalls), index: 0 }],
        ...(usage === null ? {} : { usageMetadata: usage }),
        ...aboutMembers(this.#about),
      }),
    )
  }

  #part(part: JsonObject): Uint8Array {
    return encodeEvent(`{"candidates":[{"content":{"parts":[${JSON.stringify(part)}${this.#tail}`)
  }

  #foreign({ dialect, value }: ForeignPart): Uint8Array | null {
    return dialect === 'gemini' && isJsonObject(value) ? this.#part(value) : null
  }

  #candidate(members: JsonObject): Uint8Array | null {
    if (Object.values(members).includes(null)) return null
    return encodeEvent(
      JSON.stringify({ candidates: [{ ...noText, ...members, index: 0 }], ...aboutMembers(this.#about) }),
    )
  }

  #signature(signature: Signature): JsonObject {
    const value = writeSignature(signature, 'google')
    const isOfText = signature.signer === 'google' && !this.#thoughtHasText
    return isOfText ? writeBareSignature(value) : writeThought('', value)
  }

  #endCall(): Uint8Array | null {
    if (this.#call === null) return null
    const { block, json } = this.#call
    this.#call = null
    const { id, name, signature = null } = block
    const written = writeCall(
      { kind: 'tool-call', id, name, argumentsJson: json, signature },
      this.#about.answerId,
      this.#calls,
    )
    this.#calls += 1
    this.#brokenCalls ||= written === null
    return written === null ? null : this.#part(written)
  }
}

export function createStreamWriter(about: AnswerAbout): StreamWriter {
  return new ChunkWriter(about)
}
