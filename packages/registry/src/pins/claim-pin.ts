import type { PinClaim } from '@pointsman/contract'
import type { Queryable } from '../database.ts'
import { findPins } from './find-pins.ts'
import { everyUseCase, type PinRow } from './pin-row.ts'

const switchOfClaim = ({ autoSwitch }: PinClaim): string | null =>
  autoSwitch === undefined || autoSwitch.proposed ? null : autoSwitch.id

/** `not-own`: the conversation is not the signed-in user's, and nothing of it was touched. */
export type ClaimedPinRow = PinRow | 'not-own'

/**
 * The model that a conversation begins with: the first committed claim wins, and is returned. Whose the conversation is
 * is compared here, in the statement that locks its row: a request knows it only as of an earlier look, or not at all.
 */
export async function claimPin(database: Queryable, claim: PinClaim): Promise<ClaimedPinRow> {
  const { workspace, conversationId: id, userId: owner, useCase } = claim
  const { rows } = await database.query(
    `WITH conversation AS (
       INSERT INTO pointsman.conversations (workspace_id, id, user_id, use_case) VALUES ($1, $2, $3, $4)
       ON CONFLICT (workspace_id, id) DO UPDATE
       SET user_id = coalesce(conversations.user_id, excluded.user_id), use_case = excluded.use_case,
           updated_at = pointsman.now_ms()
       WHERE NOT $8::boolean OR conversations.user_id = excluded.user_id
       RETURNING id
     ), pin AS (
       INSERT INTO pointsman.conversation_pins
         (workspace_id, conversation_id, use_case, model_id, request_id, switch_id)
       SELECT $1, conversation.id, $4, $5, $6, $7 FROM conversation
       WHERE NOT EXISTS (SELECT FROM pointsman.conversation_pins
         WHERE workspace_id = $1 AND conversation_id = $2 AND use_case = '${everyUseCase}')
       ON CONFLICT (workspace_id, conversation_id, use_case) DO NOTHING
       RETURNING conversation_id, model_id, switch_id
     )
     SELECT pin.* FROM conversation LEFT JOIN pin ON pin.conversation_id = conversation.id`,
    [
      workspace,
      id,
      owner,
      useCase,
      claim.modelId,
      claim.requestId,
      switchOfClaim(claim),
      claim.ownOnly ?? false,
    ],
  )
  const [row] = rows
  if (row === undefined) return 'not-own'
  if (row['model_id'] !== null) return { modelId: claim.modelId, switchId: switchOfClaim(claim) }
  // In a statement of its own: the winner may have been committed after ours began.
  const present = await findPins(database, { workspace, conversationId: id, userId: null, useCase })
  return present.conversation ?? { modelId: claim.modelId, switchId: null }
}
