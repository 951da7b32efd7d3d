import type { JsonObject, JsonValue } from './json.ts'

/** The neutral form between any face and any vendor's dialect. */
export interface ChatCall {
  /** System and developer text, in order; cache marks stand where the caller put them. */
  readonly system: readonly SystemPart[]
  readonly messages: readonly ChatMessage[]
  /** So many messages had been said when tools were last changed, or a system text was last taken back; left out for none. */
  readonly frontChangedAt?: number
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice | null
  readonly parallelToolCalls: boolean | null
  readonly sampling: Sampling
  readonly responseFormat: ResponseFormat | null
  readonly reasoning: Reasoning | null
  /** How soon and at which rate the vendor serves; null = its default. */
  readonly serviceTier: ServiceTier | null
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
  /** Which of several speakers it is, for OpenAI's chat completions; `extras` tells it to the others. */
  readonly name?: string
}

export interface TextPart {
  readonly kind: 'text'
  readonly text: string
  /** What the text rests on, where the vendor says so. */
  readonly citations?: readonly Citation[]
  /** What the text stands for, where the vendor has a form of its own for it. */
  readonly searchResult?: SearchResult
}
/** Of the caller's own search. */
export interface SearchResult {
  readonly source: string
  readonly title: string
  readonly texts: readonly string[]
  /** The answer is to say what of it rests on this. */
  readonly cited: boolean
}
/** A source of a piece of text. Fields that the vendor does not tell are null. */
export interface Citation {
  readonly title: string | null
  readonly url: string | null
  /** The cited words of the source. */
  readonly quote: string | null
  /** Which of the request's documents, counted from 0 over the whole conversation. */
  readonly documentIndex: number | null
  /** Which of the results of the caller's own search, counted likewise; `url` is what the caller called its source. */
  readonly searchResultIndex?: number
  /** Where in its source; left out where the vendor does not tell. */
  readonly place?: CitedPlace
}
/** As the vendor counts: characters and blocks from 0, pages from 1, `end` not included. */
export interface CitedPlace {
  readonly unit: 'characters' | 'pages' | 'blocks'
  readonly start: number
  readonly end: number
}
export interface CacheMark {
  readonly kind: 'cache-mark'
  readonly lifetime: '5m' | '1h' | null
}
/** `at`: so many messages stand before it; left out in front of them. OpenAI's models take it there, others at the front. */
export type SystemPart = (TextPart | CacheMark) & { readonly at?: number }

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
  /** How closely OpenAI's models look at it (`low`, `high`, …); `extras` tells it to the others. */
  readonly detail?: string
}
export interface DocumentText {
  readonly kind: 'text'
  readonly text: string
  /** In which it came, where it did: citations tell which of them. */
  readonly pieces?: readonly string[]
}
export interface DocumentPart {
  readonly kind: 'document'
  /** `application/pdf`, `text/plain`, … */
  readonly mediaType: string
  readonly name: string
  readonly source: MediaSource | DocumentText
  /** The answer is to say what of it rests on this document. */
  readonly cited?: boolean
  /** What the caller says of the document to the model, beside its text. */
  readonly context?: string
}
export interface ToolCallPart {
  readonly kind: 'tool-call'
  /** Empty where the vendor gave none (Gemini): the face's writer makes one from the answer's id. */
  readonly id: string
  readonly name: string
  /** The arguments' JSON as the model wrote it; may be unfinished when the answer was cut by its limit. */
  readonly argumentsJson: string
  /** Gemini signs calls; without it the next turn is refused. */
  readonly signature?: Signature | null
}
export interface ToolResultPart {
  readonly kind: 'tool-result'
  readonly callId: string
  readonly isError: boolean
  readonly content: readonly (
    ResultText | ImagePart | DocumentPart | { readonly kind: 'json'; readonly value: JsonValue }
  )[]
}
export interface ResultText extends TextPart {
  /** Stands for the definition of this tool, which Anthropic puts in the text's place; others get all tools in front. */
  readonly loadsTool?: string
}
/**
 * Whose signatures are one kind: what one of them signed another refuses. `bedrock/…`: models of that maker (`Model.vendor`)
 * on Bedrock. `bedrock` alone: of Bedrock, but whose model signed is not known.
 */
export type Signer = 'anthropic' | 'bedrock' | `bedrock/${string}` | 'openai' | 'google'
/** Proof that reasoning is a vendor's own. Opaque. */
export interface Signature {
  readonly signer: Signer
  readonly value: string
}
/** Reasoning that the vendor wants back unchanged in the next turn; `signature` proves it is its own. */
export interface ReasoningPart {
  readonly kind: 'reasoning'
  readonly text: string
  readonly signature: Signature | null
}
/** Reasoning that only its vendor can read. */
export interface RedactedReasoningPart {
  readonly kind: 'redacted-reasoning'
  readonly data: Signature
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
  /** Where OpenAI's Responses API knows it: `name` joins the group's name and its own. */
  readonly group?: ToolGroup
}
export interface ToolGroup {
  readonly name: string
  readonly description: string | null
  readonly toolName: string
}
export type ToolChoice =
  /** `among`: names of the tools that may be called; left out where all may. */
  | { readonly kind: 'auto' | 'any'; readonly among?: readonly string[] }
  | { readonly kind: 'none' }
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
  /** Log probabilities of the answer's tokens, with so many alternatives each; null = not asked for. */
  readonly logprobs: { readonly alternatives: number } | null
}

/** Ours for the vendors' words: OpenAI `auto default flex priority`, Anthropic `auto standard_only`, Bedrock `default flex priority reserved`. */
export type ServiceTier = 'auto' | 'standard' | 'flex' | 'priority'

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
  /** The caller wants to read it: a summary (`auto`, `concise`, `detailed`) where the vendor makes one; null = not asked. */
  readonly summary: string | null
}
