import type { NotifyMessages } from '../messages/notify-messages.ts'

/** As the server's `list-all` and the SDK's `getAvailableModels` give them; more fields do no harm. */
export interface AvailableModel {
  readonly id: string
  readonly name: string
  readonly provider?: string | null | undefined
  readonly useCase?: string | null | undefined
  /** False = shown, and not to be chosen. */
  readonly isAvailable?: boolean | undefined
}

export interface ModelSwitchDialogOptions {
  readonly availableModels: readonly AvailableModel[]
  readonly currentModelId: string
  readonly currentModelName: string
  /** English unless set. */
  readonly messages?: NotifyMessages | undefined
  /** Takes the dialog away; the answer is then null. */
  readonly signal?: AbortSignal | undefined
}
