import type { WholeResult } from './answer.ts'
import type { JsonObject } from './json.ts'

/** What vectors are for, where more than one vendor has a word for it (Cohere `input_type`, Gemini `taskType`). */
export type EmbedPurpose = 'query' | 'document' | 'classification' | 'clustering'

/** The neutral form of a request for embeddings. */
export interface EmbedCall {
  readonly inputs: readonly string[]
  /** Where the caller wrote the texts, for errors: `input`, `requests`, `texts`. */
  readonly inputField: string
  /** Length of each vector; null = the model's own. */
  readonly dimensions: number | null
  readonly encoding: 'float' | 'base64'
  /** Null = the caller does not say. */
  readonly purpose: EmbedPurpose | null
  /** As in ChatCall. */
  readonly extras: JsonObject
}

export interface EmbedResult extends WholeResult {
  /** One for each input, in their order. */
  readonly vectors: readonly (readonly number[])[]
  readonly finish: null
}

/** The size of a chat's input, as its vendor counts it. Counting costs nothing: its usage is zero in every bucket. */
export interface CountResult extends WholeResult {
  readonly inputTokens: number
  readonly finish: null
}
