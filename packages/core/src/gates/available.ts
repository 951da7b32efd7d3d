import type { LifecycleRule, ProviderId } from '@pointsman/contract'
import type { CompiledModel } from '../compile/compiled-snapshot.ts'
import type { ProviderReadiness } from '../routing/routing-call.ts'
import type { Verdict } from './verdict.ts'

export interface AvailableQuestion {
  readonly nowMs: number
  readonly lifecycleRule: LifecycleRule
  /** Chosen by a rule of ours (fallback, strategy, ranking), not named or set by a person. */
  readonly automatic: boolean
  /** Null = not asked here (the control plane knows no adapters). */
  readonly providers: ReadonlyMap<ProviderId, ProviderReadiness> | null
  /** Null = not asked here. */
  readonly openCircuits: ReadonlySet<string> | null
  /** The region that would be called. */
  readonly region: string
}

export declare function checkAvailable(model: CompiledModel, question: AvailableQuestion): Verdict | null
