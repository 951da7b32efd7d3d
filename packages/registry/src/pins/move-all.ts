import type { ModelId, WorkspaceId } from '@pointsman/contract'
import type { Transaction } from '../database.ts'
import { everyUseCase } from './pin-row.ts'

export interface MovedConversations {
  /** Routes are shared, conversations are not. */
  readonly workspace: WorkspaceId
  /** As pins name routes: `default`, a use case's name, an agent's key. */
  readonly routes: readonly string[]
  /** Agents of which only pins of their own move: beside each pin of all use cases one for each of a thousand would be too many. */
  readonly agents: readonly string[]
  readonly modelId: ModelId
  readonly switchId: string
}

/**
 * Moves every conversation of some routes (a switch with `applyTo: "all"`): the pins of these routes, and those of all use
 * cases, which get one of each route beside them and keep theirs for the others. Returns how many moved.
 */
export async function setTargetOfAllConversations(
  transaction: Transaction,
  target: MovedConversations,
): Promise<number> {
  const { rowCount: added } = await transaction.query(
    `INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, switch_id)
     SELECT workspace_id, conversation_id, route, $3, $4
     FROM pointsman.conversation_pins CROSS JOIN unnest($2::text[]) AS route
     WHERE workspace_id = $1 AND use_case = '${everyUseCase}' AND model_id <> $3
     ON CONFLICT (workspace_id, conversation_id, use_case) DO NOTHING`,
    [target.workspace, target.routes, target.modelId, target.switchId],
  )
  return added + (await movePins(transaction, target))
}

/**
 * Takes such a switch back: where it had set a pin beside one of all use cases, that one's model holds again; the other
 * conversations of the routes move to `modelId`. Returns how many moved.
 */
export async function returnAllConversations(
  transaction: Transaction,
  target: MovedConversations & {
    /** The switch that is taken back. */
    readonly reverted: string
  },
): Promise<number> {
  // The pin stays, as this switch's: a conversation's ETag is that of the newest switch of its pins, and would fall without it.
  const { rowCount: returned } = await transaction.query(
    `UPDATE pointsman.conversation_pins AS pin
     SET model_id = every.model_id, switch_id = $4, request_id = NULL, pinned_at = pointsman.now_ms()
     FROM pointsman.conversation_pins AS every
     WHERE pin.workspace_id = $1 AND pin.use_case = ANY ($2::text[]) AND pin.switch_id = $3
       AND every.workspace_id = pin.workspace_id AND every.conversation_id = pin.conversation_id
       AND every.use_case = '${everyUseCase}' AND every.model_id <> pin.model_id`,
    [target.workspace, target.routes, target.reverted, target.switchId],
  )
  return returned + (await movePins(transaction, target))
}

async function movePins(transaction: Transaction, target: MovedConversations): Promise<number> {
  const { rowCount } = await transaction.query(
    `UPDATE pointsman.conversation_pins
     SET model_id = $3, switch_id = $4, request_id = NULL, pinned_at = pointsman.now_ms()
     WHERE workspace_id = $1 AND use_case = ANY ($2::text[]) AND model_id <> $3 AND switch_id IS DISTINCT FROM $4`,
    [target.workspace, [...target.routes, ...target.agents], target.modelId, target.switchId],
  )
  return rowCount
}
