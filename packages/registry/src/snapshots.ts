import type { PartKind, Revision, SnapshotEntries, SnapshotManifest, SnapshotPart } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'
import {
  entryPages,
  kindsChangedAfter,
  removedAfter,
  type EntryRow,
  type RemovedEntry,
} from './entry-pages.ts'
import * as read from './row-values.ts'

/**
 * Everything a snapshot holds, from the tables as they stand in this transaction. Nothing in it follows from the
 * clock (all dated prices, keys that have expired): equal tables give equal content. Revoked keys are left out.
 */
export async function readSnapshotEntries(database: Queryable): Promise<SnapshotEntries> {
  return {
    models: await allOf(database, 'models'),
    prices: await allOf(database, 'prices'),
    routes: await allOf(database, 'routes'),
    roles: await allOf(database, 'roles'),
    aliases: await allOf(database, 'aliases'),
    keys: await allOf(database, 'keys'),
    'fallback-rules': await allOf(database, 'fallback-rules'),
  }
}

async function allOf<Kind extends PartKind>(database: Queryable, kind: Kind): Promise<SnapshotEntries[Kind]> {
  const entries: SnapshotEntries[Kind][number][] = []
  for await (const page of entryPages(database, kind)) {
    for (const { entry } of page) if (entry !== null) entries.push(entry)
  }
  return entries as unknown as SnapshotEntries[Kind]
}

/** What changed after a revision, as rows of one transaction; rows win over names that left. */
export interface EntryChanges {
  readonly changed: { readonly [Kind in PartKind]?: readonly EntryRow<SnapshotEntries[Kind][number]>[] }
  readonly removed: readonly RemovedEntry[]
}

/**
 * What changed since a published revision, at the price of the change. Null where that cannot be told: the revision
 * with this content is not in this registry, or its manifest was pruned, and with it the names that left after it.
 */
export async function readChangesAfter(
  database: Queryable,
  base: Pick<SnapshotManifest, 'revision' | 'hash'>,
): Promise<EntryChanges | null> {
  const { epoch, number } = base.revision
  const { rowCount } = await database.query(
    'SELECT FROM pointsman.revisions WHERE number = $1 AND epoch = $2 AND manifest_hash = $3',
    [number, epoch, base.hash],
  )
  if (rowCount === 0) return null
  const changed: { [kind: string]: readonly unknown[] } = {}
  for (const kind of await kindsChangedAfter(database, number)) {
    const rows: unknown[] = []
    for await (const page of entryPages(database, kind, { changedAfter: number })) rows.push(...page)
    changed[kind] = rows
  }
  return { changed, removed: await removedAfter(database, number) }
}

/** The manifest of a revision, or of the newest published one; null where there is none. */
export async function readManifest(
  database: Queryable,
  which: Revision | 'latest',
): Promise<SnapshotManifest | null> {
  const { rows } =
    which === 'latest'
      ? await database.query(
          'SELECT manifest FROM pointsman.revisions WHERE manifest IS NOT NULL ORDER BY number DESC LIMIT 1',
        )
      : await database.query(
          'SELECT manifest FROM pointsman.revisions WHERE number = $1 AND epoch = $2 AND manifest IS NOT NULL',
          [which.number, which.epoch],
        )
  return rows[0] === undefined ? null : read.json<SnapshotManifest>(rows[0], 'manifest')
}

/** The newest published manifest where it comes after this revision, else null: asked often, and seldom answered. */
export async function readManifestAfter(
  database: Queryable,
  { epoch, number }: Revision,
): Promise<SnapshotManifest | null> {
  const { rows } = await database.query(
    `SELECT manifest FROM (
       SELECT epoch, number, manifest FROM pointsman.revisions
       WHERE manifest IS NOT NULL ORDER BY number DESC LIMIT 1) AS newest
     WHERE (epoch, number) > ($1::integer, $2::bigint)`,
    [epoch, number],
  )
  return rows[0] === undefined ? null : read.json<SnapshotManifest>(rows[0], 'manifest')
}

/** A part as it is stored: the canonical text of which its hash was taken. */
export interface StoredPart {
  readonly hash: string
  readonly text: string
}

/** What the text says: for whoever knows that it is the hash's. */
export const partIn = ({ text }: StoredPart): SnapshotPart => JSON.parse(text) as SnapshotPart

/** The parts of these hashes, those that are stored; in no promised order. */
export async function readParts(
  database: Queryable,
  hashes: readonly string[],
): Promise<readonly StoredPart[]> {
  const { rows } = await database.query(
    'SELECT hash, body FROM pointsman.snapshot_parts WHERE hash = ANY ($1::text[])',
    [hashes],
  )
  return rows.map((row) => ({ hash: read.text(row, 'hash'), text: read.text(row, 'body') }))
}

/**
 * Forgets manifests but the newest `keepRevisions`, the parts that no manifest names, and the names that left before any
 * of them. Returns how many parts went.
 */
export async function pruneSnapshotParts(transaction: Transaction, keepRevisions: number): Promise<number> {
  // A publisher that finds a part stored already counts on it.
  await transaction.query('SELECT pointsman.lock_registry()')
  await transaction.query(
    `UPDATE pointsman.revisions SET manifest = NULL, manifest_hash = NULL
     WHERE manifest IS NOT NULL AND number NOT IN (
       SELECT number FROM pointsman.revisions WHERE manifest IS NOT NULL ORDER BY number DESC LIMIT $1)`,
    [Math.max(1, keepRevisions)],
  )
  await transaction.query(
    `DELETE FROM pointsman.removed_entries
     WHERE revision <= (SELECT min(number) FROM pointsman.revisions WHERE manifest IS NOT NULL)`,
  )
  const { rowCount } = await transaction.query(
    `DELETE FROM pointsman.snapshot_parts WHERE hash NOT IN (
       SELECT part ->> 'hash' FROM pointsman.revisions, jsonb_array_elements(manifest -> 'parts') AS part
       WHERE manifest IS NOT NULL)`,
  )
  return rowCount
}
