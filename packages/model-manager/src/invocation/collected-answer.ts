import {
  unknownUsage,
  type AnswerBlock,
  type AnswerPart,
  type ChatResult,
  type Citation,
  type ContentPart,
  type Finish,
  type Signature,
  type UsageBuckets,
} from '@pointsman/contract'

interface OpenBlock {
  readonly block: AnswerBlock
  text: string
  readonly citations: Citation[]
  signature: Signature | null
  redacted: Signature | null
}

/** The parts of one streamed answer, put together again; lives as long as that answer. */
export class CollectedAnswer {
  readonly #blocks = new Map<number, OpenBlock>()
  #finish: Finish = { reason: 'other', raw: '' }
  #usage: UsageBuckets = unknownUsage

  add(part: AnswerPart): void {
    switch (part.type) {
      case 'block-start':
        this.#blocks.set(part.index, {
          ...{ block: part.block, text: '', citations: [], redacted: null },
          signature: part.block.kind === 'tool-call' ? (part.block.signature ?? null) : null,
        })
        return
      case 'text-delta':
      case 'reasoning-delta':
        return this.#append(part.index, part.text)
      case 'tool-arguments-delta':
        return this.#append(part.index, part.json)
      case 'finish':
        this.#finish = part.finish
        return
      case 'usage':
        this.#usage = part.usage
        return
      default:
        this.#addToBlock(part)
    }
  }

  result(): ChatResult {
    const ordered = [...this.#blocks].sort(([one], [other]) => one - other)
    return {
      parts: ordered.flatMap(([, block]) => partsOf(block)),
      finish: this.#finish,
      usage: this.#usage,
      logprobs: null,
      serviceTier: null,
      upstreamLatencyMs: null,
    }
  }

  #append(index: number, text: string): void {
    const block = this.#blocks.get(index)
    if (block !== undefined) block.text += text
  }

  #addToBlock(part: AnswerPart): void {
    if (!('index' in part)) return
    const block = this.#blocks.get(part.index)
    if (block === undefined) return
    if (part.type === 'citation') block.citations.push(part.citation)
    if (part.type === 'reasoning-signature') block.signature = part.signature
    if (part.type === 'redacted-reasoning') block.redacted = part.data
  }
}

function partsOf({ block, citations, redacted, signature, text }: OpenBlock): readonly ContentPart[] {
  switch (block.kind) {
    case 'text':
      return [{ kind: 'text', text, ...(citations.length === 0 ? {} : { citations }) }]
    case 'tool-call':
      return [{ kind: 'tool-call', id: block.id, name: block.name, argumentsJson: text, signature }]
    case 'reasoning':
      return redacted === null
        ? [{ kind: 'reasoning', text, signature }]
        : [{ kind: 'redacted-reasoning', data: redacted }]
    case 'foreign':
      // Its beginning alone is no block that the vendor would take back, and its pieces only the vendor can join.
      return []
  }
}
