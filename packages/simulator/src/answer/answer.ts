import type { JsonValue } from '../json.ts'
import type { ThoughtTelling } from './prompt.ts'

/** A place in a document of the prompt on which a text rests. Ends are exclusive; pages count from 1, all else from 0. */
export interface AnswerCitation {
  /** Among all documents of the prompt. */
  readonly documentIndex: number
  readonly documentTitle: string | null
  readonly unit: 'characters' | 'blocks' | 'pages'
  readonly start: number
  readonly end: number
  readonly citedText: string
}

/** The vendor's own search for the tool that is called next. */
export interface ToolSearch {
  /** Without a vendor's prefix. */
  readonly id: string
  /** The tool that searches. */
  readonly tool: string
  readonly input: JsonValue
  readonly found: readonly string[]
}

export type AnswerBlock =
  | { readonly kind: 'text'; readonly text: string; readonly citations?: readonly AnswerCitation[] }
  | {
      readonly kind: 'reasoning'
      readonly text: string
      readonly signature: string
      /** Left out: as text. */
      readonly told?: ThoughtTelling
      /** What it is bound to, where the vendor binds thoughts. */
      readonly binding?: Buffer
    }
  | {
      readonly kind: 'toolUse'
      /** Without a vendor's prefix (`tooluse_`, `toolu_bdrk_`), which the face adds. */
      readonly id: string
      readonly name: string
      readonly input: JsonValue
      /** What was looked for before it. */
      readonly search?: ToolSearch
    }

export type StopReason = 'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence' | 'refusal'

/** `inputTokens` excludes cached tokens, as Bedrock and Anthropic count. */
export interface AnswerUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  /** How long what was written is kept; null when nothing was. */
  readonly cacheWriteTimeToLive: '5m' | '1h' | null
  /** Of those written, how many are kept for an hour; left out where all have one lifetime. */
  readonly cacheWriteHourTokens?: number
}

/** What was written to the cache, by how long it is kept. */
export function writesByLifetime(usage: AnswerUsage): Readonly<Record<'5m' | '1h', number>> {
  const all = usage.cacheWriteTokens
  const hour = usage.cacheWriteHourTokens ?? (usage.cacheWriteTimeToLive === '1h' ? all : 0)
  return { '5m': all - hour, '1h': hour }
}

export interface Answer {
  readonly blocks: readonly AnswerBlock[]
  readonly stopReason: StopReason
  /** The sequence that ended it, where one did. */
  readonly stopSequence: string | null
  readonly usage: AnswerUsage
}

/** One piece of a streamed answer. Those with `tokens` carry content and are the chunks that faults count. */
export type AnswerPart =
  | { readonly kind: 'start' }
  | { readonly kind: 'blockStart'; readonly index: number; readonly block: AnswerBlock }
  | { readonly kind: 'textDelta'; readonly index: number; readonly text: string; readonly tokens: number }
  | {
      readonly kind: 'reasoningDelta'
      readonly index: number
      readonly text: string
      readonly tokens: number
    }
  | { readonly kind: 'toolDelta'; readonly index: number; readonly json: string; readonly tokens: number }
  | { readonly kind: 'signature'; readonly index: number; readonly signature: string }
  | { readonly kind: 'blockStop'; readonly index: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'usage' }
