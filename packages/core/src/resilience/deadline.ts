/** One timer for each phase of a call, each with its own meaning (reliability.md 2.2, row 26). */
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
export const deadlineAtMs = (startedAtMs: number, totalMs: number): number => startedAtMs + totalMs

/** Never below 0. */
export const remainingMs = (deadlineMs: number, nowMs: number): number => Math.max(0, deadlineMs - nowMs)

/** The phase timeouts of an attempt that starts now: none outlasts the request's deadline. */
export function attemptTimeouts(timeouts: PhaseTimeouts, deadlineMs: number, nowMs: number): PhaseTimeouts {
  const leftMs = remainingMs(deadlineMs, nowMs)
  return {
    connectMs: Math.min(timeouts.connectMs, leftMs),
    firstByteMs: Math.min(timeouts.firstByteMs, leftMs),
    idleMs: Math.min(timeouts.idleMs, leftMs),
    totalMs: Math.min(timeouts.totalMs, leftMs),
  }
}
