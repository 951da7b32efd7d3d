import type { ChatResult, ContentPart, JsonObject, TextPart, TokenLogprob } from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { writeUrlCitation } from '../openai-citations.ts'
import { writeTokenLogprobs } from '../openai-logprobs.ts'
import { openaiTiers, writeServedTier } from '../service-tiers.ts'
import { isOfText } from '../signatures.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { ToolNames } from './quirk-namespaces.ts'
import { writeReasoningItem } from './quirk-reasoning.ts'
import { begun, echoOf, nameOf, responseObject } from './quirk-response.ts'
import { writeUsage } from './usage.ts'

const encoder = new TextEncoder()

/** Texts without citations, and logprobs, go on in one text; a client reads `output_text` as all of them joined. */
export function writeText(texts: readonly TextPart[], logprobs: readonly TokenLogprob[]): JsonObject {
  const annotations: JsonObject[] = []
  let text = ''
  for (const part of texts) {
    const span = { start: text.length, end: text.length + part.text.length }
    text += part.text
    for (const citation of part.citations ?? []) {
      const members = writeUrlCitation(citation, span)
      if (members !== null) annotations.push({ type: 'url_citation', ...members })
    }
  }
  return { type: 'output_text', annotations, logprobs: writeTokenLogprobs(logprobs), text }
}

interface Items {
  readonly items: JsonObject[]
  texts: TextPart[]
  calls: number
}

/** Writes one answer's items; lives for one call. */
class ItemWriter {
  readonly #about: AnswerAbout
  readonly #status: 'completed' | 'incomplete'
  readonly #isRefusal: boolean
  readonly #names: ToolNames
  readonly #state: Items = { items: [], texts: [], calls: 0 }
  #logprobs: readonly TokenLogprob[]

  constructor(result: ChatResult, about: AnswerAbout) {
    const { status, isRefusal } = writeFinish(result.finish)
    this.#about = about
    this.#status = status
    this.#isRefusal = isRefusal
    this.#names = new ToolNames(about.asked)
    this.#logprobs = result.logprobs ?? []
  }

  write(parts: readonly ContentPart[]): readonly JsonObject[] {
    for (const part of parts) this.#part(part)
    this.#closeMessage()
    return this.#state.items
  }

  #id(prefix: 'msg' | 'rs' | 'fc'): string {
    return `${prefix}_${this.#about.answerId}_${this.#state.items.length}`
  }

  #part(part: ContentPart): void {
    if (part.kind === 'text') {
      this.#state.texts.push(part)
      return
    }
    if (part.kind === 'reasoning' && isOfText(part.signature, part.text === '')) return
    this.#closeMessage()
    const { items } = this.#state
    switch (part.kind) {
      case 'reasoning':
        items.push(writeReasoningItem(this.#id('rs'), { ...part, isSealed: false }))
        return
      case 'redacted-reasoning':
        items.push(writeReasoningItem(this.#id('rs'), { text: '', signature: part.data, isSealed: true }))
        return
      case 'tool-call': {
        // Calls have no place for a signature.
        const { signature = null } = part
        if (signature !== null) {
          items.push(writeReasoningItem(this.#id('rs'), { text: '', signature, isSealed: false }))
        }
        const callId = callIdOf(part.id, this.#about.answerId, this.#state.calls)
        this.#state.calls += 1
        const { argumentsJson } = part
        items.push(writeCall(this.#id('fc'), { id: callId, argumentsJson, ...this.#names.toldAs(part.name) }))
        return
      }
      // Vendors answer with none of these; a block that only another dialect knows has no place here.
      case 'foreign':
      case 'cache-mark':
      case 'image':
      case 'document':
      case 'tool-result':
    }
  }

  #closeMessage(): void {
    const { texts, items } = this.#state
    if (texts.length === 0) return
    this.#state.texts = []
    const text = writeText(texts, this.#logprobs)
    this.#logprobs = []
    const content = this.#isRefusal ? { type: 'refusal', refusal: text['text'] ?? '' } : text
    items.push({
      id: this.#id('msg'),
      type: 'message',
      status: this.#status,
      role: 'assistant',
      content: [content],
    })
  }
}

export interface WrittenCall {
  readonly id: string
  readonly name: string
  readonly namespace?: string
  readonly argumentsJson: string
}

/** Arguments may be empty text where a tool takes none; clients parse them as JSON. */
export const writeCall = (itemId: string, call: WrittenCall): JsonObject => ({
  id: itemId,
  type: 'function_call',
  status: 'completed',
  call_id: call.id,
  name: call.name,
  ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
  arguments: call.argumentsJson.trim() === '' ? '{}' : call.argumentsJson,
})

/** A whole `response`. Usage is null where it is unknown. */
export function writeResult(result: ChatResult, about: AnswerAbout): Uint8Array {
  const { status, incompleteReason } = writeFinish(result.finish)
  const output = new ItemWriter(result, about).write(result.parts)
  const usage = writeUsage(result.usage)
  const serviceTier = writeServedTier(openaiTiers, result.serviceTier)
  const state = { ...begun, status, incompleteReason, output, usage, serviceTier }
  return encoder.encode(JSON.stringify(responseObject(nameOf(about), echoOf(about.asked), state)))
}
