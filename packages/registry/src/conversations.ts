import {
  conversationId,
  modelId,
  switchId,
  userId,
  workspaceId,
  type ConversationId,
  type UserId,
  type WorkspaceId,
} from '@pointsman/contract'
import type { Queryable, Row } from './database.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import type { PinRow } from './pins/pin-row.ts'
import * as read from './row-values.ts'

export interface ConversationPin extends PinRow {
  /** `*` holds for all use cases that have no pin of their own. */
  readonly useCase: string
}

export interface ConversationRow {
  readonly workspace: WorkspaceId
  readonly id: ConversationId
  readonly userId: UserId | null
  /** The use case of its latest message or edit. */
  readonly useCase: string | null
  readonly pins: readonly ConversationPin[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** Of the newest usage record that names it, now at the latest: clocks of data planes may be ahead. Null = none was taken in, or they were pruned. */
  readonly lastRequestAtMs: number | null
}

const selectConversations = `
  SELECT conversation.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object('useCase', pin.use_case, 'modelId', pin.model_id, 'switchId', pin.switch_id)
                     ORDER BY pin.use_case)
    FROM pointsman.conversation_pins AS pin
    WHERE pin.workspace_id = conversation.workspace_id AND pin.conversation_id = conversation.id), '[]') AS pins, (
    SELECT least(record.received_at, pointsman.now_ms()) FROM pointsman.usage_records AS record
    WHERE record.conversation_id = conversation.id AND record.workspace_id = conversation.workspace_id
    ORDER BY record.received_at DESC LIMIT 1
  ) AS last_request_at
  FROM pointsman.conversations AS conversation`

interface StoredPin {
  readonly useCase: string
  readonly modelId: string
  readonly switchId: string | null
}

function readConversation(row: Row): ConversationRow {
  const owner = read.textOrNull(row, 'user_id')
  return {
    workspace: workspaceId(read.text(row, 'workspace_id')),
    id: conversationId(read.text(row, 'id')),
    userId: owner === null ? null : userId(owner),
    useCase: read.textOrNull(row, 'use_case'),
    pins: read.json<readonly StoredPin[]>(row, 'pins').map((pin) => ({
      useCase: pin.useCase,
      modelId: modelId(pin.modelId),
      switchId: pin.switchId === null ? null : switchId(pin.switchId),
    })),
    createdAtMs: read.instant(row, 'created_at'),
    updatedAtMs: read.instant(row, 'updated_at'),
    lastRequestAtMs: read.instantOrNull(row, 'last_request_at'),
  }
}

export async function findConversation(
  database: Queryable,
  workspace: WorkspaceId,
  id: ConversationId,
): Promise<ConversationRow | null> {
  const { rows } = await database.query(
    `${selectConversations} WHERE conversation.workspace_id = $1 AND conversation.id = $2`,
    [workspace, id],
  )
  return rows[0] === undefined ? null : readConversation(rows[0])
}

/** By id, in any order; unknown ones are absent. */
export async function findConversations(
  database: Queryable,
  workspace: WorkspaceId,
  ids: readonly ConversationId[],
): Promise<readonly ConversationRow[]> {
  if (ids.length === 0) return []
  const { rows } = await database.query(
    `${selectConversations} WHERE conversation.workspace_id = $1 AND conversation.id = ANY ($2::text[])`,
    [workspace, ids],
  )
  return rows.map(readConversation)
}

/** By user, the use cases of the conversations that they own; null = of one that has none yet. */
export async function useCasesOfUsers(
  database: Queryable,
  workspace: WorkspaceId,
  users: readonly UserId[],
): Promise<ReadonlyMap<string, ReadonlySet<string | null>>> {
  const { rows } = await database.query(
    `SELECT DISTINCT user_id, use_case FROM pointsman.conversations
     WHERE workspace_id = $1 AND user_id = ANY ($2::text[])`,
    [workspace, users],
  )
  const byUser = Map.groupBy(rows, (row) => read.text(row, 'user_id'))
  return new Map(
    [...byUser].map(([user, cases]) => [user, new Set(cases.map((row) => read.textOrNull(row, 'use_case')))]),
  )
}

/** Last changed first. */
export async function listConversations(
  database: Queryable,
  filter: {
    readonly workspace: WorkspaceId
    readonly userId?: UserId
    readonly limit: number
    readonly cursor: string | null
  },
): Promise<Page<ConversationRow>> {
  const [beforeMs, beforeId] =
    filter.cursor === null ? [null, null] : readCursor(filter.cursor, ['number', 'string'])
  const { rows } = await database.query(
    `${selectConversations}
     WHERE conversation.workspace_id = $1 AND ($2::text IS NULL OR conversation.user_id = $2)
       AND ($3::timestamptz IS NULL OR conversation.updated_at < $3
         OR (conversation.updated_at = $3 AND conversation.id > $4))
     ORDER BY conversation.updated_at DESC, conversation.id LIMIT $5`,
    [
      filter.workspace,
      filter.userId ?? null,
      beforeMs === null ? null : new Date(beforeMs),
      beforeId,
      filter.limit + 1,
    ],
  )
  return pageOf(rows, filter.limit, readConversation, ({ updatedAtMs, id }) => writeCursor(updatedAtMs, id))
}
