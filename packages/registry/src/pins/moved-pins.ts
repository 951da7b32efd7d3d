import {
  conversationId,
  userId,
  workspaceId,
  type ConversationId,
  type Revision,
  type UserId,
  type WorkspaceId,
} from '@pointsman/contract'
import type { Queryable, Row } from '../database.ts'
import * as read from '../row-values.ts'

/** Payload of the channel `pointsman_pin`. */
export type PinNotice =
  | { readonly workspace: WorkspaceId; readonly conversationId: ConversationId }
  | { readonly workspace: WorkspaceId; readonly userId: UserId }

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

/** Of the newest switch that set a pin that the conversation has, its own or one of its route; 0 = none did. */
export async function revisionOfPins(
  database: Queryable,
  { workspace, id }: { readonly workspace: WorkspaceId; readonly id: ConversationId },
): Promise<number> {
  const { rows } = await database.query(
    `SELECT coalesce(max(switch.revision_number), 0) AS number
     FROM pointsman.conversation_pins AS pin JOIN pointsman.switches AS switch ON switch.id = pin.switch_id
     WHERE pin.workspace_id = $1 AND pin.conversation_id = $2`,
    [workspace, id],
  )
  const [row = {}] = rows
  return read.number(row, 'number')
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
