import type {
  AttemptRecord,
  Candidate,
  ChatCall,
  EmbedCall,
  Exclusion,
  Reason,
  UpstreamFailure,
  UsageRecord,
} from '@pointsman/contract'
import { isAimedAt, overheadUs, type Admission, type Span } from '@pointsman/core'
import type { BrokenStream } from '@pointsman/wire'
import { Capture } from './capture.ts'
import type { Circuits } from './circuits.ts'
import type { DrillUnderWay } from './drills.ts'
import type { Engine } from './engine.ts'
import type { Job, ServedFacts } from './job.ts'
import { reportFault } from './report-fault.ts'
import type { RetryBudgets } from './retry-budgets.ts'
import type { SpentAnswer } from './spent-answers.ts'

/** A candidate that was tried, and what came of it. */
export interface FailedCandidate {
  readonly candidate: Candidate
  readonly failure: UpstreamFailure
}

/**
 * What is known of one job while it is carried out: lives as long as the job and belongs to it alone. Bounded by the
 * plan and the few retries of each candidate: one span and at most one failure for each attempt.
 */
export class Run {
  readonly job: Job
  readonly engine: Engine
  readonly deadlineUs: number
  attempts: AttemptRecord[] = []
  spans: Span[] = []
  readonly failures: FailedCandidate[] = []
  readonly spent: SpentAnswer[] = []
  /** Candidates that could not honour the request, beside those that the plan's gates left out. */
  readonly unfit: Exclusion[] = []
  /** The request in the neutral form of its operation. */
  neutralCall: ChatCall | EmbedCall | null = null
  clientLeft = false
  /** How the circuit let the attempt under way through. */
  admission: Admission = 'pass'
  /** The attempt under way, to be told when the client leaves. */
  current: { clientLeft(): void } | null = null
  /** The HTTP status once the head was sent. */
  statusSent: number | null = null
  /** What the client has of a streamed answer; null = none has begun. */
  stream: { readonly broken: BrokenStream } | null = null
  /** What the caller was told in the head. */
  servedWarnings: readonly string[] = []
  firstContentAtUs: number | null = null
  unrecognisedFrames = 0
  /** Null where the request's route, or whoever takes the records, keeps no text. */
  readonly capture: Capture | null
  /** Set as the record is handed to the journal: there is one for each job, never two. */
  settled: UsageRecord | null = null

  constructor(job: Job, engine: Engine) {
    this.job = job
    this.engine = engine
    this.deadlineUs = job.startedAtUs + job.timeouts.totalMs * 1_000
    this.capture = job.capture === true && engine.ports.records.captured !== null ? new Capture() : null
    this.clientLeft = job.client.closed
    job.client.onClosed(this.#left)
  }

  readonly #left = (): void => {
    this.clientLeft = true
    this.current?.clientLeft()
  }

  nowUs(): number {
    return this.engine.ports.clock.nowUs()
  }

  /** The drill that hits this candidate now; null = none does. */
  drillOn(candidate: Candidate): DrillUnderWay | null {
    const { drill = null } = this.job
    return drill !== null && isAimedAt(drill.drill, candidate) && drill.goesOn() ? drill : null
  }

  /** A drill's failures open no circuit that others meet, and use up nobody's retry budget. */
  resilienceOf(candidate: Candidate): { readonly circuits: Circuits; readonly retryBudgets: RetryBudgets } {
    const { drill = null } = this.job
    return drill !== null && isAimedAt(drill.drill, candidate) ? drill : this.engine
  }

  /** What the answer's headers say, as things stand now; `openSinceUs` is when the attempt under way began. */
  servedFacts(
    candidate: Candidate | null,
    warnings: readonly string[],
    openSinceUs: number | null,
  ): ServedFacts {
    const nowUs = this.nowUs()
    const spans =
      openSinceUs === null
        ? this.spans
        : [...this.spans, { startedAtMs: openSinceUs / 1_000, endedAtMs: nowUs / 1_000 }]
    return {
      modelId: candidate?.modelId ?? null,
      provider: candidate?.provider ?? null,
      region: candidate?.region ?? null,
      reason: candidate === null ? null : this.reasonOf(candidate),
      attempts: this.attempts.length + (openSinceUs === null ? 0 : 1),
      overheadUs: overheadUs(this.job.startedAtUs / 1_000, nowUs / 1_000, spans),
      warnings,
    }
  }

  reasonOf(candidate: Candidate): Reason {
    return candidate.step === 'fallback' ? 'fallback' : this.job.plan.reason
  }

  /** The commit point is behind: the request is written for nobody else. */
  letGo(): void {
    // Its text is read at the end.
    if (this.capture !== null) return
    this.neutralCall = null
    this.job.letGo?.()
  }

  /** A fault of our own, for the log: callers are told only that there was one. */
  reportFault(thrown: unknown): void {
    reportFault(this.engine, this.job.facts.requestId, thrown)
  }

  sendHead(status: number, headers: readonly string[]): void {
    this.statusSent = status
    this.job.client.head(status, headers)
  }
}
