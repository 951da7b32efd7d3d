import {
  modelId,
  userId,
  type ConversationId,
  type ModelId,
  type UserId,
  type WorkspaceId,
} from '@pointsman/contract'
import type { Queryable, Row } from '../database.ts'
import * as read from '../row-values.ts'
import { everyUseCase, readPin, type PinRow } from './pin-row.ts'

export interface FoundPins {
  readonly conversation: PinRow | null
  readonly user: PinRow | null
  /** Null = the conversation is new. */
  readonly known: KnownConversationRow | null
}

/** A conversation apart from its pin for the use case that is asked for. */
export interface KnownConversationRow {
  readonly userId: UserId | null
  readonly useCase: string | null
  /** Its model in that use case. */
  readonly modelId: ModelId | null
  readonly updatedAtMs: number
}

function readKnown(row: Row | undefined): KnownConversationRow | null {
  if (row === undefined) return null
  const owner = read.textOrNull(row, 'user_id')
  const model = read.textOrNull(row, 'model_id')
  return {
    userId: owner === null ? null : userId(owner),
    useCase: read.textOrNull(row, 'use_case'),
    modelId: model === null ? null : modelId(model),
    updatedAtMs: read.instant(row, 'updated_at'),
  }
}

/** One statement, because a request waits for it. A pin of the use case itself goes before one of all use cases. */
export async function findPins(
  database: Queryable,
  question: {
    readonly workspace: WorkspaceId
    readonly conversationId: ConversationId | null
    readonly userId: UserId | null
    readonly useCase: string | null
  },
): Promise<FoundPins> {
  const { rows } = await database.query(
    `(SELECT 'conversation' AS of, model_id, switch_id, NULL AS user_id, NULL AS use_case,
        NULL::timestamptz AS updated_at
      FROM pointsman.conversation_pins
      WHERE workspace_id = $1 AND conversation_id = $2 AND use_case IN ($4, '${everyUseCase}')
      ORDER BY use_case = '${everyUseCase}' LIMIT 1)
     UNION ALL
     SELECT 'user', model_id, switch_id, NULL, NULL, NULL FROM pointsman.user_pins
     WHERE workspace_id = $1 AND user_id = $3
     UNION ALL
     SELECT 'known', (SELECT model_id FROM pointsman.conversation_pins AS pin
       WHERE pin.workspace_id = $1 AND pin.conversation_id = $2
         AND pin.use_case IN (conversation.use_case, '${everyUseCase}')
       ORDER BY pin.use_case = '${everyUseCase}' LIMIT 1), NULL, user_id, use_case, updated_at
     FROM pointsman.conversations AS conversation WHERE workspace_id = $1 AND id = $2`,
    [question.workspace, question.conversationId, question.userId, question.useCase],
  )
  const rowOf = (kind: string): Row | undefined => rows.find((row) => row['of'] === kind)
  return {
    conversation: readPin(rowOf('conversation')),
    user: readPin(rowOf('user')),
    known: readKnown(rowOf('known')),
  }
}

/** Users with a target of their own, among these. */
export async function usersWithTarget(
  database: Queryable,
  workspace: WorkspaceId,
  users: readonly UserId[],
): Promise<ReadonlyMap<string, PinRow>> {
  const { rows } = await database.query(
    `SELECT user_id, model_id, switch_id FROM pointsman.user_pins
     WHERE workspace_id = $1 AND user_id = ANY ($2::text[])`,
    [workspace, users],
  )
  return new Map(
    rows.flatMap((row) => {
      const pin = readPin(row)
      return pin === null ? [] : [[read.text(row, 'user_id'), pin] as const]
    }),
  )
}
