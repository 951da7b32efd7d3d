import type { Model, Notification, Price, SwitchAction } from '@pointsman/contract'

/** What a switch is to those whom it touches, told truthfully. */
export type ChangeKind = 'upgrade' | 'saving' | 'replacement' | 'none'

export interface Change {
  readonly from: Model | null
  readonly to: Model
  readonly fromPrice: Price | null
  readonly toPrice: Price | null
}

/** `upgrade`: higher tier, or newer generation of the same tier, within one family. `saving`: cheaper, else. */
export declare function changeKind(change: Change): ChangeKind

export interface NoticeInput extends Change {
  readonly action: SwitchAction
  readonly reason: string | null
  /** This switch takes an earlier one back. */
  readonly revert: boolean
}

/** Title and message for those whom a switch touches, naming both models and the reason. */
export declare function noticeFor(input: NoticeInput): Notification
