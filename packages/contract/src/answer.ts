import type { Citation, ContentPart, ForeignPart, ServiceTier, Signature } from './chat-call.ts'
import type { JsonValue } from './json.ts'
import type { ToldUsage } from './usage.ts'

/** Ours for every vendor's word; the vendor's own stands beside it in `raw`. */
export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'tool-calls'
  | 'content-filter'
  | 'refusal'
  | 'context-length'
  | 'other'

export interface Finish {
  readonly reason: FinishReason
  readonly raw: string
  /** Which of the caller's stop sequences ended it; left out where the vendor does not tell. */
  readonly stopSequence?: string
}

/** The service tier that served, as its vendor says; `other` is a tier that only that vendor has. */
export interface ServedTier {
  readonly tier: Exclude<ServiceTier, 'auto'> | 'other'
  readonly raw: string
}

/** What accounting needs of an answer that comes whole, of whichever operation. */
export interface WholeResult {
  /** Null where an operation has no end to speak of (embeddings, token counts). */
  readonly finish: Finish | null
  readonly usage: ToldUsage
  /** Left out where an operation has none, null where the vendor does not tell it. */
  readonly serviceTier?: ServedTier | null
}

/** A whole answer, from a call without streaming. */
export interface ChatResult extends WholeResult {
  readonly parts: readonly ContentPart[]
  readonly finish: Finish
  /** One entry a token of the answer's text; null = not told. */
  readonly logprobs: readonly TokenLogprob[] | null
  /** Null where the vendor does not tell it. */
  readonly serviceTier: ServedTier | null
  /** The vendor's own figure of its time, where it tells one. */
  readonly upstreamLatencyMs: number | null
}

export interface Logprob {
  readonly token: string
  /** Natural logarithm. */
  readonly logprob: number
  readonly bytes: readonly number[] | null
}
export interface TokenLogprob extends Logprob {
  readonly alternatives: readonly Logprob[]
}

/**
 * One piece of a streamed answer. Grammar: `start`, then for each block `block-start`, its deltas,
 * `block-end`; then `finish`; `usage` and `service-tier` at any place after `start` (Bedrock tells them after `finish`),
 * the last one of each counts. `error` may stand anywhere and ends the answer. A source that ends without `finish` was cut.
 */
export type AnswerPart =
  | { readonly type: 'start' }
  | { readonly type: 'block-start'; readonly index: number; readonly block: AnswerBlock }
  | { readonly type: 'text-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'reasoning-signature'; readonly index: number; readonly signature: Signature }
  | { readonly type: 'redacted-reasoning'; readonly index: number; readonly data: Signature }
  /** A source of the text block's last words. */
  | { readonly type: 'citation'; readonly index: number; readonly citation: Citation }
  | { readonly type: 'logprobs'; readonly index: number; readonly tokens: readonly TokenLogprob[] }
  | { readonly type: 'tool-arguments-delta'; readonly index: number; readonly json: string }
  /** A piece of a foreign block, as its dialect has it. */
  | { readonly type: 'foreign-delta'; readonly index: number; readonly value: JsonValue }
  | { readonly type: 'block-end'; readonly index: number }
  | { readonly type: 'finish'; readonly finish: Finish }
  | { readonly type: 'usage'; readonly usage: ToldUsage; readonly upstreamLatencyMs: number | null }
  | { readonly type: 'service-tier'; readonly served: ServedTier }
  | { readonly type: 'error'; readonly error: StreamError }
  /** A frame of a kind that the dialect does not know: counted and, in the same dialect, passed on. */
  | { readonly type: 'unrecognised'; readonly name: string }

export type AnswerBlock =
  /** `refused`: the model declines, in a place that its vendor keeps for such words. */
  | { readonly kind: 'text'; readonly refused?: true }
  | { readonly kind: 'reasoning' }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      readonly signature?: Signature | null
    }
  /** As it began. */
  | ForeignPart

/** An error that arrived inside a stream, where the HTTP status said 200 long ago. */
export interface StreamError {
  /** The vendor's name for it, e.g. `throttlingException`. */
  readonly name: string
  readonly message: string
}
