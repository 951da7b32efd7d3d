import type { ModelId } from './ids.ts'
import type { SwitchType } from './switch.ts'

/** What the people whom a switch touches are told; the seeds' shape. */
export interface Notification {
  readonly title: 'Switching AI Model' | 'Auto-Switching AI Model'
  readonly message: string
  readonly type: SwitchType
  /** Display name of the model that serves from now on. */
  readonly modelName: string
  readonly modelId: ModelId
}
