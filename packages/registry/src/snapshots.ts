import type { Revision, SnapshotEntries, SnapshotManifest, SnapshotPart } from '@pointsman/contract'
import { listAliases } from './aliases.ts'
import type { Queryable, Transaction } from './database.ts'
import { listFallbackRules } from './fallback-rules.ts'
import { listKeys } from './keys.ts'
import { listModels } from './models.ts'
import { listPrices } from './prices.ts'
import { listRoles } from './roles.ts'
import { listRoutes } from './routes.ts'
import * as read from './row-values.ts'

/**
 * Everything a snapshot holds, from the tables as they stand in this transaction. Nothing in it follows from the
 * clock (all dated prices, keys that have expired): equal tables give equal content, which is how an edit that
 * bypassed the triggers is found. Revoked keys are left out.
 */
export async function readSnapshotEntries(database: Queryable): Promise<SnapshotEntries> {
  return {
    models: (await listModels(database)).map(({ model }) => model),
    prices: await listPrices(database),
    routes: (await listRoutes(database)).map(({ route }) => route),
    roles: await listRoles(database),
    aliases: (await listAliases(database)).map(({ alias }) => alias),
    keys: (await listKeys(database)).map(({ key }) => key),
    'fallback-rules': await listFallbackRules(database),
  }
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

/** The parts of these hashes, those that are stored; in no promised order. */
export async function readParts(
  database: Queryable,
  hashes: readonly string[],
): Promise<readonly { readonly hash: string; readonly part: SnapshotPart }[]> {
  const { rows } = await database.query(
    'SELECT hash, body FROM pointsman.snapshot_parts WHERE hash = ANY ($1::text[])',
    [hashes],
  )
  return rows.map((row) => ({
    hash: read.text(row, 'hash'),
    part: JSON.parse(read.text(row, 'body')) as SnapshotPart,
  }))
}

/** Forgets manifests but the newest `keepRevisions`, and the parts that no manifest names. Returns how many parts went. */
export async function pruneSnapshotParts(transaction: Transaction, keepRevisions: number): Promise<number> {
  // A publisher that finds a part stored already counts on it.
  await transaction.query('SELECT pointsman.lock_registry()')
  await transaction.query(
    `UPDATE pointsman.revisions SET manifest = NULL, manifest_hash = NULL
     WHERE manifest IS NOT NULL AND number NOT IN (
       SELECT number FROM pointsman.revisions WHERE manifest IS NOT NULL ORDER BY number DESC LIMIT $1)`,
    [Math.max(1, keepRevisions)],
  )
  const { rowCount } = await transaction.query(
    `DELETE FROM pointsman.snapshot_parts WHERE hash NOT IN (
       SELECT part ->> 'hash' FROM pointsman.revisions, jsonb_array_elements(manifest -> 'parts') AS part
       WHERE manifest IS NOT NULL)`,
  )
  return rowCount
}
