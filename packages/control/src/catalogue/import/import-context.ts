import type { Model, Price } from '@pointsman/contract'
import type { KnownModels } from '../new-entry.ts'

/** What a form reads its file with. */
export interface ImportContext {
  readonly present: readonly Model[]
  /** Every dated price. */
  readonly history: readonly Price[]
  readonly known: KnownModels
  readonly homeRegion: string
  readonly nowMs: number
  /** Stands as the source of the prices. */
  readonly source: string
  /** Where prices hold that name no region; null = where each model is called from the server. */
  readonly region: string | null
  readonly effectiveFromMs: number
  /** These models alone; null = as the form has it. */
  readonly only: readonly string[] | null
  /** New entries are put to use at once. */
  readonly enable: boolean
}
