import type { SwitchType } from '@pointsman/contract'
import type { NotifyMessages } from '../messages/notify-messages.ts'

/** What is shown. The names are those of the server's `notification`. */
export interface ModelSwitchNotification {
  readonly modelName: string
  readonly modelId: string
  /** `auto` is shown green, `manual` blue. */
  readonly type: SwitchType
  /** Of the messages' language and the type unless set. */
  readonly title?: string | undefined
  /** What happened and why. */
  readonly message?: string | undefined
  /** Who made the model. Taken from a Bedrock id unless set. */
  readonly provider?: string | null | undefined
  /** Milliseconds, 5,000 unless set; `Infinity` = until it is closed. It waits while somebody points at it or is in it. */
  readonly displayDuration?: number | undefined
  /** The switch's id. One that was shown on this page is not shown again. */
  readonly id?: string | undefined
  /** English unless set. */
  readonly messages?: NotifyMessages | undefined
}

/** `replaced`: newer ones took its place; `repeated`: it had been shown, and was not shown again. */
export type CloseReason = 'closed' | 'expired' | 'replaced' | 'repeated'

export interface ShownNotification {
  /** Once it is before a reader: not behind another tab, nor while a dialog covers the page. Never resolves for `repeated`, nor where newer ones took its place before. */
  readonly seen: Promise<void>
  readonly closed: Promise<CloseReason>
  readonly close: () => void
}
