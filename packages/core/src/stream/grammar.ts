import type { AnswerPart } from '@pointsman/contract'

/** Watches one streamed answer. Its owner is the one who relays that answer; it holds a few numbers. */
export interface StreamGrammar {
  /** Takes the next part; returns what it breaks, in words; empty = nothing. */
  accept(part: AnswerPart): readonly string[]
  /** `finish` came, every block was closed and no error ended it: a source that ends now was not cut. */
  readonly isComplete: boolean
  /** Nothing more may come: an error ended the answer. */
  readonly isFailed: boolean
}

export declare function createStreamGrammar(): StreamGrammar
