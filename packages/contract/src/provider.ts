import type { BodyBytes } from './body-bytes.ts'
import type { ErrorCode } from './errors.ts'
import type { ProviderId } from './ids.ts'
import type { Model } from './model.ts'
import type { Needs } from './plan.ts'
import type { RefusalReading } from './refusal.ts'

/**
 * The vendor JSON dialects. A face and a provider that name the same one exchange bytes untouched. Bedrock's InvokeModel
 * takes each model family's own body, and each is a dialect.
 */
export type DialectName =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'bedrock-converse'
  | 'bedrock-invoke-claude'
  | 'bedrock-invoke-nova'
  | 'bedrock-invoke-titan'
  | 'bedrock-invoke-cohere'
  | 'gemini'
  | 'native-chat'

/** `chat` answers whole, `chat-stream` in parts; `embed` answers vectors, `count-tokens` the size of a chat's input. */
export type Operation = 'chat' | 'chat-stream' | 'embed' | 'count-tokens'

export type Credential =
  | {
      readonly kind: 'aws'
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken: string | null
    }
  /** A secret token; the provider puts it into its own header. */
  | { readonly kind: 'bearer'; readonly token: string }
  /** A server that asks for no key (an own vLLM or Ollama). */
  | { readonly kind: 'none' }

/** Synchronous digests, handed in so that providers run on Node, at the edge and in tests alike. */
export interface Digests {
  /** Hex SHA-256. */
  sha256Hex(data: Uint8Array | string): string
  hmacSha256(key: Uint8Array | string, data: string): Uint8Array
  /** The same as hex: the platform's own text of it costs a third of bytes that are spelled out after. */
  hmacSha256Hex(key: Uint8Array | string, data: string): string
}

export interface UpstreamRequestInput {
  readonly operation: Operation
  /** What the body is written in: one of the provider's dialects. */
  readonly dialect: DialectName
  /**
   * Headers that belong to this dialect (`anthropic-beta`), flat: the caller's own where it speaks the dialect, and what its
   * body held for them where it is written anew.
   */
  readonly callerHeaders: readonly string[]
  /** What the vendor calls the model: an id, a profile id or an ARN; not encoded. */
  readonly upstreamId: string
  readonly region: string
  /** The whole body in the provider's dialect. */
  readonly body: BodyBytes
  readonly credential: Credential
  /** Replaces the vendor's public address (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, …); null = the public one. */
  readonly baseUrl: string | null
  readonly nowMs: number
}

/** A question for what a vendor itself lists of a region: models, profiles. */
export interface ListRequestInput {
  readonly region: string
  /** `/foundation-models`: fixed texts of ours, not encoded. */
  readonly path: string
  readonly query: { readonly [name: string]: string }
  readonly credential: Credential
  /** Replaces the vendor's public address (`AWS_ENDPOINT_URL_BEDROCK`); null = the public one. */
  readonly baseUrl: string | null
  readonly nowMs: number
}

export interface UpstreamRequest {
  /** `https://host:port`: keys go to this origin only. */
  readonly origin: string
  readonly method: 'POST' | 'GET'
  /** Already encoded, with its query. */
  readonly path: string
  /** Name, value, name, value, …; lower-case names. */
  readonly headers: readonly string[]
  readonly body: BodyBytes
}

export interface UpstreamAnswerHead {
  readonly status: number
  /** Lower-case names; the first value where a name repeats. */
  readonly headers: { readonly [name: string]: string | undefined }
}

/** What went wrong upstream, in our words with the vendor's beside them. */
export interface UpstreamFailure {
  readonly code: ErrorCode
  /** Null where no HTTP answer came, or the error came inside a stream. */
  readonly status: number | null
  readonly vendorName: string | null
  readonly message: string
  readonly retryAfterMs: number | null
  /** Calling the same model again cannot mend it, though another may serve: a quota is used up, an answer cannot be read. */
  readonly lasting?: boolean
  /** The answer was whole, and only the caller's API has no form for it: another API's callers may be served by the same model. */
  readonly unwritable?: boolean
  /** The vendor refuses the request because it is longer than the model takes. */
  readonly tooLong?: boolean
}

/** What a provider takes. */
export interface ProviderDialect {
  readonly name: DialectName
  readonly operations: readonly Operation[]
  /** Models of these body formats (`Model.format`); null = all of the provider's. */
  readonly formats: readonly string[] | null
  /**
   * False: the vendor refuses such a request of this model in this dialect, and one that is written here is written in
   * another. Left out = it refuses none. What passes as it came is the vendor's to judge.
   */
  writesFor?(model: Model, needs: Needs): boolean
}

/** One vendor: where to call, how to sign, what its errors mean. Knows no network, no environment, no snapshot. */
export interface Provider {
  readonly id: ProviderId
  /** The face's own dialect is taken where it stands here, else the first that fits. */
  readonly dialects: readonly ProviderDialect[]
  /** The variables an operator may set so that it can be called, for the message when none is. */
  readonly credentialHint: string
  /** What a model declines before it has written anything is not billed. */
  readonly refusalsAreFree?: true
  /** What is written to a cache is billed as input by models whose price has no rate for it. */
  readonly cacheWritesCostInput?: true
  /** When the vendor will no longer take this token, where the token itself says so; absent = its tokens say nothing. */
  keyEndsAtMs?(token: string): number | null
  /** Builds and signs; throws PointsmanError when the input cannot be sent safely (an id that would change the host or path). */
  buildRequest(input: UpstreamRequestInput, digests: Digests): UpstreamRequest
  /** Where what the vendor serves differs by region and account, and it lists it. */
  buildListRequest?(input: ListRequestInput, digests: Digests): UpstreamRequest
  /** Reads an answer whose status is not 2xx. */
  readFailure(head: UpstreamAnswerHead, body: Uint8Array): UpstreamFailure
  /** What a refusal asks of an operator, where the vendor's words say more than its code; null = they do not. */
  readRefusal?(vendorName: string | null, message: string): RefusalReading | null
  /** Reads an error that arrived inside a stream. */
  readStreamError(name: string, message: string): UpstreamFailure
  /** The vendor's own id of this call, for support requests. */
  upstreamRequestId(head: UpstreamAnswerHead): string | null
}
