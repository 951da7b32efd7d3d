import {
  nextSwitchState,
  switchId,
  type Actor,
  type ModelId,
  type SwitchAction,
  type SwitchApproval,
  type SwitchEvent,
  type SwitchId,
  type SwitchRecord,
  type SwitchScope,
  type SwitchState,
  type SwitchType,
  type UserId,
  userId,
} from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'

/** What is to be recorded. Id, time, revision, sequence and hashes are the registry's. */
export interface SwitchDraft {
  readonly actor: Actor
  readonly action: SwitchAction
  readonly type: SwitchType
  readonly scope: SwitchScope
  readonly from: ModelId | null
  readonly to: ModelId | null
  /** Null: the catalogue's name. */
  readonly fromName: string | null
  readonly toName: string | null
  readonly reason: string | null
  readonly evidence?: { readonly [name: string]: unknown }
  readonly approval?: SwitchApproval | null
  readonly reverts?: SwitchId | null
  readonly notificationTitle?: string | null
  readonly notificationMessage?: string | null
  readonly costImpactUsd?: number | null
}

/** A record before its commit: place and hashes come with the commit (`findSwitch` reads them afterwards). */
export type RecordedSwitch = Omit<SwitchRecord, 'sequence' | 'hash' | 'previousHash'>

/** A record with the facts that stand outside the chain. */
export interface SwitchRow {
  readonly record: SwitchRecord
  readonly state: SwitchState
  readonly notificationShown: boolean
}

async function record(transaction: Transaction, draft: object): Promise<RecordedSwitch> {
  const { rows } = await transaction.query(
    `SELECT ${recordColumns} FROM pointsman.record_switch($1::jsonb) AS switch`,
    [read.storableJson(draft)],
  )
  return readRecorded(rows[0] ?? {})
}

/** The text of the chain, and what it has only seals of: names of people, free text. */
const recordColumns = `switch.canonical_text, switch.user_id, switch.actor_id, switch.approval,
    switch.reason, switch.notification_message`

/** The canonical text is the record itself, the seals in it aside: it is what the chain vouches for. */
function readRecorded(row: Row): RecordedSwitch {
  const said = JSON.parse(read.text(row, 'canonical_text')) as RecordedSwitch
  const owner = read.textOrNull(row, 'user_id')
  return {
    ...said,
    actor: { ...said.actor, id: read.text(row, 'actor_id') },
    scope: unsealed(said.scope, owner === null ? null : userId(owner)),
    reason: read.textOrNull(row, 'reason'),
    approval: row['approval'] === null ? null : read.json<SwitchApproval>(row, 'approval'),
    notificationMessage: read.textOrNull(row, 'notification_message'),
  }
}

function unsealed(scope: SwitchScope, owner: UserId | null): SwitchScope {
  if (scope.kind === 'conversation') return { ...scope, userId: owner }
  return scope.kind === 'user' && owner !== null ? { ...scope, id: owner } : scope
}

/**
 * Appends to the log in this transaction, under its revision. The scope's earlier switch becomes `superseded`, the one
 * that `reverts` names `reverted`.
 */
export function recordSwitch(transaction: Transaction, draft: SwitchDraft): Promise<RecordedSwitch> {
  return record(transaction, draft)
}

/** A refused attempt: recorded, changes nothing, has no revision. Use a transaction of its own (purpose `plain`). */
export function recordRefusedSwitch(
  transaction: Transaction,
  draft: SwitchDraft,
  refusal: { readonly code: string; readonly message: string },
): Promise<RecordedSwitch> {
  return record(transaction, { ...draft, refusal })
}

const selectSwitches = `
  SELECT ${recordColumns}, chain.sequence, chain.hash, chain.previous_hash, state.state,
    notice.switch_id IS NOT NULL AS notification_shown
  FROM pointsman.switches AS switch
  JOIN pointsman.switch_chain AS chain ON chain.switch_id = switch.id
  JOIN pointsman.switch_states AS state ON state.switch_id = switch.id
  LEFT JOIN pointsman.switch_notices AS notice ON notice.switch_id = switch.id`

const readSwitch = (row: Row): SwitchRow => ({
  record: {
    ...readRecorded(row),
    sequence: read.number(row, 'sequence'),
    hash: read.text(row, 'hash'),
    previousHash: read.text(row, 'previous_hash'),
  },
  state: read.word(row, 'state'),
  notificationShown: read.boolean(row, 'notification_shown'),
})

const first = (rows: readonly Row[]): SwitchRow | null => (rows[0] === undefined ? null : readSwitch(rows[0]))

interface Condition {
  readonly text: string
  readonly values: readonly string[]
}

/** A conversation, whichever use case of it. */
const conversationCondition = (
  scope: Extract<SwitchScope, { readonly kind: 'conversation' }>,
  from: number,
): Condition => ({
  text: `switch.scope_kind = 'conversation' AND switch.workspace_id = $${from} AND switch.conversation_id = $${from + 1}`,
  values: [scope.workspace, scope.id],
})

/** Exactly this scope, with its parameters from `$from` on. Every column by `=`: the log's indexes serve nothing else. */
function scopeCondition(scope: SwitchScope, from: number): Condition {
  const kind = `switch.scope_kind = '${scope.kind}'`
  switch (scope.kind) {
    case 'global':
      return { text: kind, values: [] }
    case 'user':
      return {
        text: `${kind} AND switch.workspace_id = $${from} AND switch.user_id = $${from + 1}`,
        values: [scope.workspace, scope.id],
      }
    case 'conversation': {
      const { text, values } = conversationCondition(scope, from)
      return scope.useCase === null
        ? { text: `${text} AND switch.use_case IS NULL`, values }
        : { text: `${text} AND switch.use_case = $${from + 2}`, values: [...values, scope.useCase] }
    }
    default:
      return { text: `${kind} AND switch.scope_name = $${from}`, values: [scope.name] }
  }
}

export interface SwitchFilter {
  readonly limit: number
  readonly cursor: string | null
  readonly scope?: SwitchScope
  readonly userId?: string
  readonly conversationId?: string
  /** Switched from it or to it. */
  readonly modelId?: string
  /** Refused attempts too; default false. */
  readonly includeRefused?: boolean
  /** Recorded from this instant on, and before that one. */
  readonly fromMs?: number
  readonly toMs?: number
}

/** Newest first. */
export async function listSwitches(database: Queryable, filter: SwitchFilter): Promise<Page<SwitchRow>> {
  const before = filter.cursor === null ? null : readCursor(filter.cursor, ['number'])[0]
  const scope = filter.scope === undefined ? null : scopeCondition(filter.scope, 9)
  // lint-allow sql-text -- texts of `scopeCondition`, whose kinds of scopes are a closed list; values go beside it
  const { rows } = await database.query(
    `${selectSwitches}
     WHERE ($1::bigint IS NULL OR chain.sequence < $1)
       AND ($2::boolean OR switch.refusal_code IS NULL)
       AND ($3::text IS NULL OR switch.user_id = $3)
       AND ($4::text IS NULL OR switch.conversation_id = $4)
       AND ($5::text IS NULL OR $5 IN (switch.new_model_id, switch.previous_model_id))
       AND ($7::timestamptz IS NULL OR switch.recorded_at >= $7)
       AND ($8::timestamptz IS NULL OR switch.recorded_at < $8)
       ${scope === null ? '' : `AND ${scope.text}`}
     ORDER BY chain.sequence DESC LIMIT $6`,
    [
      before,
      filter.includeRefused ?? false,
      filter.userId ?? null,
      filter.conversationId ?? null,
      filter.modelId ?? null,
      filter.limit + 1,
      filter.fromMs === undefined ? null : new Date(filter.fromMs),
      filter.toMs === undefined ? null : new Date(filter.toMs),
      ...(scope?.values ?? []),
    ],
  )
  return pageOf(rows, filter.limit, readSwitch, (row) => writeCursor(row.record.sequence))
}

/** Those that follow in the chain, oldest first; refused attempts too. */
export async function switchesAfter(
  database: Queryable,
  sequence: number,
  limit: number,
): Promise<readonly SwitchRow[]> {
  const { rows } = await database.query(
    `${selectSwitches} WHERE chain.sequence > $1 ORDER BY chain.sequence LIMIT $2`,
    [sequence, limit],
  )
  return rows.map(readSwitch)
}

export interface NoticeFilter {
  /** Only those that name it. */
  readonly userId?: string
  readonly conversationId?: string
  readonly workspace: string
}

/**
 * A conversation that SQL begins with a model: nobody's answers change. One that is there already may get its first model
 * by an UPDATE, whose record is the same; no INSERT takes a second from its row to its record.
 */
const isBeginning = `switch.previous_model_id IS NULL AND switch.evidence ->> 'door' IS NOT DISTINCT FROM 'sql'
  AND EXISTS (SELECT FROM pointsman.conversations AS conversation
    WHERE conversation.workspace_id = switch.workspace_id AND conversation.id = switch.conversation_id
      AND conversation.created_at > switch.recorded_at - interval '1 second')`

/** A switch that people are told of: it moved something, and its revision was published. */
const isTold = `switch.new_model_id IS NOT NULL AND switch.refusal_code IS NULL
  AND switch.evidence ->> 'episode' IS NULL AND NOT (${isBeginning})
  AND EXISTS (SELECT FROM pointsman.revisions AS revision
    WHERE revision.number = switch.revision_number AND revision.state = 'published')`

/** Switches that people are told of, newest first. */
export async function listNotices(
  database: Queryable,
  filter: NoticeFilter & { readonly limit: number; readonly cursor: string | null },
): Promise<Page<SwitchRow>> {
  const before = filter.cursor === null ? null : readCursor(filter.cursor, ['number'])[0]
  const { rows } = await database.query(
    `${selectSwitches}
     WHERE ${isTold} AND ($1::bigint IS NULL OR chain.sequence < $1)
       AND ($2::text IS NULL OR switch.user_id = $2) AND ($3::text IS NULL OR switch.conversation_id = $3)
       AND (switch.workspace_id IS NULL OR switch.workspace_id = $4)
     ORDER BY chain.sequence DESC LIMIT $5`,
    [before, filter.userId ?? null, filter.conversationId ?? null, filter.workspace, filter.limit + 1],
  )
  return pageOf(rows, filter.limit, readSwitch, (row) => writeCursor(row.record.sequence))
}

/** The last place in the chain up to which no switch waits for its revision: of what is not told up to there, nothing ever will be. */
export async function settledPlace(database: Queryable): Promise<number> {
  const { rows } = await database.query(
    `SELECT coalesce(
       (SELECT min(chain.sequence) - 1 FROM pointsman.revisions AS revision
        JOIN pointsman.switches AS switch ON switch.revision_number = revision.number
        JOIN pointsman.switch_chain AS chain ON chain.switch_id = switch.id
        WHERE revision.state = 'recorded'),
       (SELECT max(sequence) FROM pointsman.switch_chain), 0) AS sequence`,
  )
  return rows[0] === undefined ? 0 : read.number(rows[0], 'sequence')
}

/** Those that follow in the chain up to a settled place, oldest first. */
export async function noticesBetween(
  database: Queryable,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<readonly SwitchRow[]> {
  const { rows } = await database.query(
    `${selectSwitches} WHERE ${isTold} AND chain.sequence > $1 AND chain.sequence <= $2
     ORDER BY chain.sequence LIMIT $3`,
    [after, upTo, limit],
  )
  return rows.map(readSwitch)
}

export async function findSwitch(database: Queryable, id: SwitchId): Promise<SwitchRow | null> {
  return first((await database.query(`${selectSwitches} WHERE switch.id = $1`, [id])).rows)
}

/**
 * The newest one of exactly this scope, or of the conversation whichever use case it was of, that changed something; a
 * fallback that the data plane took by itself did not.
 */
export async function latestSwitchOf(database: Queryable, scope: SwitchScope): Promise<SwitchRow | null> {
  const condition = scope.kind === 'conversation' ? conversationCondition(scope, 1) : scopeCondition(scope, 1)
  // lint-allow sql-text -- texts of `scopeCondition`, whose kinds of scopes are a closed list; values go beside it
  const { rows } = await database.query(
    `${selectSwitches}
     WHERE switch.refusal_code IS NULL AND switch.evidence ->> 'episode' IS NULL AND ${condition.text}
     ORDER BY chain.sequence DESC LIMIT 1`,
    condition.values,
  )
  return first(rows)
}

/** True when it was not marked before. */
export async function markNotificationShown(database: Queryable, id: SwitchId): Promise<boolean> {
  const { rowCount } = await database.query(
    `INSERT INTO pointsman.switch_notices (switch_id, shown_at)
     SELECT id, pointsman.now_ms() FROM pointsman.switches WHERE id = $1
     ON CONFLICT (switch_id) DO NOTHING`,
    [id],
  )
  return rowCount > 0
}

/** Applies an event by the contract's transition table; null where the event is not possible there (nothing changes). */
export async function applySwitchEvent(
  transaction: Transaction,
  id: SwitchId,
  event: SwitchEvent,
): Promise<SwitchState | null> {
  const { rows } = await transaction.query(
    'SELECT state FROM pointsman.switch_states WHERE switch_id = $1 FOR UPDATE',
    [id],
  )
  const next = rows[0] === undefined ? null : nextSwitchState(read.word(rows[0], 'state'), event)
  if (next === null) return null
  await transaction.query(
    'UPDATE pointsman.switch_states SET state = $2, changed_at = pointsman.now_ms() WHERE switch_id = $1',
    [id, next],
  )
  return next
}

/** Every published switch up to this revision becomes `active`. Returns the ids. */
export async function activateSwitches(
  transaction: Transaction,
  upToRevision: number,
): Promise<readonly SwitchId[]> {
  const { rows } = await transaction.query(
    `UPDATE pointsman.switch_states AS state SET state = 'active', changed_at = pointsman.now_ms()
     FROM pointsman.switches AS switch
     WHERE switch.id = state.switch_id AND state.state = 'published' AND switch.revision_number <= $1
     RETURNING switch.id`,
    [upToRevision],
  )
  return rows.map((row) => switchId(read.text(row, 'id')))
}

/** By id; unknown ids are absent. */
export async function switchStates(
  database: Queryable,
  ids: readonly SwitchId[],
): Promise<ReadonlyMap<string, SwitchState>> {
  const { rows } = await database.query(
    'SELECT switch_id, state FROM pointsman.switch_states WHERE switch_id = ANY ($1::text[])',
    [ids],
  )
  return new Map(rows.map((row) => [read.text(row, 'switch_id'), read.word<SwitchState>(row, 'state')]))
}
