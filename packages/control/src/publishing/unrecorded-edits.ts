import { PointsmanError, routeKey, type Actor, type Route, type SnapshotManifest } from '@pointsman/contract'
import { snapshotFrom, type CompiledSnapshot } from '@pointsman/core'
import {
  findRevision,
  latestRevision,
  nextRevision,
  publishRevision,
  readManifest,
  readSnapshotEntries,
  recordSwitch,
  setRouteTarget,
  type Queryable,
  type Transaction,
} from '@pointsman/registry'
import type { ChangeParts } from './change-registry.ts'
import { loadManifest, snapshotOfTables, type Published } from './published.ts'
import type { Rejection } from './publisher.ts'

const unknown: Actor = { kind: 'unknown', id: 'unknown' }

/**
 * Finds edits that passed the triggers by (a restore of single tables, triggers switched off): the tables' content no
 * longer has the hash of the newest revision. They are published as a revision of actor `unknown`, each moved
 * route with its switch, because history must say that something happened even where it cannot say who. Tables that do
 * not compile are answered as a rejection of the revision that they differ from, and stay as they are. Null = no such edit.
 */
export async function recordUnrecorded(
  parts: ChangeParts,
): Promise<{ readonly published: Published } | { readonly rejected: Rejection } | null> {
  const suspicious = await parts.database.transaction({ purpose: 'read' }, (transaction) =>
    differing(transaction, parts),
  )
  if (suspicious === null) return null
  try {
    const published = await record(parts)
    return published === null ? null : { published }
  } catch (error) {
    // Anything else (no connection, a bug) is no verdict on the edit.
    if (!(error instanceof PointsmanError) || error.code !== 'revision_rejected') throw error
    return { rejected: { revision: suspicious.revision, error: error.message } }
  }
}

function record(parts: ChangeParts): Promise<Published | null> {
  return parts.database.transaction({ purpose: 'registry', actor: unknown }, async (transaction) => {
    const manifest = await differing(transaction, parts)
    if (manifest === null) return null
    // What the tables differ from, which another process may have published since this one last looked.
    const { compiled: before } = await loadManifest(transaction, manifest, parts.holder.current(), parts)
    const revision = await nextRevision(transaction)
    const { compiled } = await snapshotOfTables(transaction, revision, parts, before)
    for (const route of compiled.routes.values()) await recordMove(transaction, route.key, before, compiled)
    const published = await snapshotOfTables(transaction, revision, parts, before)
    const made = published.snapshot
    await publishRevision(transaction, { revision, manifest: made.manifest, parts: made.parts })
    return published
  })
}

/**
 * The newest manifest where the tables are not what it says; null = they are. Only where the newest revision is a
 * published one: what waits or was rejected differs from it by its nature.
 */
async function differing(database: Queryable, parts: ChangeParts): Promise<SnapshotManifest | null> {
  const newest = await latestRevision(database)
  const manifest = await readManifest(database, 'latest')
  if (newest === null || manifest === null || newest.number !== manifest.revision.number) return null
  if ((await findRevision(database, newest.number))?.state !== 'published') return null
  const entries = await readSnapshotEntries(database)
  const { revision, createdAtMs } = manifest
  const sha256Hex = (text: string): string => parts.digests.sha256Hex(text)
  const { hash } = snapshotFrom(entries, { revision, createdAtMs, sha256Hex }).manifest
  return hash === manifest.hash ? null : manifest
}

async function recordMove(
  transaction: Transaction,
  key: string,
  before: CompiledSnapshot,
  after: CompiledSnapshot,
): Promise<void> {
  const [was, is] = [before.routes.get(key), after.routes.get(key)]
  if (was === undefined || is === undefined) return
  if (was.ownTarget === is.ownTarget) return
  const { id } = await recordSwitch(transaction, {
    actor: unknown,
    action: 'manual_switch',
    type: 'manual',
    scope: scopeOf(is),
    from: was.target,
    to: is.target,
    fromName: before.models.get(was.target)?.name ?? null,
    toName: after.models.get(is.target)?.name ?? null,
    reason: 'Found by its content: the edit passed the registry’s triggers by',
    evidence: {
      previous: { own: was.ownTarget, switchId: was.switchId },
      route: routeKey(is.kind, is.name),
    },
  })
  await setRouteTarget(transaction, { kind: is.kind, name: is.name, target: is.ownTarget, switchId: id })
}

const scopeOf = ({ kind, name }: Pick<Route, 'kind' | 'name'>) =>
  kind === 'default' ? ({ kind: 'global' } as const) : { kind, name }
