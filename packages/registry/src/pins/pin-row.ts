import { modelId, type ModelId } from '@pointsman/contract'
import type { Row } from '../database.ts'
import * as read from '../row-values.ts'

/** A conversation's or a user's target. */
export interface PinRow {
  readonly modelId: ModelId
  /** The switch that set it; null where the conversation began with this model. */
  readonly switchId: string | null
}

/** The pin of a conversation's every use case. */
export const everyUseCase = '*'

export const readPin = (row: Row | undefined): PinRow | null =>
  row === undefined
    ? null
    : { modelId: modelId(read.text(row, 'model_id')), switchId: read.textOrNull(row, 'switch_id') }
