import { PointsmanError } from '@pointsman/contract'
import type {
  AnswerBlock,
  AnswerPart,
  Citation,
  ContentPart,
  Finish,
  JsonObject,
  Signature,
} from '@pointsman/contract'

import type { StreamFrame, StreamReader, StreamReaderOptions } from '../dialect.ts'
import { readEach } from '../damaged-stream.ts'
import { readServerSentEvent, ServerSentEventSplitter } from '../framing/server-sent-events.ts'
import { numberOf } from '../exact-json.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { LastFinish } from '../last-finish.ts'
import { readVendorJson } from '../read-body.ts'
import { withUnpriced } from '../unpriced.ts'
import { readFinish } from './finish-reasons.ts'
import { readLogprobs } from './quirk-logprobs.ts'
import { readCitations } from './quirk-citations.ts'
import { Grounding } from './quirk-grounding.ts'
import { blockOf, candidatesOf, errorOf, firstCandidate, readCandidateParts, textOf } from './read-result.ts'
import { readTier, readUsage } from './usage.ts'

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)

function usageParts(chunk: JsonObject, grounding: Grounding): readonly AnswerPart[] {
  grounding.take(candidatesOf(chunk))
  const counts = readUsage(chunk['usageMetadata'])
  if (counts === null) return []
  const usage = withUnpriced(counts, grounding.unpriced)
  return [{ type: 'usage', usage, upstreamLatencyMs: null }]
}

/** Every chunk repeats the tier; one part tells it. */
class TierTelling {
  #told = false

  parts(chunk: JsonObject): readonly AnswerPart[] {
    const served = this.#told ? null : readTier(chunk['usageMetadata'])
    this.#told ||= served !== null
    return served === null ? [] : [{ type: 'service-tier', served }]
  }
}

/** Follows one answer and puts its parts, which name no blocks, into blocks one after the other. */
class ChunkTranslator {
  #started = false
  readonly #tier = new TierTelling()
  readonly #grounding = new Grounding()
  #hasCalls = false
  #nextIndex = 0
  #open: { readonly index: number; readonly kind: AnswerBlock['kind'] } | null = null
  #parts: AnswerPart[] = []

  translate(chunk: JsonObject): readonly AnswerPart[] {
    this.#parts = []
    const candidate = firstCandidate(chunk)
    const block = candidate === null ? blockOf(chunk) : null
    const usage = usageParts(chunk, this.#grounding)
    if (candidate === null && block === null && usage.length === 0) {
      return [{ type: 'unrecognised', name: 'chunk without candidates' }]
    }
    if (!this.#started) this.#parts.push({ type: 'start' })
    this.#started = true
    if (candidate !== null) this.#candidate(candidate)
    if (block !== null) this.#parts.push({ type: 'finish', finish: block })
    return [...this.#parts, ...usage, ...this.#tier.parts(chunk)]
  }

  #candidate(candidate: JsonObject): void {
    // A text before its own signature: one that stood before it would cut the text in two.
    for (const part of readCandidateParts(candidate).flatMap((parts) => parts.toReversed())) this.#take(part)
    for (const { citation } of readCitations(candidate)) this.#cite(citation)
    const tokens = readLogprobs(candidate['logprobsResult'])
    if (tokens !== null && tokens.length > 0) {
      this.#parts.push({ type: 'logprobs', index: this.#within('text'), tokens })
    }
    const word = textOf(candidate['finishReason'])
    if (word === '') return
    this.#close()
    this.#parts.push({ type: 'finish', finish: readFinish(word, this.#hasCalls) })
  }

  #take(part: ContentPart): void {
    switch (part.kind) {
      case 'text':
        if (part.text !== '') {
          this.#parts.push({ type: 'text-delta', index: this.#within('text'), text: part.text })
        }
        return
      case 'reasoning':
        return this.#reason(part.text, part.signature)
      case 'redacted-reasoning':
        this.#parts.push({
          type: 'redacted-reasoning',
          index: this.#begin({ kind: 'reasoning' }),
          data: part.data,
        })
        return this.#close()
      case 'tool-call': {
        const { id, name, signature } = part
        this.#hasCalls = true
        const index = this.#begin({ kind: 'tool-call', id, name, signature: signature ?? null })
        this.#parts.push({ type: 'tool-arguments-delta', index, json: part.argumentsJson })
        return this.#close()
      }
      case 'foreign':
        this.#parts.push({ type: 'unrecognised', name: part.name })
        this.#begin(part)
        return this.#close()
      default:
        this.#parts.push({ type: 'unrecognised', name: part.kind })
    }
  }

  /** A signature without words is of what follows; with words it ends them. */
  #reason(text: string, signature: Signature | null): void {
    if (text !== '') {
      this.#parts.push({ type: 'reasoning-delta', index: this.#within('reasoning'), text })
    }
    if (signature === null) return
    this.#parts.push({ type: 'reasoning-signature', index: this.#within('reasoning'), signature })
    this.#close()
  }

  #cite(citation: Citation): void {
    this.#parts.push({ type: 'citation', index: this.#within('text'), citation })
  }

  #within(kind: 'text' | 'reasoning'): number {
    return this.#open?.kind === kind ? this.#open.index : this.#begin({ kind })
  }

  #begin(block: AnswerBlock): number {
    this.#close()
    const index = this.#nextIndex
    this.#nextIndex += 1
    this.#open = { index, kind: block.kind }
    this.#parts.push({ type: 'block-start', index, block })
    return index
  }

  #close(): void {
    if (this.#open === null) return
    this.#parts.push({ type: 'block-end', index: this.#open.index })
    this.#open = null
  }
}

const isContent = (part: AnswerPart): boolean =>
  part.type === 'block-start' ? part.block.kind !== 'foreign' : part.type.endsWith('-delta')

/** Every chunk tells usage, so only the finish says that an answer closes. */
function roleOf(parts: readonly AnswerPart[], isOver: boolean): StreamFrame['role'] {
  if (parts.some((part) => part.type === 'finish')) return 'closing'
  if (parts.some(isContent)) return 'content'
  if (isOver) return 'closing'
  return parts.some((part) => part.type === 'start') ? 'opening' : 'other'
}

/** Whether a chunk says anything of the answer itself, without reading it. */
function hasParts({ content }: JsonObject): boolean {
  const parts = isJsonObject(content) ? content['parts'] : undefined
  return isJsonArray(parts) && parts.some((part) => isJsonObject(part) && part['text'] !== '')
}

const hasCall = ({ content }: JsonObject): boolean => {
  const parts = isJsonObject(content) ? content['parts'] : undefined
  return isJsonArray(parts) && parts.some((part) => isJsonObject(part) && part['functionCall'] !== undefined)
}

/** Blank lines and comments only. */
const saysNothing = (bytes: Uint8Array): boolean =>
  new TextDecoder()
    .decode(bytes)
    .split(/[\r\n]/)
    .every((line) => line.trim() === '' || line.startsWith(':'))

class GeminiStreamReader implements StreamReader {
  readonly #splitter = new ServerSentEventSplitter()
  readonly #translator = new ChunkTranslator()
  readonly #tier = new TierTelling()
  readonly #grounding = new Grounding()
  readonly #relay: boolean
  #started = false
  #hasCalls = false
  #isOver = false
  readonly #finish: LastFinish
  /** By the answers' numbers. */
  readonly #seen = new Set<number>()

  constructor({ mode, answers = 1 }: StreamReaderOptions) {
    this.#relay = mode === 'relay'
    this.#finish = new LastFinish(answers)
  }

  push(bytes: Uint8Array): readonly StreamFrame[] {
    return readEach(this.#splitter.push(bytes), (frame) => this.#read(frame.bytes))
  }

  /** There is no end mark: what is left over without its blank line was cut. */
  end(): readonly StreamFrame[] {
    return [...this.#rest(), ...this.#fewerAnswers()]
  }

  /** Of answers that were asked for some never began: a tidy end, with all that began finished, is the whole's. */
  #fewerAnswers(): readonly StreamFrame[] {
    const finish = [...this.#seen].every((index) => this.#finish.hasEnded(index)) ? this.#finish.kept() : null
    return finish === null ? [] : [{ bytes: nothing, role: 'closing', parts: [{ type: 'finish', finish }] }]
  }

  #rest(): readonly StreamFrame[] {
    const rest = this.#splitter.end()
    if (rest === null) return []
    if (rest.isWhole) return [this.#read(rest.bytes)]
    if (saysNothing(rest.bytes)) return [{ bytes: rest.bytes, role: 'other', parts: [] }]
    throw new PointsmanError(
      'upstream_broken',
      `The vendor's stream ended ${rest.bytes.length} bytes into an event.`,
    )
  }

  #read(bytes: Uint8Array): StreamFrame {
    const { data } = readServerSentEvent(bytes)
    if (data === null) return { bytes, role: 'other', parts: [] }
    const chunk = readVendorJson(encoder.encode(data), "An event of the vendor's stream")
    const error = errorOf(chunk)
    if (error !== null) return { bytes, role: 'error', parts: [{ type: 'error', error }] }
    const frame = this.#relay ? this.#lookAt(bytes, chunk) : this.#translate(bytes, chunk)
    this.#isOver ||= frame.parts.some((part) => part.type === 'finish')
    return frame
  }

  #translate(bytes: Uint8Array, chunk: JsonObject): StreamFrame {
    const parts = this.#translator.translate(chunk)
    return { bytes, role: roleOf(parts, this.#isOver), parts }
  }

  #lookAt(bytes: Uint8Array, chunk: JsonObject): StreamFrame {
    const candidates = candidatesOf(chunk)
    const parts: AnswerPart[] = []
    if (!this.#started) parts.push({ type: 'start' })
    this.#started = true
    this.#hasCalls ||= candidates.some(hasCall)
    const finish = candidates.length === 0 ? blockOf(chunk) : this.#finishOf(candidates)
    if (finish !== null) parts.push({ type: 'finish', finish })
    parts.push(...usageParts(chunk, this.#grounding), ...this.#tier.parts(chunk))
    const role = roleOf(parts, this.#isOver)
    return { bytes, role: role !== 'closing' && candidates.some(hasParts) ? 'content' : role, parts }
  }

  #finishOf(candidates: readonly JsonObject[]): Finish | null {
    let last: Finish | null = null
    for (const candidate of candidates) {
      const index = numberOf(candidate['index']) ?? 0
      this.#seen.add(index)
      const word = textOf(candidate['finishReason'])
      if (word !== '') last = this.#finish.take(index, readFinish(word, this.#hasCalls)) ?? last
    }
    return last
  }
}

/** `relay` reads what accounting needs of each chunk, `translate` all of it. One reader per answer. */
export function createStreamReader(options: StreamReaderOptions): StreamReader {
  return new GeminiStreamReader(options)
}
