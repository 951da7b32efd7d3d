import type { ErrorCode, Gate, Needs, ProviderId, SwitchScope } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import type { ProviderReadiness } from '../routing/routing-call.ts'

export interface ProposalContext {
  readonly nowMs: number
  readonly homeRegion: string
  /** What the route's recent requests needed (any of them); null = not known. */
  readonly recentNeeds?: Needs | null
  /** Where it is known which providers the replicas can call. */
  readonly providers?: ReadonlyMap<ProviderId, ProviderReadiness> | null
}

export interface ProposalProblem {
  /** The error to answer with when this is the first problem. */
  readonly code: ErrorCode
  /** Null where no gate is concerned: the name is unknown. */
  readonly gate: Gate | null
  readonly rule: string
  readonly message: string
  readonly suggestions: readonly string[]
}

export interface ProposalResult {
  /** Each one refuses the switch. */
  readonly problems: readonly ProposalProblem[]
  /** The switch may be made; this should be told. */
  readonly warnings: readonly string[]
}

/** The route whose rules hold for a scope: its own, the default for users and for conversations without a use case; null = unknown. */
export declare function routeOfScope(snapshot: CompiledSnapshot, scope: SwitchScope): CompiledRoute | null

/** What speaks against setting `modelId` as the target of a scope. */
export declare function proposalProblems(
  snapshot: CompiledSnapshot,
  scope: SwitchScope,
  modelId: string,
  context: ProposalContext,
): ProposalResult
