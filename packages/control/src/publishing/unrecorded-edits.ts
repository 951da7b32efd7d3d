import {
  partKinds,
  PointsmanError,
  routeKey,
  type Actor,
  type PartKind,
  type Price,
  type Route,
  type Snapshot,
  type SnapshotManifest,
} from '@pointsman/contract'
import { entriesByKey, entryKey, inSteps, keyOfName, sameJson, type CompiledSnapshot } from '@pointsman/core'
import {
  entryPages,
  findRevision,
  latestRevision,
  nextRevision,
  publishRevision,
  readManifest,
  recordSwitch,
  removedAfter,
  setRouteTarget,
  type EntryRow,
  type Queryable,
  type Transaction,
} from '@pointsman/registry'
import type { ChangeParts } from './change-registry.ts'
import { loadManifest, wholeSnapshot, type Published } from './published.ts'
import type { Rejection } from './publisher.ts'

const unknown: Actor = { kind: 'unknown', id: 'unknown' }

/**
 * Finds edits that passed the triggers by (a restore of single tables, triggers switched off): what the tables hold is
 * no longer what the newest revision does. They are published as a revision of actor `unknown`, each moved
 * route with its switch, because history must say that something happened even where it cannot say who. Tables that do
 * not compile are answered as a rejection of the revision that they differ from, and stay as they are. Null = no such edit.
 */
export async function recordUnrecorded(
  parts: ChangeParts,
): Promise<{ readonly published: Published } | { readonly rejected: Rejection } | null> {
  const suspicious = await differing(parts.database, parts)
  if (suspicious === null) return null
  try {
    const published = await record(parts)
    return published === null ? null : { published }
  } catch (error) {
    // Anything else (no connection, a bug) is no verdict on the edit.
    if (!(error instanceof PointsmanError) || error.code !== 'revision_rejected') throw error
    return { rejected: { revision: suspicious.snapshot.manifest.revision, error: error.message } }
  }
}

function record(parts: ChangeParts): Promise<Published | null> {
  return parts.database.transaction({ purpose: 'registry', actor: unknown }, async (transaction) => {
    // What the tables differ from, which another process may have published since this one last looked.
    const base = await differing(transaction, parts)
    if (base === null) return null
    const before = base.compiled
    const revision = await nextRevision(transaction)
    const { compiled } = await wholeSnapshot(transaction, revision, parts, before)
    for (const route of compiled.routes.values()) await recordMove(transaction, route.key, before, compiled)
    const made = await wholeSnapshot(transaction, revision, parts, before)
    const { manifest } = made.snapshot
    await publishRevision(transaction, { revision, manifest, parts: made.written })
    return made
  })
}

/**
 * The newest revision where the tables are not what it says; null = they are. Only where the newest revision is a
 * published one: what waits or was rejected differs from it by its nature. Rows are read in pages and without one
 * transaction around them, so that nobody waits for a reading of everything; what was changed meanwhile, with its
 * revision, is told apart by that.
 */
async function differing(database: Queryable, parts: ChangeParts): Promise<Published | null> {
  const manifest = await publishedNewest(database)
  if (manifest === null) return null
  const held = parts.holder.current()
  const base =
    held?.snapshot.manifest.hash === manifest.hash &&
    held.snapshot.manifest.revision.number === manifest.revision.number
      ? held
      : await loadManifest(database, manifest, held, parts)
  const missing = new Map<PartKind, ReadonlySet<string>>()
  for (const kind of partKinds) {
    const left = await leftOver(database, kind, base.snapshot, parts)
    if (left === null) return base
    missing.set(kind, left)
  }
  return (await allLeftSince(database, manifest, missing)) ? null : base
}

async function publishedNewest(database: Queryable): Promise<SnapshotManifest | null> {
  const newest = await latestRevision(database)
  const manifest = await readManifest(database, 'latest')
  if (newest === null || manifest === null || newest.number !== manifest.revision.number) return null
  return (await findRevision(database, newest.number))?.state === 'published' ? manifest : null
}

/** This look is made all the time beside requests: so few rows hold up the loop for less than a millisecond. */
const rowsAtOnce = 50

/** The keys of a snapshot's entries that no row has; null where a row of its time is not what it says. */
async function leftOver(
  database: Queryable,
  kind: PartKind,
  snapshot: Snapshot,
  { clock }: ChangeParts,
): Promise<ReadonlySet<string> | null> {
  const left = await inSteps(entriesByKey(snapshot, kind), clock)
  const { number } = snapshot.manifest.revision
  for await (const page of entryPages(database, kind, { rowsAtOnce })) {
    for (const row of page) {
      const key = keyOfRow(kind, row)
      const entry = left.get(key)
      left.delete(key)
      if (row.revision > number) continue
      if (!sameJson(row.entry ?? undefined, entry)) return null
    }
  }
  return new Set(left.keys())
}

/** Prices have no name that could be removed, and are told by what they are. */
function keyOfRow(kind: PartKind, { entry, name }: EntryRow<unknown>): string {
  return keyOfName(kind, name) ?? entryKey(kind, entry as Price)
}

/** What left the tables after the revision left them by an edit that was recorded. */
async function allLeftSince(
  database: Queryable,
  { revision }: SnapshotManifest,
  missing: ReadonlyMap<PartKind, ReadonlySet<string>>,
): Promise<boolean> {
  if ([...missing.values()].every(({ size }) => size === 0)) return true
  const removed = new Set(
    (await removedAfter(database, revision.number)).map(
      ({ kind, name }) => `${kind} ${keyOfName(kind, name)}`,
    ),
  )
  return [...missing].every(([kind, keys]) => [...keys].every((key) => removed.has(`${kind} ${key}`)))
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
