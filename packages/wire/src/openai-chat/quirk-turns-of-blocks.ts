import { PointsmanError } from '@pointsman/contract'
import type { AnswerBlock, AnswerPart } from '@pointsman/contract'

import type { ArgumentsProgress } from './quirk-tool-calls.ts'

/** More than an answer's other blocks are long; a model whose call is never whole must not fill the memory. */
export const maxWaitingLength = 1024 * 1024
/** Of parts without a text, and of the objects that hold the shortest ones. */
const leastLength = 64

function lengthOf(part: AnswerPart): number {
  if (part.type === 'text-delta' || part.type === 'reasoning-delta') return leastLength + part.text.length
  if (part.type === 'tool-arguments-delta') return leastLength + part.json.length
  return leastLength
}

export interface QueuedBlock {
  readonly index: number
  readonly block: AnswerBlock
  /** Of a call. */
  readonly progress: ArgumentsProgress | null
  /** Nothing more can come for it, whatever its arguments look like. */
  isFull: boolean
  isOver: boolean
  /** What came for it while another one was open. */
  readonly waiting: AnswerPart[]
}

/**
 * Deltas of a chat completion name no blocks, and pieces of several calls, or of a call and a text, may take turns
 * (openai/openai-ruby pull 638, 2026-09; QwenLM/Qwen-Agent pull 943, 2026-08); blocks come one after the other. The first of
 * the queue is open; those behind it wait until it is whole. One without arguments yet gives way to none: they may still
 * come, and a block that has ended cannot begin again.
 */
export class BlockQueue {
  readonly #queue: QueuedBlock[] = []
  #nextIndex = 0
  #waitingLength = 0

  /** The block that began last, where it is not over; a text goes on in it. */
  get last(): QueuedBlock | null {
    return this.#queue.at(-1) ?? null
  }

  begin(block: AnswerBlock, parts: AnswerPart[], progress: ArgumentsProgress | null = null): QueuedBlock {
    const index = this.#nextIndex
    this.#nextIndex += 1
    const begun: QueuedBlock = { index, block, progress, isFull: false, isOver: false, waiting: [] }
    this.#queue.push(begun)
    this.#put(begun, { type: 'block-start', index, block }, parts)
    this.#moveOn(parts)
    return begun
  }

  add(block: QueuedBlock, part: AnswerPart, parts: AnswerPart[]): void {
    this.#put(block, part, parts)
    if (part.type === 'tool-arguments-delta') this.#moveOn(parts)
  }

  /** The answer has finished: what waited is over too. */
  endAll(parts: AnswerPart[]): void {
    for (const block of this.#queue.splice(0)) this.#end(block, parts)
  }

  #put(block: QueuedBlock, part: AnswerPart, parts: AnswerPart[]): void {
    if (this.#queue[0] === block) {
      parts.push(part)
      return
    }
    block.waiting.push(part)
    this.#waitingLength += lengthOf(part)
    if (this.#waitingLength > maxWaitingLength) {
      throw new PointsmanError(
        'upstream_broken',
        "The vendor's stream begins a tool call and sends too much beside it before its arguments are whole.",
      )
    }
  }

  #release({ waiting }: QueuedBlock, parts: AnswerPart[]): void {
    for (const part of waiting.splice(0)) {
      this.#waitingLength -= lengthOf(part)
      parts.push(part)
    }
  }

  #end(block: QueuedBlock, parts: AnswerPart[]): void {
    block.isOver = true
    this.#release(block, parts)
    parts.push({ type: 'block-end', index: block.index })
  }

  /** Others wait behind the open block: it ends once nothing more can come for it. */
  #moveOn(parts: AnswerPart[]): void {
    for (;;) {
      const [open, next] = this.#queue
      if (open === undefined || next === undefined) return
      if (open.block.kind === 'tool-call' && !open.isFull && open.progress?.isWhole !== true) return
      this.#queue.shift()
      this.#end(open, parts)
      this.#release(next, parts)
    }
  }
}
