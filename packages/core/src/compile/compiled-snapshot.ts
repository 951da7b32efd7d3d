import type { Key, ModelId, Price, Revision, Route, RouteKind } from '@pointsman/contract'
import type { CompileIndex } from './compile-index.ts'
import type { CompiledModel } from './compiled-model.ts'

export type { CompiledModel } from './compiled-model.ts'

/** A route as decisions read it: what it inherits is filled in. */
export interface CompiledRoute extends Omit<Route, 'target' | 'residency' | 'heartbeatMs'> {
  /** `use-case/clinical`, `agent/sql_agent`, `default`. */
  readonly key: string
  /** What serves: its own target; else, where a strategy picks, the first of its list; else the default's. */
  readonly target: ModelId
  /** As the operator set it; null = none. */
  readonly ownTarget: ModelId | null
  /** It has no target of its own; without a list of its own it inherits the default's list and chain too. */
  readonly inheritsTarget: boolean
  /**
   * The strategy picks from `candidates`; else `target` serves. A target that a switch set serves whatever the
   * strategy, so that the next request obeys the switch; the strategy picks again once no switch stands.
   */
  readonly picksByStrategy: boolean
  /** The switch that set `target`; the default's where the target is inherited. */
  readonly switchId: string | null
  readonly residency: ReadonlySet<string> | null
  /** Its own or the default's; 0 = never. */
  readonly heartbeatMs: number
}

/** What a name that a caller may write stands for, aliases followed to their end. */
export type Named =
  | { readonly kind: 'model'; readonly model: CompiledModel; readonly viaAlias: boolean }
  | {
      readonly kind: 'route'
      readonly route: CompiledRoute
      /** How the name says it: `role/patient` is `role`, `use-case/health` is `use-case`. */
      readonly by: RouteKind | 'role'
      readonly viaAlias: boolean
    }

/**
 * A snapshot in the form that decisions read: indexed, never mutated. Made by `compileSnapshot` only. Its maps iterate in
 * the order of their keys.
 */
export interface CompiledSnapshot {
  readonly schema: 'v1'
  readonly revision: Revision
  readonly hash: string
  readonly createdAtMs: number
  /** By model id. */
  readonly models: ReadonlyMap<string, CompiledModel>
  /** Model id → region (or `*`) → rows, oldest first. */
  readonly prices: ReadonlyMap<string, ReadonlyMap<string, readonly Price[]>>
  /** By route key. */
  readonly routes: ReadonlyMap<string, CompiledRoute>
  readonly defaultRoute: CompiledRoute
  /** By bare name. */
  readonly useCases: ReadonlyMap<string, CompiledRoute>
  /** By bare name. */
  readonly agents: ReadonlyMap<string, CompiledRoute>
  /** Role → the route of its use case. */
  readonly roles: ReadonlyMap<string, CompiledRoute>
  /** Alias → its target as written. */
  readonly aliases: ReadonlyMap<string, string>
  /** Everything that may stand in a request's `model`. */
  readonly names: ReadonlyMap<string, Named>
  readonly keysByDigest: ReadonlyMap<string, Key>
  readonly keysById: ReadonlyMap<string, Key>
  /** Model id → the enabled members to which its fallback rule leads, in no order that depends on a region. */
  readonly familyFallbacks: ReadonlyMap<string, readonly CompiledModel[]>
  /** Base id → calling region (or `*`) → the enabled profile that serves it there. */
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, CompiledModel>>
  /** What it stands on, and what the next one shares with it. */
  readonly index: CompileIndex
}
