import type { ModelId, WorkspaceId } from '@pointsman/contract'
import type { Transaction } from '../database.ts'
import { everyUseCase } from './pin-row.ts'

export interface MovedConversations {
  /** Routes are shared, conversations are not. */
  readonly workspace: WorkspaceId
  readonly useCase: string
  readonly modelId: ModelId
  readonly switchId: string
}

/**
 * Moves every conversation of a use case (a switch with `applyTo: "all"`): the pins of that use case, and those of all
 * use cases, which get one of this use case beside them and keep theirs for the others. Returns how many moved.
 */
export async function setTargetOfAllConversations(
  transaction: Transaction,
  target: MovedConversations,
): Promise<number> {
  const { rowCount: added } = await transaction.query(
    `INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, switch_id)
     SELECT workspace_id, conversation_id, $2, $3, $4 FROM pointsman.conversation_pins
     WHERE workspace_id = $1 AND use_case = '${everyUseCase}' AND model_id <> $3
     ON CONFLICT (workspace_id, conversation_id, use_case) DO NOTHING`,
    [target.workspace, target.useCase, target.modelId, target.switchId],
  )
  return added + (await movePins(transaction, target))
}

/**
 * Takes such a switch back: where it had set a pin beside one of all use cases, that one holds again; the other
 * conversations of the use case move to `modelId`. Returns how many moved.
 */
export async function returnAllConversations(
  transaction: Transaction,
  target: MovedConversations & {
    /** The switch that is taken back. */
    readonly reverted: string
  },
): Promise<number> {
  const { rowCount: removed } = await transaction.query(
    `DELETE FROM pointsman.conversation_pins AS pin
     WHERE workspace_id = $1 AND use_case = $2 AND switch_id = $3 AND EXISTS (SELECT FROM pointsman.conversation_pins AS every
       WHERE every.workspace_id = pin.workspace_id AND every.conversation_id = pin.conversation_id
         AND every.use_case = '${everyUseCase}')`,
    [target.workspace, target.useCase, target.reverted],
  )
  return removed + (await movePins(transaction, target))
}

async function movePins(transaction: Transaction, target: MovedConversations): Promise<number> {
  const { rowCount } = await transaction.query(
    `UPDATE pointsman.conversation_pins
     SET model_id = $3, switch_id = $4, request_id = NULL, pinned_at = pointsman.now_ms()
     WHERE workspace_id = $1 AND use_case = $2 AND model_id <> $3`,
    [target.workspace, target.useCase, target.modelId, target.switchId],
  )
  return rowCount
}
