import type { CapturedExchange } from './captured-exchange.ts'
import type { DrillFault } from './drill.ts'
import type { DialectName, Operation } from './provider.ts'
import type { ErrorCode } from './errors.ts'
import type {
  ConversationId,
  JournalId,
  KeyId,
  ModelId,
  PriceId,
  ProviderId,
  ReplicaId,
  RequestId,
  SwitchId,
  UserId,
  WorkspaceId,
} from './ids.ts'
import type { Exclusion, Needs, Plan, Reason } from './plan.ts'
import type { RefusalReading } from './refusal.ts'
import type { Revision } from './revision.ts'
import type { TraceContext } from './trace.ts'
import type { UsageBuckets } from './usage.ts'

/** How a request ended. `unknown`: the process died between intent and outcome. */
export type Outcome = 'ok' | 'partial' | 'refused' | 'failed' | 'client-closed' | 'unknown'

/** One call upstream. Instants are Unix milliseconds, spans milliseconds. */
export interface AttemptRecord {
  readonly modelId: ModelId
  readonly provider: ProviderId
  readonly region: string
  readonly startedAtMs: number
  /** To the answer's headers; null when none came. */
  readonly headersAfterMs: number | null
  /** To the first content; null when none came. */
  readonly firstContentAfterMs: number | null
  readonly endedAfterMs: number
  readonly status: number | null
  /** The vendor's own id of this call. */
  readonly upstreamRequestId: string | null
  readonly error: {
    readonly code: ErrorCode
    readonly vendorName: string | null
    readonly message: string
    /** What the vendor's words ask of an operator: the words themselves are not kept. Left out where they say no more than the code. */
    readonly refusal?: RefusalReading
  } | null
  /** A drill did this to the call. */
  readonly drill?: DrillFault['kind']
}

/** Who asked for what; known before the first attempt. */
export interface RequestFacts {
  readonly requestId: RequestId
  readonly receivedAtMs: number
  readonly replica: ReplicaId
  readonly workspace: WorkspaceId
  /** Null for the service key and for signed-in users. */
  readonly keyId: KeyId | null
  readonly principal: string
  readonly userId: UserId | null
  readonly conversationId: ConversationId | null
  readonly sessionId: string | null
  readonly tags: readonly string[]
  readonly face: DialectName
  /** Left out in records of before it was told, and where the request was refused before it was known. */
  readonly operation?: Operation
  readonly stream: boolean
  readonly requested: string
  /** `use-case/clinical`, `agent/sql_agent`, `default`; null when a model was named outright. */
  readonly route: string | null
  readonly useCase: string | null
  readonly agent: string | null
  readonly needs: Needs
  readonly inputBytes: number
  readonly revision: Revision
  readonly switchId: string | null
  /** The drill that drew this request, whether one of its calls was hit or not. */
  readonly drillId?: string
  /** Left out where nothing is traced. */
  readonly trace?: TraceContext
}

/**
 * The usage record `v1`: exactly one per client request, whatever happened. Readers ignore fields that they
 * do not know. Prompt and answer text never stand here.
 */
export interface UsageRecord extends RequestFacts {
  readonly schema: 'v1'
  readonly plan: {
    readonly reason: Plan['reason'] | null
    readonly target: ModelId | null
    readonly candidates: readonly ModelId[]
    readonly excluded: readonly Exclusion[]
    /** All that might have served was held back after failures: it was called all the same. */
    readonly circuitsIgnored?: boolean
  }
  readonly attempts: readonly AttemptRecord[]
  readonly outcome: Outcome
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
  /** The HTTP status sent; null when the client left before one. */
  readonly status: number | null
  /** The model that served; null when none did. */
  readonly modelId: ModelId | null
  readonly provider: ProviderId | null
  readonly region: string | null
  readonly reason: Reason | null
  readonly finish: string | null
  readonly usage: UsageBuckets
  /** Usage was estimated from what was emitted, because the vendor's figure never came. */
  readonly usageEstimated: boolean
  /**
   * Nano-dollars, of what vendors bill: that of answers that could not be given included, even where no model served. Null
   * when a price or a bucket that it needs is unknown.
   */
  readonly costNanoUsd: number | null
  /** Of the model that served. */
  readonly priceId: PriceId | null
  /**
   * The tier that is billed: the one that served by the vendor's word, else the one that was asked for. As in `Price`; left
   * out where it is the standard one, or nobody said.
   */
  readonly serviceTier?: string
  readonly warnings: readonly string[]
  /** From the first byte received to the last byte sent. */
  readonly durationMs: number
  readonly firstContentAfterMs: number | null
  /** Duration less the union of the upstream calls, in microseconds. */
  readonly overheadUs: number
  /** Vendor frames of a kind that we do not know. */
  readonly unrecognisedFrames: number
}

/** What an intent says: enough to write a record of outcome `unknown` if nothing follows. */
export interface Intent extends RequestFacts {
  readonly schema: 'v1'
}

/**
 * The switch of its conversation that a first message made in claiming its model: decided by a data plane, recorded by
 * whoever reads its journal.
 */
export interface ClaimedSwitch {
  /** Made from the request's id, so that a journal read twice records one switch. */
  readonly id: SwitchId
  readonly from: ModelId
  readonly to: ModelId
  readonly fromName: string
  readonly toName: string
  readonly reason: string
  readonly evidence: { readonly [name: string]: unknown }
  readonly notificationTitle: string
  readonly notificationMessage: string
  /** The use case only proposes: what would have been done is recorded, and nothing was. */
  readonly proposed: boolean
}

/** A conversation's first model, claimed while the registry was away; the first committed one wins. */
export interface PinClaim {
  readonly workspace: WorkspaceId
  readonly conversationId: ConversationId
  readonly userId: UserId | null
  readonly useCase: string
  readonly modelId: ModelId
  readonly claimedAtMs: number
  readonly requestId: RequestId
  /** A signed-in user claims: nothing in a conversation that is somebody else's, or nobody's. */
  readonly ownOnly?: boolean
  readonly autoSwitch?: ClaimedSwitch
  /** The claim is known to be committed: only its switch is still to be recorded. */
  readonly won?: boolean
}

/** A fallback that the data plane took: one per route and episode. */
export interface FallbackEpisode {
  readonly id: string
  readonly route: string
  readonly from: ModelId
  readonly to: ModelId
  readonly startedAtMs: number
  readonly requestId: RequestId
  readonly cause: string
}

/** One line of the journal. */
export type JournalRecord =
  | { readonly type: 'intent'; readonly intent: Intent }
  | { readonly type: 'outcome'; readonly record: UsageRecord }
  | { readonly type: 'pin-claim'; readonly claim: PinClaim }
  | { readonly type: 'fallback-episode'; readonly episode: FallbackEpisode }
  | { readonly type: 'captured'; readonly exchange: CapturedExchange }

/** A place in a journal: up to which byte of which segment something has been read. */
export interface JournalPosition {
  readonly journal: JournalId
  readonly segment: number
  readonly offset: number
}
