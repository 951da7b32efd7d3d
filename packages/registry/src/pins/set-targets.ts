import type { ConversationId, ModelId, UserId, WorkspaceId } from '@pointsman/contract'
import type { Transaction } from '../database.ts'
import { everyUseCase } from './pin-row.ts'

/**
 * `useCase` null = all its use cases: whatever pins the conversation had are gone, those it began with too. Makes the
 * conversation where it is new. False: it is not the user's, and nothing of it was touched. That is compared where its
 * row is locked: somebody's first message may have come since it was looked at.
 */
export async function setConversationTarget(
  transaction: Transaction,
  target: {
    readonly workspace: WorkspaceId
    readonly id: ConversationId
    readonly userId: UserId | null
    readonly useCase: string | null
    readonly modelId: ModelId
    readonly switchId: string
    /** It must be `userId`'s. */
    readonly ownOnly: boolean
  },
): Promise<boolean> {
  const { workspace, id, useCase } = target
  const { rowCount } = await transaction.query(
    `INSERT INTO pointsman.conversations (workspace_id, id, user_id, use_case) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, id) DO UPDATE
     SET user_id = coalesce(conversations.user_id, excluded.user_id),
         use_case = coalesce(excluded.use_case, conversations.use_case), updated_at = pointsman.now_ms()
     WHERE NOT $5::boolean OR conversations.user_id = excluded.user_id`,
    [workspace, id, target.userId, useCase, target.ownOnly],
  )
  if (rowCount === 0) return false
  if (useCase === null) {
    await transaction.query(
      `DELETE FROM pointsman.conversation_pins
       WHERE workspace_id = $1 AND conversation_id = $2 AND use_case <> '${everyUseCase}'`,
      [workspace, id],
    )
  }
  await transaction.query(
    `INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, switch_id)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (workspace_id, conversation_id, use_case) DO UPDATE
     SET model_id = excluded.model_id, switch_id = excluded.switch_id, request_id = NULL, pinned_at = excluded.pinned_at`,
    [workspace, id, useCase ?? everyUseCase, target.modelId, target.switchId],
  )
  return true
}

/** Beside its pin of all use cases, or without one. */
export async function setNarrowerPins(
  transaction: Transaction,
  target: {
    readonly workspace: WorkspaceId
    readonly id: ConversationId
    readonly pins: readonly { readonly useCase: string; readonly modelId: ModelId }[]
    readonly switchId: string
  },
): Promise<void> {
  const { workspace, id, pins, switchId } = target
  if (pins.length === 0) return
  await transaction.query(
    `INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, switch_id)
     SELECT conversation.workspace_id, conversation.id, pin.use_case, pin.model_id, $5
     FROM pointsman.conversations AS conversation, unnest($3::text[], $4::text[]) AS pin (use_case, model_id)
     WHERE conversation.workspace_id = $1 AND conversation.id = $2
     ON CONFLICT (workspace_id, conversation_id, use_case) DO UPDATE
     SET model_id = excluded.model_id, switch_id = excluded.switch_id, request_id = NULL, pinned_at = excluded.pinned_at`,
    [workspace, id, pins.map(({ useCase }) => useCase), pins.map(({ modelId }) => modelId), switchId],
  )
}

export async function setUserTarget(
  transaction: Transaction,
  target: {
    readonly workspace: WorkspaceId
    readonly id: UserId
    readonly modelId: ModelId
    readonly switchId: string
  },
): Promise<void> {
  await transaction.query(
    `INSERT INTO pointsman.user_pins (workspace_id, user_id, model_id, switch_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, user_id) DO UPDATE
     SET model_id = excluded.model_id, switch_id = excluded.switch_id, pinned_at = excluded.pinned_at`,
    [target.workspace, target.id, target.modelId, target.switchId],
  )
}

/** `useCase` null = all pins of the conversation. False where there was none. */
export async function clearConversationTarget(
  transaction: Transaction,
  target: { readonly workspace: WorkspaceId; readonly id: ConversationId; readonly useCase: string | null },
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `DELETE FROM pointsman.conversation_pins
     WHERE workspace_id = $1 AND conversation_id = $2 AND ($3::text IS NULL OR use_case = $3)`,
    [target.workspace, target.id, target.useCase],
  )
  return rowCount > 0
}

export async function clearUserTarget(
  transaction: Transaction,
  target: { readonly workspace: WorkspaceId; readonly id: UserId },
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    'DELETE FROM pointsman.user_pins WHERE workspace_id = $1 AND user_id = $2',
    [target.workspace, target.id],
  )
  return rowCount > 0
}
