import { workspaceId, type Actor, type WorkspaceId } from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'

/** How many rows of each kind no longer name the person. */
export interface ErasedCounts {
  readonly switches: number
  readonly approvals: number
  /** Records that were chained before names could be erased: they keep it. */
  readonly kept: number
  readonly conversations: number
  readonly pins: number
  readonly messages: number
  /** Kept prompts and answers that were removed; left out by erasures of before any were kept. */
  readonly captured?: number
}

/** That a person's name was erased, and what stands in its place; never the name. */
export interface Erasure {
  readonly id: string
  readonly workspace: WorkspaceId
  readonly seal: string
  readonly erasedAtMs: number
  readonly actor: Actor
  readonly counts: ErasedCounts
}

const readErasure = (row: Row): Erasure => ({
  id: read.text(row, 'id'),
  workspace: workspaceId(read.text(row, 'workspace_id')),
  seal: read.text(row, 'seal'),
  erasedAtMs: read.instant(row, 'erased_at'),
  actor: { kind: read.word(row, 'actor_kind'), id: read.text(row, 'actor_id') },
  counts: read.json<ErasedCounts>(row, 'counts'),
})

/**
 * Puts a seal in the place of a person's name in switches, conversations and usage, and forgets what could tie the two.
 * The chain of switches stays whole.
 */
export async function erasePerson(
  transaction: Transaction,
  {
    workspace,
    person,
    actor,
  }: { readonly workspace: WorkspaceId; readonly person: string; readonly actor: Actor },
): Promise<Erasure> {
  const { rows } = await transaction.query('SELECT * FROM pointsman.erase_person($1, $2, $3::jsonb)', [
    workspace,
    person,
    read.storableJson(actor),
  ])
  return readErasure(rows[0] ?? {})
}

/** Newest first. */
export async function listErasures(
  database: Queryable,
  filter: { readonly workspace: WorkspaceId; readonly limit: number; readonly cursor: string | null },
): Promise<Page<Erasure>> {
  const [beforeMs = null, beforeId = null] =
    filter.cursor === null ? [] : readCursor(filter.cursor, ['number', 'string'])
  const { rows } = await database.query(
    `SELECT * FROM pointsman.erasures
     WHERE workspace_id = $1
       AND ($2::bigint IS NULL OR (pointsman.epoch_ms(erased_at), id) < ($2::bigint, $3::text))
     ORDER BY erased_at DESC, id DESC LIMIT $4`,
    [filter.workspace, beforeMs, beforeId, filter.limit + 1],
  )
  return pageOf(rows, filter.limit, readErasure, ({ erasedAtMs, id }) => writeCursor(erasedAtMs, id))
}
