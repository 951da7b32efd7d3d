/** When a call upstream was under way. */
export interface Span {
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/**
 * A request's duration less the union of its upstream calls, in whole microseconds; never negative. The
 * union, not the sum: spans that overlap are waited for once. What lies outside the request does not count.
 */
export function overheadUs(startedAtMs: number, endedAtMs: number, spans: readonly Span[]): number {
  // Most requests made one call.
  const ordered = spans.length < 2 ? spans : spans.toSorted((a, b) => a.startedAtMs - b.startedAtMs)
  let coveredMs = 0
  let reachedMs = startedAtMs
  for (const span of ordered) {
    const fromMs = Math.max(span.startedAtMs, reachedMs)
    const toMs = Math.min(span.endedAtMs, endedAtMs)
    if (toMs > fromMs) {
      coveredMs += toMs - fromMs
      reachedMs = toMs
    }
  }
  return Math.max(0, Math.round((endedAtMs - startedAtMs - coveredMs) * 1_000))
}
