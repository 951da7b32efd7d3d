import { modelId, type PinClaim } from '@pointsman/contract'
import type { Queryable } from '../database.ts'
import * as read from '../row-values.ts'
import type { PinRow } from './pin-row.ts'

const switchOfClaim = ({ autoSwitch }: PinClaim): string | null =>
  autoSwitch === undefined || autoSwitch.proposed ? null : autoSwitch.id

/** `not-own`: the conversation is not the signed-in user's, and nothing of it was touched. */
export type ClaimedPinRow = PinRow | 'not-own'

/**
 * The model that a conversation begins with: the first committed claim wins, and is returned. Whose the conversation is
 * is compared where its row is locked: a request knows it only as of an earlier look, or not at all.
 */
export async function claimPin(database: Queryable, claim: PinClaim): Promise<ClaimedPinRow> {
  const { rows } = await database.query(
    `SELECT is_own, model_id, switch_id
     FROM pointsman.claim_pin($1, $2, $3, $4, $5, $6, $7, $8, to_timestamp($9::double precision / 1000))`,
    [
      claim.workspace,
      claim.conversationId,
      claim.userId,
      claim.useCase,
      claim.modelId,
      claim.requestId,
      switchOfClaim(claim),
      claim.ownOnly ?? false,
      claim.claimedAtMs,
    ],
  )
  const [row = {}] = rows
  if (!read.boolean(row, 'is_own')) return 'not-own'
  // Null: what was there was taken away meanwhile.
  const held = read.textOrNull(row, 'model_id')
  return {
    modelId: held === null ? claim.modelId : modelId(held),
    switchId: read.textOrNull(row, 'switch_id'),
  }
}
