import type {
  CredentialFacts,
  ErrorCode,
  ModelId,
  Principal,
  ProviderId,
  Refusal,
  SnapshotManifest,
  SnapshotPart,
} from '@pointsman/contract'
import type { ProviderReadiness } from '@pointsman/core'

/** Wall clock and timer; only through here, so that tests own time. */
export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number
  /** Calls back once after the span; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** One line: a stable word for the event, then its facts. Keys, prompts and answers never stand in it. */
export type Log = (level: LogLevel, event: string, facts: { readonly [name: string]: unknown }) => void

/** What a probe of a model said. `latencyMs` is the whole call's. */
export interface ProbeResult {
  readonly ok: boolean
  readonly latencyMs: number
  /** Set where `ok` is false: what the vendor answered, in words for people. */
  readonly problem?: string
  readonly code?: ErrorCode
  /** The vendor's own words, for operators: they may name what is in its account. */
  readonly vendorSays?: string
  /** What the call was made with; absent = not known. */
  readonly credential?: CredentialFacts
  /** The same as an operator may act on it, where a call was made. */
  readonly refusal?: Refusal
}

/** The one way in which the control plane reaches a model: a one-token call, made by the data plane. */
export interface Probe {
  probe(model: ModelId): Promise<ProbeResult>
}

/** A page of one of Bedrock's own lists in a region. */
export interface BedrockListQuestion {
  readonly region: string
  readonly path: '/foundation-models' | '/inference-profiles'
  readonly query: { readonly [name: string]: string }
}

/**
 * What Amazon Bedrock lists for this account, asked by the data plane: the answer's text, which nobody has looked into.
 * Throws PointsmanError in the vendor's words, with its name of the error in `data.vendorName`.
 */
export interface BedrockLists {
  ask(question: BedrockListQuestion): Promise<string>
}

/**
 * Amazon DynamoDB, by one signed call: the answer's text, which nobody has looked into. Throws PointsmanError with the mending
 * step, and the service's own name of the error in `data.vendorName` where it answered one.
 */
export interface DynamoDb {
  ask(operation: 'CreateTable' | 'DescribeTable' | 'Scan' | 'UpdateItem', request: object): Promise<string>
}

/** Something that an operator should know for as long as it is true. */
export interface Condition {
  /** A stable word. */
  readonly kind: string
  /** Whom it is about: a host, a replica. */
  readonly subject: string
  readonly message: string
}

/** What the door knows of a provider that it can call, or could with a key. */
export interface ProviderFacts {
  readonly id: ProviderId
  readonly readiness: ProviderReadiness
  /** Another address than the vendor's public one; null = the public one. */
  readonly baseUrl: string | null
  readonly credential: CredentialFacts
  /** An AWS access-key pair may stand in the place of a key. */
  readonly takesAwsKeys: boolean
}

/** Checks a signed-in user's token (Supabase JWT); null = not one of ours. */
export interface TokenVerifier {
  verify(token: string, nowMs: number): Principal | null | Promise<Principal | null>
}

/** Vouches for a text (the head of the chain of switches, a snapshot): Ed25519, by a key that never leaves the door that derived it. */
export interface Signer {
  /** Base64 of the raw 32 bytes. */
  readonly publicKey: string
  sign(statement: Uint8Array): Uint8Array
}

/** Cryptographically strong bytes: keys and ids are made of them. */
export type RandomBytes = (count: number) => Uint8Array

/**
 * Serves manifests and parts to data planes, and tells when there is a newer one. Equal in shape to the engine's
 * port of the same name, which this plane may not import.
 */
export interface SnapshotSource {
  latest(): Promise<SnapshotManifest | null>
  parts(hashes: readonly string[]): Promise<readonly SnapshotPart[]>
  /** The returned function ends the subscription. */
  onChange(listener: () => void): () => void
}
