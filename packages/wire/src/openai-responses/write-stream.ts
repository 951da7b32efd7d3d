import { unknownUsage } from '@pointsman/contract'
import type {
  AnswerBlock,
  AnswerPart,
  Citation,
  Finish,
  ForeignPart,
  JsonObject,
  ServedTier,
  Signature,
  TokenLogprob,
  UsageBuckets,
} from '@pointsman/contract'

import { joinPieces } from '../join-pieces.ts'
import type { AnswerAbout, StreamWriter } from '../dialect.ts'
import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { writeUrlCitation } from '../openai-citations.ts'
import { writeTokenLogprobs } from '../openai-logprobs.ts'
import { openaiTiers, writeServedTier } from '../service-tiers.ts'
import { isOfText } from '../signatures.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { ToolNames } from './quirk-namespaces.ts'
import { writeReasoningItem } from './quirk-reasoning.ts'
import { begun, echoOf, nameOf, responseObject, type ResponseState } from './quirk-response.ts'
import { writeUsage } from './usage.ts'
import { writeErrorEvent, writeFailedEvent } from './write-error.ts'
import { writeCall } from './write-result.ts'

type ItemBlock = Exclude<AnswerBlock, ForeignPart>

/** The item that is being told. Its text is kept whole: the events that end it tell it once more. */
interface OpenItem {
  readonly id: string
  readonly block: ItemBlock
  /** Of a call, as its caller declared the tool. */
  readonly told: ReturnType<ToolNames['toldAs']>
  text: string
  signature: Signature | null
  isSealed: boolean
  readonly annotations: JsonObject[]
  readonly logprobs: TokenLogprob[]
}

/** Writes parts as the typed events of a response; each block is an output item of its own. */
class EventWriter implements StreamWriter {
  readonly #about: AnswerAbout
  readonly #echo: JsonObject
  readonly #names: ToolNames
  readonly #output: JsonObject[] = []
  #sequence = 0
  #calls = 0
  #open: OpenItem | null = null
  /** A thought has begun, of which nothing is known yet. */
  #thinks = false
  #usage: UsageBuckets = unknownUsage
  #finish: Finish | null = null
  #served: ServedTier | null = null
  #failed = false
  #pieces: Uint8Array[] = []

  constructor(about: AnswerAbout) {
    this.#about = about
    this.#echo = echoOf(about.asked)
    this.#names = new ToolNames(about.asked)
  }

  write(part: AnswerPart): Uint8Array | null {
    this.#pieces = []
    this.#part(part)
    return joinPieces(this.#pieces)
  }

  /** What ends the item still open, and the last event with the whole response; nothing unless the answer finished. */
  end(): Uint8Array | null {
    if (this.#finish === null || this.#failed) return null
    this.#pieces = []
    this.#close()
    const { status, incompleteReason } = writeFinish(this.#finish)
    const usage = writeUsage(this.#usage)
    const serviceTier = writeServedTier(openaiTiers, this.#served)
    const state = { ...begun, status, incompleteReason, output: this.#output, usage, serviceTier }
    this.#event(`response.${status}`, { response: this.#response(state) })
    return joinPieces(this.#pieces)
  }

  #part(part: AnswerPart): void {
    switch (part.type) {
      case 'start': {
        const response = this.#response(begun)
        this.#event('response.created', { response })
        return this.#event('response.in_progress', { response })
      }
      case 'block-start':
        this.#close()
        if (part.block.kind === 'reasoning') this.#thinks = true
        else if (part.block.kind !== 'foreign') this.#openItem(part.block)
        return
      case 'text-delta':
        return this.#textDelta(part.text)
      case 'reasoning-delta':
        this.#openThought()
        return this.#reasoningDelta(part.text)
      case 'tool-arguments-delta':
        return this.#delta('response.function_call_arguments.delta', part.json, {})
      case 'reasoning-signature':
        if (isOfText(part.signature, this.#thinks)) return
        this.#openThought()
        return this.#sign(part.signature)
      case 'redacted-reasoning':
        this.#openThought()
        return this.#seal(part.data)
      case 'citation':
        return this.#cite(part.citation)
      case 'logprobs':
        return this.#logprobs(part.tokens)
      case 'block-end':
        return this.#close()
      case 'finish':
        this.#finish = part.finish
        return
      case 'usage':
        this.#usage = part.usage
        return
      case 'service-tier':
        this.#served = part.served
        return
      case 'error':
        return this.#fail(part.error.name, part.error.message)
      case 'foreign-delta':
      case 'unrecognised':
    }
  }

  #event(type: string, members: JsonObject): void {
    const data = { type, ...members, sequence_number: this.#sequence }
    this.#sequence += 1
    this.#pieces.push(encodeServerSentEvent(JSON.stringify(data), type))
  }

  /** An event about the open item. */
  #tell(item: OpenItem, type: string, members: JsonObject): void {
    this.#event(type, { item_id: item.id, output_index: this.#output.length, ...members })
  }

  #openItem(block: ItemBlock): void {
    this.#close()
    const { signature = null } = block.kind === 'tool-call' ? block : {}
    if (signature !== null) {
      // Calls have no place for it: it stands in an item of its own before them.
      this.#openItem({ kind: 'reasoning' })
      this.#sign(signature)
      this.#close()
    }
    const prefix = block.kind === 'text' ? 'msg' : block.kind === 'reasoning' ? 'rs' : 'fc'
    const id = `${prefix}_${this.#about.answerId}_${this.#output.length}`
    const named =
      block.kind === 'tool-call'
        ? { ...block, id: callIdOf(block.id, this.#about.answerId, this.#calls) }
        : block
    if (block.kind === 'tool-call') this.#calls += 1
    const item: OpenItem = {
      id,
      block: named,
      told: this.#names.toldAs(block.kind === 'tool-call' ? block.name : ''),
      text: '',
      signature: null,
      isSealed: false,
      annotations: [],
      logprobs: [],
    }
    this.#open = item
    this.#event('response.output_item.added', { output_index: this.#output.length, item: begunItem(item) })
    if (block.kind !== 'text') return
    const part = isRefused(item)
      ? { type: 'refusal', refusal: '' }
      : { type: 'output_text', annotations: [], logprobs: [], text: '' }
    this.#tell(item, 'response.content_part.added', { content_index: 0, part })
  }

  /** Not before it says something: the signature of a text is no thought. */
  #openThought(): void {
    if (this.#thinks) this.#openItem({ kind: 'reasoning' })
  }

  #textDelta(delta: string): void {
    if (this.#open !== null && isRefused(this.#open)) {
      return this.#delta('response.refusal.delta', delta, { content_index: 0 })
    }
    this.#delta('response.output_text.delta', delta, { content_index: 0, logprobs: [] })
  }

  #delta(type: string, delta: string, members: JsonObject): void {
    if (this.#open === null) return
    this.#open.text += delta
    this.#tell(this.#open, type, { ...members, delta })
  }

  /**
   * The tokens' text has been told by the time their probabilities come: a delta that adds no text carries them. Text
   * that waited for them would come late, and be lost where the source fails.
   */
  #logprobs(tokens: readonly TokenLogprob[]): void {
    // A refusal has no place for them.
    if (this.#open === null || isRefused(this.#open)) return
    this.#open.logprobs.push(...tokens)
    const logprobs = writeTokenLogprobs(tokens)
    this.#delta('response.output_text.delta', '', { content_index: 0, logprobs })
  }

  #reasoningDelta(delta: string): void {
    if (this.#open === null) return
    if (this.#open.text === '') {
      const part = { type: 'summary_text', text: '' }
      this.#tell(this.#open, 'response.reasoning_summary_part.added', { summary_index: 0, part })
    }
    this.#delta('response.reasoning_summary_text.delta', delta, { summary_index: 0 })
  }

  #sign(signature: Signature): void {
    if (this.#open === null) return
    const before = this.#open.signature
    // Signatures may come in pieces.
    this.#open.signature =
      before === null ? signature : { signer: signature.signer, value: before.value + signature.value }
  }

  #seal(data: Signature): void {
    this.#sign(data)
    if (this.#open !== null) this.#open.isSealed = true
  }

  #cite(citation: Citation): void {
    if (this.#open === null) return
    const members = writeUrlCitation(citation, { start: 0, end: this.#open.text.length })
    if (members === null) return
    const annotation = { type: 'url_citation', ...members }
    this.#tell(this.#open, 'response.output_text.annotation.added', {
      content_index: 0,
      annotation_index: this.#open.annotations.length,
      annotation,
    })
    this.#open.annotations.push(annotation)
  }

  #close(): void {
    this.#thinks = false
    const item = this.#open
    if (item === null) return
    const whole = this.#endOf(item)
    this.#event('response.output_item.done', { output_index: this.#output.length, item: whole })
    this.#output.push(whole)
    this.#open = null
  }

  /** Tells the end of what the item holds; answers the whole item. */
  #endOf(item: OpenItem): JsonObject {
    switch (item.block.kind) {
      case 'text':
        return this.#endText(item)
      case 'reasoning':
        return this.#endReasoning(item)
      case 'tool-call': {
        const { id } = item.block
        const { name } = item.told
        // A call without arguments gets an empty object: clients parse them as JSON.
        if (item.text.trim() === '') this.#delta('response.function_call_arguments.delta', '{}', {})
        const call = writeCall(item.id, { id, argumentsJson: item.text, ...item.told })
        this.#tell(item, 'response.function_call_arguments.done', { name, arguments: item.text })
        return call
      }
    }
  }

  #endText(item: OpenItem): JsonObject {
    const part = isRefused(item) ? this.#endRefusal(item) : this.#endOutputText(item)
    this.#tell(item, 'response.content_part.done', { content_index: 0, part })
    const status = this.#finish === null ? 'completed' : writeFinish(this.#finish).status
    return { id: item.id, type: 'message', status, role: 'assistant', content: [part] }
  }

  #endRefusal(item: OpenItem): JsonObject {
    const refusal = item.text
    this.#tell(item, 'response.refusal.done', { content_index: 0, refusal })
    return { type: 'refusal', refusal }
  }

  #endOutputText(item: OpenItem): JsonObject {
    const logprobs = writeTokenLogprobs(item.logprobs)
    this.#tell(item, 'response.output_text.done', { content_index: 0, text: item.text, logprobs })
    return { type: 'output_text', annotations: item.annotations, logprobs, text: item.text }
  }

  #endReasoning(item: OpenItem): JsonObject {
    if (item.text !== '') {
      const part = { type: 'summary_text', text: item.text }
      this.#tell(item, 'response.reasoning_summary_text.done', { summary_index: 0, text: item.text })
      this.#tell(item, 'response.reasoning_summary_part.done', { summary_index: 0, part })
    }
    return writeReasoningItem(item.id, item)
  }

  #fail(code: string, message: string): void {
    this.#failed = true
    const failure = { code, type: 'server_error', message, param: null }
    this.#pieces.push(
      writeErrorEvent(failure, this.#sequence),
      writeFailedEvent(failure, nameOf(this.#about), this.#sequence + 1, this.#echo),
    )
    this.#sequence += 2
  }

  #response(state: ResponseState): JsonObject {
    return responseObject(nameOf(this.#about), this.#echo, state)
  }
}

const isRefused = ({ block }: OpenItem): boolean => block.kind === 'text' && block.refused === true

/** The item as it stands in the event that begins it. */
function begunItem({ id, block, told }: OpenItem): JsonObject {
  const status = 'in_progress'
  switch (block.kind) {
    case 'text':
      return { id, type: 'message', status, role: 'assistant', content: [] }
    case 'reasoning':
      return { id, type: 'reasoning', summary: [] }
    case 'tool-call':
      return { id, type: 'function_call', status, call_id: block.id, ...told, arguments: '' }
  }
}

export function createStreamWriter(about: AnswerAbout): StreamWriter {
  return new EventWriter(about)
}
