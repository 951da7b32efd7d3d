import type { Actor, Route } from '@pointsman/contract'
import { routeKey } from '@pointsman/contract'
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
import { snapshotOfTables, type Published } from './published.ts'

const unknown: Actor = { kind: 'unknown', id: 'unknown' }

/**
 * Finds edits that passed the triggers by (a restore of single tables, triggers switched off): the tables' content no
 * longer has the hash of the newest revision. They are published as a revision of actor `unknown`, each moved
 * route with its switch, because history must say that something happened even where it cannot say who. Null = none.
 */
export async function recordUnrecorded(parts: ChangeParts): Promise<Published | null> {
  const suspicious = await parts.database.transaction({ purpose: 'read' }, (transaction) =>
    differs(transaction, parts),
  )
  if (!suspicious) return null
  return parts.database.transaction({ purpose: 'registry', actor: unknown }, async (transaction) => {
    if (!(await differs(transaction, parts))) return null
    const before = parts.holder.required().compiled
    const revision = await nextRevision(transaction)
    const { compiled } = await snapshotOfTables(transaction, revision, parts, before)
    for (const route of compiled.routes.values()) await recordMove(transaction, route.key, before, compiled)
    const published = await snapshotOfTables(transaction, revision, parts, before)
    const { manifest, parts: all } = published.snapshot
    await publishRevision(transaction, { revision, manifest, parts: all })
    return published
  })
}

/** Only where the newest revision is a published one: what waits or was rejected differs from it by its nature. */
async function differs(database: Queryable, parts: ChangeParts): Promise<boolean> {
  const newest = await latestRevision(database)
  const manifest = await readManifest(database, 'latest')
  if (newest === null || manifest === null || newest.number !== manifest.revision.number) return false
  if ((await findRevision(database, newest.number))?.state !== 'published') return false
  const entries = await readSnapshotEntries(database)
  const { revision, createdAtMs } = manifest
  const sha256Hex = (text: string): string => parts.digests.sha256Hex(text)
  return snapshotFrom(entries, { revision, createdAtMs, sha256Hex }).manifest.hash !== manifest.hash
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
