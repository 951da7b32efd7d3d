import type {
  CapturedExchange,
  Credential,
  Digests,
  Intent,
  ModelId,
  PinClaim,
  Principal,
  ProviderId,
  RequestId,
  SnapshotManifest,
  SnapshotPart,
  UpstreamRequest,
  UsageRecord,
  UserId,
  WorkspaceId,
  ConversationId,
  FallbackEpisode,
} from '@pointsman/contract'

/** Wall clock and a monotonic one; both only through here, so that tests own time. */
export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number
  /** Monotonic microseconds. */
  nowUs(): number
  /** Calls back once after the span; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void
}

/** 0 ≤ chance() < 1. */
export type Chance = () => number

export interface UpstreamHead {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
}

/** Callbacks of one upstream call, in order: connected, head, data…, then exactly one of end or failed. */
export interface UpstreamListener {
  /** A connection is there and the request goes out on it; until then nothing was sent. */
  connected(): void
  head(head: UpstreamHead): void
  data(bytes: Uint8Array): void
  end(): void
  failed(failure: TransportFailure): void
}

export interface TransportFailure {
  /**
   * `connect`: nothing was sent. `broken`: the connection died. `busy`: nothing was sent, because too many calls of this
   * process already wait for one of its connections; it says nothing of the upstream.
   */
  readonly kind: 'busy' | 'connect' | 'broken'
  readonly message: string
}

export interface UpstreamCall {
  /** All connections that this process may have to the origin were in use: the call waits, or waited, for its turn. */
  readonly queued: boolean
  /** The proxy that leads to the origin, as errors name it; null = none does. */
  readonly proxy: string | null
  /** Stops reading: back-pressure reaches the upstream. */
  pause(): void
  resume(): void
  /** Ends the call; no callback follows. */
  abort(): void
}

/**
 * Opens sockets. Redirects are never followed; a key goes to the origin it was made for and nowhere else.
 * A call's timers are the engine's: one owner, so that no two of them disagree.
 */
export interface Transport {
  /**
   * Never throws and never calls back before it has returned: what is wrong arrives as `failed`. Once a call is over (told by
   * `end` or `failed`, or aborted) nothing of its body is read or sent any more: its memory may hold something else by then.
   */
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall
  close(): Promise<void>
}

/** Where intents and outcomes go: the journal. */
export interface RecordSink {
  /** Queued, not awaited. */
  intent(intent: Intent): void
  /** Resolves when the record would survive a cut power line. */
  outcome(record: UsageRecord): Promise<void>
  pinClaim(claim: PinClaim): void
  /** Before the outcome of the request that began it: a process may be frozen once that is stored. */
  fallbackEpisode(episode: FallbackEpisode): void
  /** Queued, not awaited. False = it was not taken: there is no room for what nobody is billed by. Null = no text is kept here. */
  readonly captured: ((exchange: CapturedExchange) => boolean) | null
  /** All but `open`: new requests must be refused. `failing`: the last write failed for another reason than space. */
  state(): 'open' | 'full' | 'overloaded' | 'failing'
}

export type CredentialState = { readonly ready: true } | { readonly ready: false; readonly missing: string }

export interface Credentials {
  /** Without waiting: what routing asks. */
  state(provider: ProviderId): CredentialState
  /** Waits only for a role's token; throws PointsmanError `credentials_missing`, or rejects with it. */
  get(provider: ProviderId): Credential | Promise<Credential>
}

/** Serves manifests and parts; tells when there is a newer one. */
export interface SnapshotSource {
  latest(): Promise<SnapshotManifest | null>
  parts(hashes: readonly string[]): Promise<readonly SnapshotPart[]>
  onChange(listener: () => void): () => void
}

export interface PinQuery {
  readonly workspace: WorkspaceId
  readonly conversationId: ConversationId | null
  readonly userId: UserId | null
  readonly useCase: string | null
}
/** A target, with the switch that set it where one did. */
export interface Pin {
  readonly modelId: ModelId
  readonly switchId: string | null
}
/** The winner of a claim; `not-own`: nothing was claimed, for the conversation is not the signed-in user's. */
export type ClaimedPin = Pin | 'not-own'
/** What is known of a conversation whatever use case it is asked for. */
export interface KnownConversation {
  readonly userId: UserId | null
  /** Of its latest message; `default` = of none. */
  readonly useCase: string | null
  /** Its model in that use case; null = it has none of its own there. */
  readonly modelId: ModelId | null
  /** When its latest message that the store has taken in was received, or a later claim or switch of it was made. */
  readonly updatedAtMs: number
}
export interface Pins {
  readonly conversation: Pin | null
  readonly user: Pin | null
  /** Null = it is new, or its use case was not asked of the store. */
  readonly known: KnownConversation | null
}

/**
 * A conversation's and a user's targets. The one thing a request may wait for, and then at most 25 ms for both calls
 * together: `deadlineUs`, in monotonic microseconds, is the same for both.
 */
export interface ConversationPins {
  find(query: PinQuery, deadlineUs: number): Promise<Pins>
  /**
   * First one wins; answers the winner, or null when the store did not answer in time: then the claim is to go through the
   * journal. Who asks behind a claim that is not answered yet is answered what that one would set.
   */
  claim(claim: PinClaim, deadlineUs: number): Promise<ClaimedPin | null>
}

/** The most that a request is expected to use, before it is known. */
export interface LimitEstimate {
  readonly tokens: number
  readonly costNanoUsd: number
}

export interface LimitAsk {
  readonly requestId: RequestId
  readonly principal: Principal
  /** Asked only where the key has a limit. */
  estimate(): LimitEstimate
}

/** How a key stands against one of its limits of a minute. */
export interface LimitStanding {
  readonly kind: 'requests' | 'tokens'
  readonly limit: number
  readonly remaining: number
  /** Until the count begins anew. */
  readonly resetMs: number
}

/** A key's limits. */
export interface Limits {
  /**
   * Throws PointsmanError `limit_reached` with Retry-After, or rejects with it where the answer had to be waited for. What
   * was reserved stays so until the request is settled.
   */
  reserve(ask: LimitAsk, nowMs: number): void | Promise<void>
  /** Replaces what the request had reserved, if anything, by what it used. */
  settle(record: UsageRecord, nowMs: number): void
  /** What answers tell of a key's limits of a minute, as far as this process knows; empty for who has none. */
  standing?(principal: Principal, nowMs: number): readonly LimitStanding[]
}

export interface Ports {
  readonly clock: Clock
  readonly chance: Chance
  readonly digests: Digests
  readonly transport: Transport
  readonly records: RecordSink
  readonly credentials: Credentials
  readonly limits: Limits
}
