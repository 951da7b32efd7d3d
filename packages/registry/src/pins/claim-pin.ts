import type { PinClaim } from '@pointsman/contract'
import type { Queryable } from '../database.ts'
import { findPins } from './find-pins.ts'
import { everyUseCase, readPin, type PinRow } from './pin-row.ts'

const switchOfClaim = ({ autoSwitch }: PinClaim): string | null =>
  autoSwitch === undefined || autoSwitch.proposed ? null : autoSwitch.id

/** The model that a conversation begins with: the first committed claim wins, and is returned. */
export async function claimPin(database: Queryable, claim: PinClaim): Promise<PinRow> {
  const { workspace, conversationId: id, userId: owner, useCase } = claim
  const { rows } = await database.query(
    `WITH conversation AS (
       INSERT INTO pointsman.conversations (workspace_id, id, user_id, use_case) VALUES ($1, $2, $3, $4)
       ON CONFLICT (workspace_id, id) DO UPDATE
       SET user_id = coalesce(conversations.user_id, excluded.user_id), use_case = excluded.use_case,
           updated_at = pointsman.now_ms()
     )
     INSERT INTO pointsman.conversation_pins
       (workspace_id, conversation_id, use_case, model_id, request_id, switch_id)
     SELECT $1, $2, $4, $5, $6, $7
     WHERE NOT EXISTS (SELECT FROM pointsman.conversation_pins
       WHERE workspace_id = $1 AND conversation_id = $2 AND use_case = '${everyUseCase}')
     ON CONFLICT (workspace_id, conversation_id, use_case) DO NOTHING
     RETURNING model_id, switch_id`,
    [workspace, id, owner, useCase, claim.modelId, claim.requestId, switchOfClaim(claim)],
  )
  const won = readPin(rows[0])
  if (won !== null) return won
  // In a statement of its own: the winner may have been committed after ours began.
  const present = await findPins(database, { workspace, conversationId: id, userId: null, useCase })
  return present.conversation ?? { modelId: claim.modelId, switchId: null }
}
