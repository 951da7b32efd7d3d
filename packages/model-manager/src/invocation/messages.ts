import type { JsonObject, JsonValue } from '@pointsman/contract'

/** Bytes as they are, or as base64 text. */
export type MediaBytes = Uint8Array | string

/**
 * One block of a message, as Amazon Bedrock's Converse has it: exactly one member is set. Whatever model serves, this is the
 * form; it is translated where the model's own API has another.
 */
export interface ContentBlock {
  readonly text?: string
  readonly image?: { readonly format: string; readonly source: { readonly bytes: MediaBytes } }
  readonly document?: {
    readonly format: string
    readonly name: string
    readonly source: { readonly bytes: MediaBytes }
  }
  readonly toolUse?: { readonly toolUseId: string; readonly name: string; readonly input: JsonValue }
  readonly toolResult?: {
    readonly toolUseId: string
    readonly content: readonly (ContentBlock | { readonly json: JsonValue })[]
    readonly status?: 'success' | 'error'
  }
  /** To be sent back unchanged in the next turn. */
  readonly reasoningContent?: JsonObject
  readonly cachePoint?: { readonly type: 'default'; readonly ttl?: '5m' | '1h' }
  /** What Converse has beside these. */
  readonly [name: string]: unknown
}

export interface Message {
  readonly role: 'user' | 'assistant'
  /** A text alone stands for one block of text. */
  readonly content: readonly ContentBlock[] | string
}

/** A tool that the model may ask for; the caller runs it and sends its result in the next turn. */
export interface Tool {
  readonly toolSpec?: {
    readonly name: string
    readonly description?: string
    /** JSON schema of the arguments. */
    readonly inputSchema: { readonly json: JsonObject }
  }
  readonly cachePoint?: { readonly type: 'default' }
}

export type ToolChoice =
  { readonly auto: JsonObject } | { readonly any: JsonObject } | { readonly tool: { readonly name: string } }

export interface InvokeRequest {
  /** Whose route decides; one that is not configured has the default model. */
  readonly agentName: string
  readonly messages: readonly Message[]
  readonly systemPrompt?: string
  readonly tools?: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** Of the answer, in tokens; left out: the agent's own, else the vendor's. */
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly stopSequences?: readonly string[]
  /** Move on to the next model when one fails; true unless set. */
  readonly useFallback?: boolean
  /** Another model than the agent's, for this call alone. */
  readonly modelId?: string
  /** Over all models that are tried; left out: the agent's own. */
  readonly timeoutMs?: number
  /** Ends the call, and the vendor's work with it. */
  readonly signal?: AbortSignal
  readonly userId?: string
  readonly conversationId?: string
  readonly sessionId?: string
  readonly tags?: readonly string[]
  /** Fields of the model's own API that Converse has no word for. */
  readonly additionalModelRequestFields?: JsonObject
}

export interface TokenUsage {
  /** All of the input, what came from a prompt cache included; null = the vendor did not say. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly totalTokens: number | null
  readonly cacheReadTokens: number | null
  readonly cacheWriteTokens: number | null
}

export interface ModelResponse {
  /** Always true: what failed is thrown. */
  readonly success: boolean
  readonly requestId: string
  readonly agentName: string
  /** The model that served. */
  readonly modelId: string
  /** From the call to the whole answer. */
  readonly latencyMs: number
  /** US dollars; null = a price is not known, never 0. */
  readonly cost: number | null
  readonly usage: TokenUsage
  readonly content: readonly ContentBlock[]
  /** The blocks of text, one after the other. */
  readonly text: string
  /** `end_turn`, `tool_use`, `max_tokens`, … */
  readonly stopReason: string
  /** The agent's model did not serve, another one did. */
  readonly fallbackUsed: boolean
  /** What the caller should know of the answer: a model past its end of life, a setting that was left out, … */
  readonly warnings: readonly string[]
}

/** A piece of a streamed answer; the last one is `end`, with the whole. */
export type StreamEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string }
  /** A piece of the arguments' JSON of the tool call before it. */
  | { readonly type: 'tool-arguments'; readonly json: string }
  | { readonly type: 'end'; readonly response: ModelResponse }
