import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import type { Resolution, RoutingCall } from './routing-call.ts'

/**
 * Finds what a call names: a model, or a route and whether pins are to be asked for it. Throws PointsmanError
 * `model_not_found` or `route_not_found` with the nearest names.
 */
export declare function resolve(snapshot: CompiledSnapshot, call: RoutingCall): Resolution
