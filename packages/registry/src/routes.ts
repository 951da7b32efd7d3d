import type { ModelId, RankedModel, Route, RouteKind } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

export interface RouteRow {
  readonly route: Route
  /** Number of the revision of its last change. */
  readonly revision: number
}

export interface RouteName {
  readonly kind: RouteKind
  readonly name: string
}

/** The default first, then use cases, then agents, by name. */
export declare function listRoutes(database: Queryable, kind?: RouteKind): Promise<readonly RouteRow[]>
export declare function findRoute(database: Queryable, name: RouteName): Promise<RouteRow | null>
/** Adds or replaces whole routes with their candidates. Returns how many changed. */
export declare function upsertRoutes(transaction: Transaction, routes: readonly Route[]): Promise<number>
/** Sets the target (null = inherit the default) and the switch that set it. Throws `route_not_found`. */
export declare function setRouteTarget(
  transaction: Transaction,
  change: RouteName & { readonly target: ModelId | null; readonly switchId: string | null },
): Promise<void>
/** Replaces the ranked list. Throws `route_not_found`. */
export declare function setCandidates(
  transaction: Transaction,
  name: RouteName,
  candidates: readonly RankedModel[],
): Promise<void>
/** Changes a route's rules; absent = as it is. Throws `route_not_found`. */
export declare function updateRoute(
  transaction: Transaction,
  name: RouteName,
  change: Partial<
    Pick<
      Route,
      'strategy' | 'fallbacks' | 'residency' | 'lifecycleRule' | 'objective' | 'autoSwitch' | 'capture'
    >
  >,
): Promise<void>
/** Removes a use case or an agent. False where there was none; the default is refused. */
export declare function deleteRoute(transaction: Transaction, name: RouteName): Promise<boolean>
