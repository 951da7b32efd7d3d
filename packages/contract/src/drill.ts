import type { ModelId, ProviderId } from './ids.ts'

/**
 * What a drill does to a call. `afterParts`: parts of a stream that pass before it; 0 = before the first byte, and then
 * nothing is sent upstream. An answer that comes whole has no parts: it is hit before its first byte.
 */
export type DrillFault =
  /** An answer with this status in place of the vendor's. `retryAfterS`: its Retry-After; null = without. */
  | { readonly kind: 'status'; readonly status: DrillStatus; readonly retryAfterS: number | null }
  | { readonly kind: 'stall'; readonly afterParts: number }
  | { readonly kind: 'cut'; readonly afterParts: number }
  /** The call goes out, so much later. */
  | { readonly kind: 'latency'; readonly delayMs: number }

/** What vendors answer when they are not well. */
export type DrillStatus = 429 | 500 | 502 | 503 | 504 | 529

/** Which of a plan's candidates are hit. `target`: the model that the route resolved to, never its fallbacks. */
export type DrillAim =
  | { readonly kind: 'target' }
  | { readonly kind: 'all' }
  | { readonly kind: 'model'; readonly modelId: ModelId }
  | { readonly kind: 'provider'; readonly provider: ProviderId }

/** A rehearsed failure of one route, with its end: whoever holds it ends it by its own clock, told or not. */
export interface Drill {
  readonly id: string
  readonly fault: DrillFault
  readonly aim: DrillAim
  /** Share of the route's requests that are drawn, above 0, at most 100. */
  readonly percent: number
  readonly startedAtMs: number
  readonly endsAtMs: number
}

/** Longer than this is no drill. */
export const longestDrillMs = 3_600_000
