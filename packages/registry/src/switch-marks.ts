import type { SwitchType } from '@pointsman/contract'
import type { Queryable } from './database.ts'
import * as read from './row-values.ts'

/** Switches that stand on one place of a time axis: the newest of them, and how many there are. */
export interface SwitchMark {
  readonly id: string
  readonly recordedAtMs: number
  /** `manual` where any of them is. */
  readonly type: SwitchType
  readonly scopeKind: 'conversation' | 'user' | 'agent' | 'use-case' | 'global'
  /** Of the agent or use case, else the id of the conversation or user; null = the default. */
  readonly scopeName: string | null
  readonly from: string | null
  readonly to: string | null
  readonly count: number
}

/** More cannot be told apart on an axis: each moment that had a switch has a mark, however many there were. */
export const markPlaces = 240

/** Rising in time. Of a workspace's own conversations and users, and of what all share; without refused ones. */
export async function switchMarks(
  database: Queryable,
  { fromMs, toMs, workspace }: { readonly fromMs: number; readonly toMs: number; readonly workspace: string },
): Promise<readonly SwitchMark[]> {
  const { rows } = await database.query(
    `SELECT DISTINCT ON (place) id, recorded_at, scope_kind,
       coalesce(scope_name, conversation_id, user_id) AS scope_name, previous_model_name, new_model_name,
       CASE WHEN bool_or(switch_type = 'manual') OVER whole THEN 'manual' ELSE 'auto' END AS type, count(*) OVER whole AS count
     FROM (
       SELECT *, floor(extract(epoch FROM recorded_at - $1::timestamptz) * 1000 * $4 / $5::double precision) AS place
       FROM pointsman.switches
       WHERE recorded_at >= $1::timestamptz AND recorded_at < $2::timestamptz AND refusal_code IS NULL
         AND (workspace_id IS NULL OR workspace_id = $3)) AS placed
     WINDOW whole AS (PARTITION BY place)
     ORDER BY place, recorded_at DESC, id`,
    [new Date(fromMs), new Date(toMs), workspace, markPlaces, toMs - fromMs],
  )
  return rows.map((row) => ({
    id: read.text(row, 'id'),
    recordedAtMs: read.instant(row, 'recorded_at'),
    type: read.word(row, 'type'),
    scopeKind: read.word(row, 'scope_kind'),
    scopeName: read.textOrNull(row, 'scope_name'),
    from: read.textOrNull(row, 'previous_model_name'),
    to: read.textOrNull(row, 'new_model_name'),
    count: read.number(row, 'count'),
  }))
}
