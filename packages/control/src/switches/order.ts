import type {
  ModelId,
  SwitchAction,
  SwitchApproval,
  SwitchId,
  SwitchScope,
  SwitchType,
} from '@pointsman/contract'
import type { CompiledSnapshot, RankedCandidate } from '@pointsman/core'
import type { Queryable } from '@pointsman/registry'
import type { Traffic } from './traffic.ts'
import type { NarrowerPin, Present } from './present.ts'

/** The model that an order asks for, found when the registry's lock is held, so that nothing changes in between. */
export interface Choice {
  /** As the caller wrote it; may be unknown. */
  readonly modelId: string
  /** What stands in the record beside the switch: the ranking, the rule, what was left out. */
  readonly evidence: { readonly [name: string]: unknown }
  readonly ranking?: readonly RankedCandidate[]
  /** The scope shall inherit again: its own target goes. Only a revert does that. */
  readonly inherit?: true
  /** A conversation's pins of single use cases, to stand beside what it has for all; absent = they are not asked about. */
  readonly narrower?: readonly NarrowerPin[]
  /** What should be told of this choice. */
  readonly warnings?: readonly string[]
  /** The route's strategy shall pick again, as it did before the switch that is reverted. */
  readonly strategyReturns?: true
}

/** One switch that somebody asked for. */
export interface SwitchOrder {
  readonly action: SwitchAction
  readonly type: SwitchType
  readonly scope: SwitchScope
  /** The model that the caller named, known or not; null where a rule chooses. */
  readonly asked: string | null
  choose(snapshot: CompiledSnapshot, present: Present): Choice
  /**
   * When nothing is to be done: `own` = the scope set this model for itself already; `served` = the model serves it,
   * wherever that comes from (automatic switches do not pin what is inherited).
   */
  readonly unchangedWhen: 'own' | 'served'
  readonly reason: string | null
  /** Who approved it outside of this program; recorded, not checked. */
  readonly approval?: SwitchApproval | null
  /** `all` moves the conversations that keep their model, too. */
  readonly applyTo: 'new' | 'all'
  readonly dryRun: boolean
  /** The revision that the caller read. */
  readonly ifMatch: number | null
  /** A condition on something else than the scope's route; throws PointsmanError `stale`. */
  readonly guard?: (database: Queryable) => Promise<void>
  /** What the choice was made from, where it was read already. */
  readonly traffic?: Traffic
  /** A disabled target is switched on (`set-default`). */
  readonly enableTarget?: true
  readonly reverts?: SwitchId
  /** What should be told beside the gates' own warnings. */
  readonly warnings?: readonly string[]
  /** The key of the route that only proposes: recorded as refused with the code `proposed`, and what it would have done. */
  readonly proposeOnly?: string
}

/** What an earlier switch left to be restored. */
export interface Previous {
  /** What the scope had set for itself; null = it inherited. */
  readonly own: ModelId | null
  /** The switch that had set it; null = none had, so that the route's strategy was at work. */
  readonly switchId: string | null
  /** What a switch of a whole conversation cleared; absent = nothing. */
  readonly narrower?: readonly NarrowerPin[]
}
