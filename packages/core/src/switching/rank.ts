import type { ModelId, Needs, Objective } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'

/** How a model did lately (the last minutes, over all replicas). */
export interface ModelHealth {
  readonly requests: number
  /** Failures other than 429. */
  readonly errors: number
  /** Answers 429. */
  readonly throttled: number
  /** Median to the first content; null = not measured. */
  readonly latencyMs: number | null
}

export interface RankingInput {
  readonly route: CompiledRoute
  readonly objective: Objective
  /** By model id; absent = no recent traffic. */
  readonly health: ReadonlyMap<string, ModelHealth>
  readonly excluded: readonly ModelId[]
  readonly nowMs: number
  readonly homeRegion: string
  /** What the route's recent requests needed; null = not known. */
  readonly needs: Needs | null
}

export interface RankedCandidate {
  readonly model: ModelId
  /** 0 … 100, higher is better; 0 for those that did not pass. */
  readonly score: number
  readonly passed: boolean
  /** Why this score, or why not passed, in words. */
  readonly reasons: readonly string[]
}

/** A route's ranked list (and its target) by an objective, best first; those that fail a gate stand last, with why. */
export declare function rank(snapshot: CompiledSnapshot, input: RankingInput): readonly RankedCandidate[]
