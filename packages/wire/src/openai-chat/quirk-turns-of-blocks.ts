import type { AnswerBlock, AnswerPart } from '@pointsman/contract'

import { isWhole } from './quirk-tool-calls.ts'

export interface QueuedBlock {
  readonly index: number
  readonly block: AnswerBlock
  /** Of a call: its arguments so far. */
  json: string
  /** Nothing more can come for it, whatever its arguments look like. */
  isFull: boolean
  isOver: boolean
  /** What came for it while another one was open. */
  waiting: AnswerPart[]
}

/**
 * Deltas of a chat completion name no blocks, and pieces of several calls, or of a call and a text, may take turns; blocks
 * come one after the other. The first of the queue is open; those behind it wait until it is whole.
 */
export class BlockQueue {
  readonly #queue: QueuedBlock[] = []
  #nextIndex = 0

  /** The block that began last, where it is not over; a text goes on in it. */
  get last(): QueuedBlock | null {
    return this.#queue.at(-1) ?? null
  }

  begin(block: AnswerBlock, parts: AnswerPart[]): QueuedBlock {
    const index = this.#nextIndex
    this.#nextIndex += 1
    const begun: QueuedBlock = { index, block, json: '', isFull: false, isOver: false, waiting: [] }
    this.#queue.push(begun)
    this.#put(begun, { type: 'block-start', index, block }, parts)
    this.#moveOn(parts)
    return begun
  }

  add(block: QueuedBlock, part: AnswerPart, parts: AnswerPart[]): void {
    this.#put(block, part, parts)
    if (part.type !== 'tool-arguments-delta') return
    block.json += part.json
    this.#moveOn(parts)
  }

  /** The answer has finished: what waited is over too. */
  endAll(parts: AnswerPart[]): void {
    for (const block of this.#queue.splice(0)) this.#end(block, parts)
  }

  #put(block: QueuedBlock, part: AnswerPart, parts: AnswerPart[]): void {
    if (this.#queue[0] === block) parts.push(part)
    else block.waiting.push(part)
  }

  #end(block: QueuedBlock, parts: AnswerPart[]): void {
    block.isOver = true
    parts.push(...block.waiting.splice(0), { type: 'block-end', index: block.index })
  }

  /** Others wait behind the open block: it ends once nothing more can come for it. */
  #moveOn(parts: AnswerPart[]): void {
    for (;;) {
      const [open, next] = this.#queue
      if (open === undefined || next === undefined) return
      if (open.block.kind === 'tool-call' && !open.isFull && !isWhole(open.json)) return
      this.#queue.shift()
      this.#end(open, parts)
      parts.push(...next.waiting.splice(0))
    }
  }
}
