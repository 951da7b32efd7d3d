import type { ModelId, Notification, SwitchId, SwitchScope } from '@pointsman/contract'
import type { RankedCandidate } from '@pointsman/core'
import type { Behind } from '../acknowledgements/replicas.ts'

/** What became of an order: the answer of every face that switches. */
export interface SwitchOutcome extends Behind {
  /** False where nothing was written: a dry run, a proposal only, or the model serves already. */
  readonly switched: boolean
  readonly dryRun: boolean
  /** Nothing is to be done: a dry run tells by it what a switch would. */
  readonly unchanged: boolean
  readonly switchId: SwitchId | null
  /** Display names. */
  readonly from: string | null
  readonly to: string
  readonly fromId: ModelId | null
  readonly toId: ModelId
  readonly scope: SwitchScope
  /** The revision that this switch made; the present one where nothing was switched. */
  readonly revision: number
  /** US-$ saved a day; negative = dearer; null = a price is not known. */
  readonly costImpactEstimated: number | null
  readonly costExplanation: string
  readonly masks: readonly string[]
  readonly warnings: readonly string[]
  readonly ranking: readonly RankedCandidate[] | null
  readonly notification: Notification
}
