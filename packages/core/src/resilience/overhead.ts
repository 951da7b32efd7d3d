/** When a call upstream was under way. */
export interface Span {
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** A request's duration less the union of its upstream calls, in whole microseconds; never negative. */
export declare function overheadUs(startedAtMs: number, endedAtMs: number, spans: readonly Span[]): number
