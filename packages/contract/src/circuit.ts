import type { ModelId } from './ids.ts'

/** A model in a region whose calls a data plane holds back after failures. Until `untilMs` nobody calls it; then one call at a time probes it. */
export interface HeldCircuit {
  readonly modelId: ModelId
  readonly region: string
  /** Unix milliseconds. */
  readonly sinceMs: number
  readonly untilMs: number
  /** `told`: the vendor named the time (Retry-After). */
  readonly cause: 'failures' | 'told'
}
