import type { ContentPart } from './chat-call.ts'
import type { UsageBuckets } from './usage.ts'

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
}

/** A whole answer, from a call without streaming. */
export interface ChatResult {
  readonly parts: readonly ContentPart[]
  readonly finish: Finish
  readonly usage: UsageBuckets
  /** The vendor's own figure of its time, where it tells one. */
  readonly upstreamLatencyMs: number | null
}

/**
 * One piece of a streamed answer. Grammar: `start`, then for each block `block-start`, its deltas,
 * `block-end`; then `finish`; `usage` at any place after `start` (Bedrock tells it after `finish`), the last
 * one counts. `error` may stand anywhere and ends the answer. A source that ends without `finish` was cut.
 */
export type AnswerPart =
  | { readonly type: 'start' }
  | { readonly type: 'block-start'; readonly index: number; readonly block: AnswerBlock }
  | { readonly type: 'text-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'reasoning-signature'; readonly index: number; readonly signature: string }
  | { readonly type: 'redacted-reasoning'; readonly index: number; readonly data: string }
  | { readonly type: 'tool-arguments-delta'; readonly index: number; readonly json: string }
  | { readonly type: 'block-end'; readonly index: number }
  | { readonly type: 'finish'; readonly finish: Finish }
  | { readonly type: 'usage'; readonly usage: UsageBuckets; readonly upstreamLatencyMs: number | null }
  | { readonly type: 'error'; readonly error: StreamError }
  /** A frame of a kind that the dialect does not know: counted and, in the same dialect, passed on. */
  | { readonly type: 'unrecognised'; readonly name: string }

export type AnswerBlock =
  | { readonly kind: 'text' }
  | { readonly kind: 'reasoning' }
  | { readonly kind: 'tool-call'; readonly id: string; readonly name: string }

/** An error that arrived inside a stream, where the HTTP status said 200 long ago. */
export interface StreamError {
  /** The vendor's name for it, e.g. `throttlingException`. */
  readonly name: string
  readonly message: string
}
