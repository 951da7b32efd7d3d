import type { CompiledSnapshot } from '@pointsman/core'
import type {
  Candidate,
  Exclusion,
  Operation,
  Plan,
  Principal,
  Reason,
  RequestFacts,
  ModelId,
  ProviderId,
} from '@pointsman/contract'
import type { DrillUnderWay } from './drills.ts'
import type { AnswerConversation, Dialect, ScannedRequest } from '@pointsman/wire'

/** The client's side of one request. */
export interface ClientSink {
  /** True once the client has left. */
  readonly closed: boolean
  /** Called at most once, when the client leaves before the answer's end. */
  onClosed(listener: () => void): void
  /** Status and flat headers; exactly once, before the first byte. */
  head(status: number, headers: readonly string[]): void
  /** False = full: wait for drained() before the next write. Nobody writes into the bytes afterwards. */
  write(bytes: Uint8Array): boolean
  /** Resolves when there is room again, and also when the client leaves. */
  drained(): Promise<void>
  end(bytes?: Uint8Array): void
}

/** Spans in milliseconds, each its own error. */
export interface Timeouts {
  /** Until a connection takes the request, waiting for a free one and for credentials included. */
  readonly connectMs: number
  /**
   * From there to the first content. A vendor that answers whole sends nothing before the model has finished: for such
   * calls this bounds the whole generation and is to be set accordingly.
   */
  readonly firstByteMs: number
  /** Between two pieces of the body; stands still while the client is the slow one. */
  readonly idleMs: number
  /** One absolute deadline over all attempts, from the request's first byte. */
  readonly totalMs: number
}

/** What is known of an answer when its headers are written. */
export interface ServedFacts {
  readonly modelId: ModelId | null
  readonly provider: ProviderId | null
  readonly region: string | null
  readonly reason: Reason | null
  readonly attempts: number
  readonly overheadUs: number
  readonly warnings: readonly string[]
}

/** One client request, ready to be carried out. */
export interface Job {
  readonly facts: RequestFacts
  readonly principal: Principal
  readonly snapshot: CompiledSnapshot
  readonly plan: Plan
  /** A person asks whether it answers now: what failed lately does not hold its call back. Left out = it does. */
  readonly asksNoCircuit?: boolean
  readonly operation: Operation
  readonly face: Dialect
  readonly scanned: ScannedRequest
  /** The answer has begun: nobody reads `scanned`'s body any more. A stream lasts for minutes, and would hold it. */
  letGo?(): void
  /** The caller's headers that belong to the face's dialect, flat. */
  readonly callerHeaders: readonly string[]
  /** Monotonic microseconds of the request's first byte. */
  readonly startedAtUs: number
  readonly timeouts: Timeouts
  readonly client: ClientSink
  /** The four gates once more, when the plan comes to a candidate later than it was made; null = it may be called. */
  judgeAgain(candidate: Candidate): Exclusion | null
  /** Silence after which a stream is told that it lives; 0 or left out = never. The first one is the commit point. */
  readonly heartbeatMs?: number
  /** The text of request and answer is kept; left out = it is not. */
  readonly capture?: boolean
  /** The drill that the request was drawn into; left out or null = none. */
  readonly drill?: DrillUnderWay | null
  /** Left out where the request belongs to none. */
  readonly conversation?: AnswerConversation | null
  /** The product's own answer headers, flat; the engine adds the content type. */
  answerHeaders(served: ServedFacts): string[]
}
