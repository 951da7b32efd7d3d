import {
  conversationId,
  modelId,
  switchId,
  userId,
  workspaceId,
  type ConversationId,
  type ModelId,
  type PinClaim,
  type Revision,
  type UserId,
  type WorkspaceId,
} from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'

/** A conversation's or a user's target. */
export interface PinRow {
  readonly modelId: ModelId
  /** The switch that set it; null where the conversation began with this model. */
  readonly switchId: string | null
}

/** Payload of the channel `pointsman_pin`. */
export type PinNotice =
  | { readonly workspace: WorkspaceId; readonly conversationId: ConversationId }
  | { readonly workspace: WorkspaceId; readonly userId: UserId }

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
  /** Of the newest usage record that names it; null = none was taken in, or they were pruned. */
  readonly lastRequestAtMs: number | null
}

/** The pin of a conversation's every use case. */
const everyUseCase = '*'

const readPin = (row: Row | undefined): PinRow | null =>
  row === undefined
    ? null
    : { modelId: modelId(read.text(row, 'model_id')), switchId: read.textOrNull(row, 'switch_id') }

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
}

function readKnown(row: Row | undefined): KnownConversationRow | null {
  if (row === undefined) return null
  const owner = read.textOrNull(row, 'user_id')
  const model = read.textOrNull(row, 'model_id')
  return {
    userId: owner === null ? null : userId(owner),
    useCase: read.textOrNull(row, 'use_case'),
    modelId: model === null ? null : modelId(model),
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
    `(SELECT 'conversation' AS of, model_id, switch_id, NULL AS user_id, NULL AS use_case
      FROM pointsman.conversation_pins
      WHERE workspace_id = $1 AND conversation_id = $2 AND use_case IN ($4, '${everyUseCase}')
      ORDER BY use_case = '${everyUseCase}' LIMIT 1)
     UNION ALL
     SELECT 'user', model_id, switch_id, NULL, NULL FROM pointsman.user_pins
     WHERE workspace_id = $1 AND user_id = $3
     UNION ALL
     SELECT 'known', (SELECT model_id FROM pointsman.conversation_pins AS pin
       WHERE pin.workspace_id = $1 AND pin.conversation_id = $2
         AND pin.use_case IN (conversation.use_case, '${everyUseCase}')
       ORDER BY pin.use_case = '${everyUseCase}' LIMIT 1), NULL, user_id, use_case
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

/** More are told as "any": to know them all would take longer than to ask for each when it is needed. */
const maxMovedTold = 1_000

/** Whose pins the switches of the revisions after `after` and up to `until` moved; null = any may have moved. */
export async function pinsMovedBetween(
  database: Queryable,
  after: Revision,
  until: Revision,
): Promise<readonly PinNotice[] | null> {
  if (after.epoch !== until.epoch) return null
  const { rows } = await database.query(
    `SELECT workspace_id, conversation_id, CASE scope_kind WHEN 'user' THEN user_id END AS user_id
     FROM pointsman.switches
     WHERE revision_number > $1 AND revision_number <= $2
       AND (scope_kind IN ('conversation', 'user') OR evidence ->> 'applyTo' = 'all')
       -- A first message's own switch came with its claim: nobody remembers another pin.
       AND NOT (actor_kind = 'rule' AND scope_kind = 'conversation')
     LIMIT ${maxMovedTold + 1}`,
    [after.number, until.number],
  )
  const moved = rows.map(readMoved).filter((notice) => notice !== null)
  return moved.length < rows.length || moved.length > maxMovedTold ? null : moved
}

function readMoved(row: Row): PinNotice | null {
  const workspace = read.textOrNull(row, 'workspace_id')
  const conversation = read.textOrNull(row, 'conversation_id')
  const user = read.textOrNull(row, 'user_id')
  if (workspace === null) return null
  if (conversation !== null) {
    return { workspace: workspaceId(workspace), conversationId: conversationId(conversation) }
  }
  return user === null ? null : { workspace: workspaceId(workspace), userId: userId(user) }
}

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

/**
 * `useCase` null = all its use cases: whatever pins the conversation had are gone, those it began with too. Makes the
 * conversation where it is new.
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
  },
): Promise<void> {
  const { workspace, id, useCase } = target
  await transaction.query(
    `INSERT INTO pointsman.conversations (workspace_id, id, user_id, use_case) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, id) DO UPDATE
     SET user_id = coalesce(conversations.user_id, excluded.user_id),
         use_case = coalesce(excluded.use_case, conversations.use_case), updated_at = pointsman.now_ms()`,
    [workspace, id, target.userId, useCase],
  )
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

const selectConversations = `
  SELECT conversation.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object('useCase', pin.use_case, 'modelId', pin.model_id, 'switchId', pin.switch_id)
                     ORDER BY pin.use_case)
    FROM pointsman.conversation_pins AS pin
    WHERE pin.workspace_id = conversation.workspace_id AND pin.conversation_id = conversation.id), '[]') AS pins, (
    SELECT max(record.received_at) FROM pointsman.usage_records AS record
    WHERE record.conversation_id = conversation.id AND record.workspace_id = conversation.workspace_id
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
