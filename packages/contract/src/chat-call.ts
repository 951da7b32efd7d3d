import type { JsonObject, JsonValue } from './json.ts'

/** The neutral form between any face and any vendor's dialect. */
export interface ChatCall {
  /** System and developer text, in order; cache marks stand where the caller put them. */
  readonly system: readonly SystemPart[]
  readonly messages: readonly ChatMessage[]
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice | null
  readonly parallelToolCalls: boolean | null
  readonly sampling: Sampling
  readonly responseFormat: ResponseFormat | null
  readonly reasoning: Reasoning | null
  /** Caller's own labels for the vendor (Converse `requestMetadata`, OpenAI `metadata`). */
  readonly metadata: { readonly [name: string]: string }
  readonly stream: boolean
  /** The caller asked for usage inside the stream (OpenAI `stream_options.include_usage`). */
  readonly streamUsage: boolean
  /**
   * Fields of the face that the neutral form has no place for, by their name in the face. The target dialect
   * takes those it knows; each other one becomes a warning or an error, never a silent drop.
   */
  readonly extras: JsonObject
}

export interface ChatMessage {
  /** Tool results stand in `user` messages. */
  readonly role: 'user' | 'assistant'
  readonly parts: readonly ContentPart[]
}

export interface TextPart {
  readonly kind: 'text'
  readonly text: string
}
export interface CacheMark {
  readonly kind: 'cache-mark'
  readonly lifetime: '5m' | '1h' | null
}
export type SystemPart = TextPart | CacheMark

/** Bytes as base64 text, as every vendor's JSON carries them; or an address that the vendor fetches itself. */
export type MediaSource =
  | { readonly kind: 'base64'; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 's3'; readonly uri: string; readonly bucketOwner: string | null }

export interface ImagePart {
  readonly kind: 'image'
  /** `image/png`; null where an address does not tell. */
  readonly mediaType: string | null
  readonly source: MediaSource
}
export interface DocumentPart {
  readonly kind: 'document'
  /** `application/pdf`, `text/plain`, … */
  readonly mediaType: string
  readonly name: string
  readonly source: MediaSource | { readonly kind: 'text'; readonly text: string }
}
export interface ToolCallPart {
  readonly kind: 'tool-call'
  readonly id: string
  readonly name: string
  /** The arguments' JSON as the model wrote it; may be unfinished when the answer was cut by its limit. */
  readonly argumentsJson: string
}
export interface ToolResultPart {
  readonly kind: 'tool-result'
  readonly callId: string
  readonly isError: boolean
  readonly content: readonly (
    TextPart | ImagePart | DocumentPart | { readonly kind: 'json'; readonly value: JsonValue }
  )[]
}
/** Reasoning that the vendor wants back unchanged in the next turn; `signature` proves it is its own. */
export interface ReasoningPart {
  readonly kind: 'reasoning'
  readonly text: string
  readonly signature: string | null
}
export interface RedactedReasoningPart {
  readonly kind: 'redacted-reasoning'
  readonly data: string
}
/** A block of the source dialect that the neutral form has no word for; only the same dialect takes it back. */
export interface ForeignPart {
  readonly kind: 'foreign'
  readonly dialect: string
  readonly name: string
  readonly value: JsonValue
}
export type ContentPart =
  | TextPart
  | CacheMark
  | ImagePart
  | DocumentPart
  | ToolCallPart
  | ToolResultPart
  | ReasoningPart
  | RedactedReasoningPart
  | ForeignPart

export interface ToolDefinition {
  readonly name: string
  readonly description: string | null
  /** JSON schema of the arguments. */
  readonly schema: JsonObject
  readonly strict: boolean | null
  /** A cache mark follows this tool. */
  readonly cacheMark: CacheMark | null
}
export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'any' }
  | { readonly kind: 'tool'; readonly name: string }

export interface Sampling {
  readonly maxTokens: number | null
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly stopSequences: readonly string[]
  readonly seed: number | null
  readonly frequencyPenalty: number | null
  readonly presencePenalty: number | null
}

export type ResponseFormat =
  | { readonly kind: 'json-object' }
  | {
      readonly kind: 'json-schema'
      readonly name: string
      readonly description: string | null
      readonly schema: JsonObject
      readonly strict: boolean | null
    }

export interface Reasoning {
  /** `minimal`, `low`, `medium`, `high`, …: the vendor's word is passed on. */
  readonly effort: string | null
  readonly budgetTokens: number | null
}
