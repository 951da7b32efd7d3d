import type { ModelId } from '@pointsman/contract'
import type { Transaction } from '../database.ts'
import { everyUseCase } from './pin-row.ts'

/**
 * Moves every conversation of a use case (a switch with `applyTo: "all"`): the pins of that use case, and those of all
 * use cases, which get one of this use case beside them and keep theirs for the others. Returns how many moved.
 */
export async function setTargetOfAllConversations(
  transaction: Transaction,
  target: { readonly useCase: string; readonly modelId: ModelId; readonly switchId: string },
): Promise<number> {
  const { rowCount: added } = await transaction.query(
    `INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, switch_id)
     SELECT workspace_id, conversation_id, $1, $2, $3 FROM pointsman.conversation_pins
     WHERE use_case = '${everyUseCase}' AND model_id <> $2
     ON CONFLICT (workspace_id, conversation_id, use_case) DO NOTHING`,
    [target.useCase, target.modelId, target.switchId],
  )
  return added + (await movePins(transaction, target))
}

/**
 * Takes such a switch back: where it had set a pin beside one of all use cases, that one holds again; the other
 * conversations of the use case move to `modelId`. Returns how many moved.
 */
export async function returnAllConversations(
  transaction: Transaction,
  target: {
    readonly useCase: string
    readonly modelId: ModelId
    readonly switchId: string
    /** The switch that is taken back. */
    readonly reverted: string
  },
): Promise<number> {
  const { rowCount: removed } = await transaction.query(
    `DELETE FROM pointsman.conversation_pins AS pin
     WHERE use_case = $1 AND switch_id = $2 AND EXISTS (SELECT FROM pointsman.conversation_pins AS every
       WHERE every.workspace_id = pin.workspace_id AND every.conversation_id = pin.conversation_id
         AND every.use_case = '${everyUseCase}')`,
    [target.useCase, target.reverted],
  )
  return removed + (await movePins(transaction, target))
}

async function movePins(
  transaction: Transaction,
  target: { readonly useCase: string; readonly modelId: ModelId; readonly switchId: string },
): Promise<number> {
  const { rowCount } = await transaction.query(
    `UPDATE pointsman.conversation_pins
     SET model_id = $2, switch_id = $3, request_id = NULL, pinned_at = pointsman.now_ms()
     WHERE use_case = $1 AND model_id <> $2`,
    [target.useCase, target.modelId, target.switchId],
  )
  return rowCount
}
