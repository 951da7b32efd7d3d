/** One timer for each phase of a call, each with its own meaning (reliability.md 2.2, T18). */
export interface PhaseTimeouts {
  readonly connectMs: number
  /** To the first content. */
  readonly firstByteMs: number
  /** Between pieces. */
  readonly idleMs: number
  /** The whole request, all attempts together. */
  readonly totalMs: number
}

/** The one absolute deadline of a request. */
export declare function deadlineAtMs(startedAtMs: number, totalMs: number): number
/** Never below 0. */
export declare function remainingMs(deadlineMs: number, nowMs: number): number
/** The phase timeouts of an attempt that starts now: none outlasts the request's deadline. */
export declare function attemptTimeouts(
  timeouts: PhaseTimeouts,
  deadlineMs: number,
  nowMs: number,
): PhaseTimeouts
