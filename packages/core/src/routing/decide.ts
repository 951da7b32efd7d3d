import type { Plan } from '@pointsman/contract'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import type { Conditions, Resolution, RoutingCall } from './routing-call.ts'

/**
 * The plan for one request: the decided model, then its fallbacks, each past the four gates or left out for a
 * stated reason. Pure and synchronous. Hand in `resolution` where `resolve` was called before, for the pins.
 */
export declare function decide(
  snapshot: CompiledSnapshot,
  call: RoutingCall,
  conditions: Conditions,
  resolution?: Resolution,
): Plan
