import type { JsonValue } from '@pointsman/contract'
import type { Queryable } from './database.ts'
import * as read from './row-values.ts'

/** A table of DynamoDB, and what its items are. */
export interface FollowedTable {
  readonly kind: 'models' | 'agents'
  readonly name: string
}

export interface FollowedTableRow extends FollowedTable {
  /** The host that looks; null = none does. */
  readonly holder: string | null
  /** The last look that went well; null = none has yet. */
  readonly lookedAtMs: number | null
  readonly items: number | null
  readonly everyMs: number | null
  /** What is wrong with the table as a whole; null = nothing. */
  readonly problem: string | null
  readonly problemSinceMs: number | null
}

export type FollowedItemState = 'followed' | 'refused' | 'conflict' | 'gone'

/** What an item and the registry said when both were looked at last. */
export interface FollowedItem {
  readonly key: string
  readonly seen: JsonValue
  readonly held: JsonValue
  readonly state: FollowedItemState
  /** Why it is aside; null = it is followed. */
  readonly problem: string | null
}

export interface FollowedItemRow extends FollowedItem, Pick<FollowedTable, 'kind'> {
  readonly table: string
  readonly changedAtMs: number
}

/** For this holder alone until the span is over, unless it asks again. False = another one holds it. */
export async function claimFollowedTable(
  database: Queryable,
  { kind, name }: FollowedTable,
  { forMs, holder }: { readonly holder: string; readonly forMs: number },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `INSERT INTO pointsman.followed_tables AS present (kind, name, holder, held_until)
     VALUES ($1, $2, $3, pointsman.now_ms() + make_interval(secs => $4::double precision))
     ON CONFLICT (kind, name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
     WHERE present.holder IS NULL OR present.holder = excluded.holder OR present.held_until < pointsman.now_ms()`,
    [kind, name, holder, forMs / 1_000],
  )
  return rowCount > 0
}

/** Another one may follow at once. */
export async function releaseFollowedTable(
  database: Queryable,
  { kind, name }: FollowedTable,
  holder: string,
): Promise<void> {
  await database.query(
    `UPDATE pointsman.followed_tables SET holder = NULL, held_until = NULL
     WHERE kind = $1 AND name = $2 AND holder = $3`,
    [kind, name, holder],
  )
}

/** How a look went: of one that went wrong what was seen before stays. */
export async function noteLook(
  database: Queryable,
  { kind, name }: FollowedTable,
  look: { readonly items: number | null; readonly everyMs: number; readonly problem: string | null },
): Promise<void> {
  await database.query(
    `UPDATE pointsman.followed_tables SET
       looked_at = CASE WHEN $5::text IS NULL THEN pointsman.now_ms() ELSE looked_at END,
       items = coalesce($3::integer, items), every_ms = $4::integer, problem = $5,
       problem_since = CASE WHEN $5::text IS NOT NULL THEN coalesce(problem_since, pointsman.now_ms()) END
     WHERE kind = $1 AND name = $2`,
    [kind, name, look.items, look.everyMs, look.problem === null ? null : read.storableText(look.problem)],
  )
}

export async function listFollowedTables(database: Queryable): Promise<readonly FollowedTableRow[]> {
  const { rows } = await database.query(
    `SELECT *, CASE WHEN held_until >= pointsman.now_ms() THEN holder END AS present_holder
     FROM pointsman.followed_tables ORDER BY kind, name`,
  )
  return rows.map((row) => ({
    kind: read.word(row, 'kind'),
    name: read.text(row, 'name'),
    holder: read.textOrNull(row, 'present_holder'),
    lookedAtMs: read.instantOrNull(row, 'looked_at'),
    items: read.numberOrNull(row, 'items'),
    everyMs: read.numberOrNull(row, 'every_ms'),
    problem: read.textOrNull(row, 'problem'),
    problemSinceMs: read.instantOrNull(row, 'problem_since'),
  }))
}

/** Every item of a table, by its key. */
export async function followedItems(
  database: Queryable,
  { kind, name }: FollowedTable,
): Promise<ReadonlyMap<string, FollowedItem>> {
  const { rows } = await database.query(
    'SELECT * FROM pointsman.followed_items WHERE kind = $1 AND table_name = $2 ORDER BY key',
    [kind, name],
  )
  return new Map(rows.map(readItem).map((item) => [item.key, item]))
}

/** Those that are not simply followed, of every table. */
export async function followedItemsAside(
  database: Queryable,
  limit: number,
): Promise<readonly FollowedItemRow[]> {
  const { rows } = await database.query(
    `SELECT * FROM pointsman.followed_items WHERE state <> 'followed'
     ORDER BY changed_at DESC, kind, table_name, key LIMIT $1`,
    [limit],
  )
  return rows.map(readItem)
}

/** In the place of what was known of the same items. Nothing where the table is not followed. */
export async function putFollowedItems(
  database: Queryable,
  { kind, name }: FollowedTable,
  items: readonly FollowedItem[],
): Promise<void> {
  if (items.length === 0) return
  await database.query(
    `INSERT INTO pointsman.followed_items AS present (kind, table_name, key, seen, held, state, problem)
     SELECT $1, $2, item.key, item.seen, item.held, item.state, item.problem
     FROM jsonb_to_recordset($3::jsonb) AS item (key text, seen jsonb, held jsonb, state text, problem text)
     WHERE EXISTS (SELECT FROM pointsman.followed_tables WHERE kind = $1 AND name = $2)
     ON CONFLICT (kind, table_name, key) DO UPDATE SET seen = excluded.seen, held = excluded.held,
       state = excluded.state, problem = excluded.problem, changed_at = pointsman.now_ms()`,
    [kind, name, read.storableJson(items)],
  )
}

/** Forgets what was known of these. */
export async function removeFollowedItems(
  database: Queryable,
  { kind, name }: FollowedTable,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return
  await database.query(
    'DELETE FROM pointsman.followed_items WHERE kind = $1 AND table_name = $2 AND key = ANY ($3::text[])',
    [kind, name, keys],
  )
}

const readItem = (row: Parameters<typeof read.text>[0]): FollowedItemRow => ({
  kind: read.word(row, 'kind'),
  table: read.text(row, 'table_name'),
  key: read.text(row, 'key'),
  seen: read.json(row, 'seen'),
  held: read.json(row, 'held'),
  state: read.word(row, 'state'),
  problem: read.textOrNull(row, 'problem'),
  changedAtMs: read.instant(row, 'changed_at'),
})
