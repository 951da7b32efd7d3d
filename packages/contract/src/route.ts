import type { Drill } from './drill.ts'
import type { ModelId } from './ids.ts'
import { joinedText } from './one-piece.ts'

/** What a name that callers use stands for. `default` has the single name `default`. */
export type RouteKind = 'default' | 'use-case' | 'agent'

/** One model in a route's ranked list. */
export interface RankedModel {
  readonly modelId: ModelId
  /** Share under the strategy `weighted`; 1 where none is set. */
  readonly weight: number
}

export type Strategy = 'priority' | 'weighted' | 'least-latency' | 'lowest-cost'
export type Objective = 'curated' | 'quality' | 'cost' | 'latency'
export type LifecycleRule = 'warn' | 'block'
export type AutoSwitch = 'on' | 'propose' | 'off'

/** A name that callers use, with its target and fallbacks. */
export interface Route {
  readonly kind: RouteKind
  readonly name: string
  /** `null`: inherits the default's target. Never null for the default. */
  readonly target: ModelId | null
  /** Ranked, best first. */
  readonly candidates: readonly RankedModel[]
  readonly strategy: Strategy
  /** Own fallback chain; `null` = the family rules decide. An empty list = no fallback. */
  readonly fallbacks: readonly ModelId[] | null
  /** Regions in which a call of this route may run; `null` = no rule. */
  readonly residency: readonly string[] | null
  readonly lifecycleRule: LifecycleRule
  readonly objective: Objective
  readonly autoSwitch: AutoSwitch
  /** Store prompt and answer text of this route. Off unless switched on. */
  readonly capture: boolean
  /**
   * Milliseconds of silence after which a stream of server-sent events is given a comment, so that nothing between takes it
   * for dead. The first one commits to the model being tried. 0 = never; `null` = as the default says, whose null is never.
   */
  readonly heartbeatMs: number | null
  /** The switch that set the present target, if one did. */
  readonly switchId: string | null
  /** The drill on it; it may be over. Absent = none. */
  readonly drill?: Drill
}

/** A role of the application's users, mapped to a use case. */
export interface Role {
  readonly name: string
  readonly useCase: string
}

/** A name mapped to a model id or to a route's name (`use-case/clinical`). May shadow a model id. */
export interface Alias {
  readonly name: string
  readonly target: string
}

/**
 * Fallback by family: a model of `family` (and `tier`, where given) falls back to the newest live member of
 * `toFamily` and `toTier`. Seed 004's rules are the first rows.
 */
export interface FallbackRule {
  readonly family: string
  readonly tier: string | null
  readonly toFamily: string
  readonly toTier: string
}

/** How people and headers write a route: `use-case/clinical`, `agent/sql_agent`, `default`. */
export const routeKey = (kind: RouteKind, name: string): string =>
  kind === 'default' ? 'default' : joinedText(`${kind}/`, name)
