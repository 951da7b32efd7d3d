import type { AnswerBlock, AnswerPart } from '@pointsman/contract'

/** Watches one streamed answer. Its owner is whoever relays that answer; it holds a few fields and no text. */
export interface StreamGrammar {
  /** Takes the next part; returns what it breaks, in words; empty = nothing. */
  accept(part: AnswerPart): readonly string[]
  /** `finish` came and no error ended the answer: a source that ends now was not cut. */
  readonly isComplete: boolean
  /** An error ended the answer: nothing more may come. */
  readonly isFailed: boolean
}

type DeltaType =
  | 'text-delta'
  | 'reasoning-delta'
  | 'reasoning-signature'
  | 'redacted-reasoning'
  | 'tool-arguments-delta'
  | 'citation'
  | 'logprobs'
  | 'foreign-delta'

/** Which kind of block takes which delta. */
const blockKindOf: { readonly [Type in DeltaType]: AnswerBlock['kind'] } = {
  'text-delta': 'text',
  'reasoning-delta': 'reasoning',
  'reasoning-signature': 'reasoning',
  'redacted-reasoning': 'reasoning',
  'tool-arguments-delta': 'tool-call',
  citation: 'text',
  logprobs: 'text',
  'foreign-delta': 'foreign',
}

const noProblems: readonly string[] = []

class Grammar implements StreamGrammar {
  #started = false
  #finished = false
  #failed = false
  #open: { readonly index: number; readonly kind: AnswerBlock['kind'] } | null = null
  /** Blocks come in rising order, so the last index tells every repeat. */
  #lastIndex = -1

  get isComplete(): boolean {
    return this.#finished && this.#open === null && !this.#failed
  }

  get isFailed(): boolean {
    return this.#failed
  }

  accept(part: AnswerPart): readonly string[] {
    if (this.#failed) return [`'${part.type}' came after the error that ended the answer`]
    if (part.type === 'unrecognised') return noProblems
    if (part.type === 'error') {
      this.#failed = true
      return noProblems
    }
    if (part.type === 'start') {
      if (this.#started) return [`'start' came twice`]
      this.#started = true
      return noProblems
    }
    const problems: string[] = []
    if (!this.#started) problems.push(`'${part.type}' came before 'start'`)
    if (part.type === 'usage' || part.type === 'service-tier') return problems
    if (this.#finished) problems.push(`'${part.type}' came after 'finish'`)
    this.#acceptContent(part, problems)
    return problems.length === 0 ? noProblems : problems
  }

  #acceptContent(
    part: Exclude<AnswerPart, { type: 'start' | 'usage' | 'service-tier' | 'error' | 'unrecognised' }>,
    problems: string[],
  ): void {
    const open = this.#open
    switch (part.type) {
      case 'finish':
        if (open !== null) problems.push(`'finish' came while block ${open.index} was open`)
        this.#finished = true
        return
      case 'block-start':
        if (open !== null) problems.push(`block ${part.index} began while block ${open.index} was open`)
        if (part.index <= this.#lastIndex)
          problems.push(`block ${part.index} began after block ${this.#lastIndex}`)
        this.#lastIndex = Math.max(this.#lastIndex, part.index)
        this.#open = { index: part.index, kind: part.block.kind }
        return
      case 'block-end':
        if (open?.index !== part.index) problems.push(`block ${part.index} ended but was not open`)
        else this.#open = null
        return
      default:
        if (open?.index !== part.index) {
          problems.push(`'${part.type}' for block ${part.index}, which is not open`)
        } else if (open.kind !== blockKindOf[part.type]) {
          problems.push(`'${part.type}' in block ${part.index}, which holds ${open.kind}`)
        }
    }
  }
}

/**
 * The grammar of contract's AnswerPart as a state machine: one block at a time, in rising order. It goes on
 * after a problem, so that one fault is told once and not at every later part.
 */
export function createStreamGrammar(): StreamGrammar {
  return new Grammar()
}
