import { createHash } from 'node:crypto'
import {
  canonicalJson,
  defaultWorkspace,
  keyId,
  maxEntriesPerPart,
  modelId,
  partKinds,
  replicaId,
  type Key,
  type Revision,
  type SnapshotManifest,
  type SnapshotPart,
} from '@pointsman/contract'
import { expect, test } from 'vitest'
import type { Database, Queryable, Transaction } from './database.ts'
import { findKey, insertKey, listKeys, revokeKey } from './keys.ts'
import {
  acknowledge,
  listReplicas,
  replicasBehind,
  pruneReplicas,
  removeReplica,
  renewReplica,
} from './replicas.ts'
import {
  findRevision,
  latestRevision,
  listRevisions,
  nextRevision,
  publishRevision,
  rejectRevision,
  revisionsToPublish,
  type PartToStore,
} from './revisions.ts'
import { claimSetting, readSetting } from './settings.ts'
import { partIn, pruneSnapshotParts, readManifest, readParts, readSnapshotEntries } from './snapshots.ts'
import { findSwitch, recordSwitch } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, novaLite, novaPro, testActor } from './testing/sample-registry.ts'
import { upsertAlias } from './aliases.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const change = <Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> => database.transaction({ purpose: 'registry', actor: testActor }, work)

/** One part a kind: what the control plane makes of the entries, in small. */
async function snapshotOf(
  database: Queryable,
  revision: Revision,
): Promise<{
  readonly revision: Revision
  readonly manifest: SnapshotManifest
  readonly parts: readonly PartToStore[]
}> {
  const entries = await readSnapshotEntries(database)
  const parts = partKinds.map((kind) => ({ kind, entries: entries[kind] }) as SnapshotPart)
  const written = parts.map((part) => {
    const text = canonicalJson(part)
    return { text, reference: { kind: part.kind, hash: sha256(text), count: part.entries.length } }
  })
  const references = written.map(({ reference }) => reference)
  expect(Math.max(...references.map((reference) => reference.count))).toBeLessThanOrEqual(maxEntriesPerPart)
  const hash = sha256(references.map((reference) => reference.hash).join())
  return {
    revision,
    manifest: { schema: 'v1', revision, hash, createdAtMs: 1, parts: references },
    parts: written,
  }
}

const publish = (database: Database): Promise<Revision> =>
  change(database, async (transaction) => {
    const waiting = await revisionsToPublish(transaction)
    const revision = waiting.at(-1) ?? (await nextRevision(transaction))
    await publishRevision(transaction, await snapshotOf(transaction, revision))
    return revision
  })

const key: Key = {
  id: keyId('key-1'),
  name: 'app',
  workspace: defaultWorkspace,
  digest: sha256('secret'),
  scopes: ['invoke', 'read'],
  routes: ['use-case/clinical'],
  models: [modelId(novaPro)],
  requestsPerMinute: 60,
  spendPerDayNanoUsd: 5_000_000_000,
  expiresAtMs: Date.UTC(2027, 0, 1),
}

onBothDatabases('publishing', (registry) => {
  test('a revision of the API is published with its parts; they read back and verify', async () => {
    const database = registry.database()
    const made = await change(database, async (transaction) => {
      const revision = await nextRevision(transaction)
      const recorded = await recordSwitch(transaction, {
        actor: testActor,
        action: 'manual_switch',
        type: 'manual',
        scope: { kind: 'global' },
        from: novaPro,
        to: novaLite,
        fromName: null,
        toName: null,
        reason: null,
      })
      expect(recorded.revision).toEqual(revision)
      await publishRevision(transaction, await snapshotOf(transaction, revision))
      return recorded
    })
    expect((await findSwitch(database, made.id))?.state).toBe('published')
    const manifest = await readManifest(database, 'latest')
    expect(manifest?.revision).toEqual(made.revision)
    expect(await readManifest(database, manifest?.revision ?? 'latest')).toEqual(manifest)
    const parts = await readParts(database, manifest?.parts.map((part) => part.hash) ?? [])
    for (const part of parts) {
      expect(sha256(part.text)).toBe(part.hash)
      expect(canonicalJson(partIn(part))).toBe(part.text)
    }
    expect(parts.length).toBe(new Set(manifest?.parts.map((part) => part.hash)).size)
    expect(await revisionsToPublish(database)).toEqual([])
  })

  test('a direct edit waits as recorded; publishing the newest covers the older ones', async () => {
    const database = registry.database()
    await edit(
      database,
      `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'health'`,
    )
    await edit(
      database,
      `UPDATE ai_assistants SET model_version = '${novaLite}' WHERE assistant_type = 'health'`,
    )
    const waiting = await revisionsToPublish(database)
    expect(waiting.length).toBe(2)
    expect(await publish(database)).toEqual(waiting[1])
    expect(await findRevision(database, waiting[0]?.number ?? 0)).toMatchObject({
      state: 'published',
      manifestHash: null,
      actor: { kind: 'database-role', id: 'service_role' },
    })
    await expect(
      change(database, async (transaction) =>
        publishRevision(transaction, await snapshotOf(transaction, waiting[1] ?? { epoch: 1, number: 0 })),
      ),
    ).rejects.toMatchObject({ code: 'refused' })
  })

  test('a rejected revision keeps the last good manifest, and its reason', async () => {
    const database = registry.database()
    const good = await readManifest(database, 'latest')
    await edit(
      database,
      `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'health'`,
    )
    const [revision] = await revisionsToPublish(database)
    if (revision === undefined) throw new Error('the edit made no revision')
    await change(database, (transaction) =>
      rejectRevision(transaction, { revision, error: 'does not compile' }),
    )
    expect(await findRevision(database, revision.number)).toMatchObject({
      state: 'rejected',
      error: 'does not compile',
    })
    expect(await readManifest(database, 'latest')).toEqual(good)
    expect(await revisionsToPublish(database)).toEqual([])
    const { data, nextCursor } = await listRevisions(database, { limit: 1, cursor: null })
    expect(data[0]?.revision).toEqual(revision)
    expect((await listRevisions(database, { limit: 1, cursor: nextCursor })).data[0]?.revision.number).toBe(
      revision.number - 1,
    )
  })

  test('parts that no kept manifest names are forgotten', async () => {
    const database = registry.database()
    for (const target of [novaPro, novaLite, 'use-case/health']) {
      await change(database, (transaction) => upsertAlias(transaction, { name: 'x', target }))
      await publish(database)
    }
    const before = await readManifest(database, 'latest')
    expect(await change(database, (transaction) => pruneSnapshotParts(transaction, 1))).toBeGreaterThan(0)
    expect(await readManifest(database, 'latest')).toEqual(before)
    expect((await readParts(database, before?.parts.map((part) => part.hash) ?? [])).length).toBeGreaterThan(
      3,
    )
    const revision = await latestRevision(database)
    expect(
      await readManifest(database, { epoch: revision?.epoch ?? 1, number: (revision?.number ?? 0) - 1 }),
    ).toBeNull()
  })

  test('a key is kept as its digest, found, listed, and leaves the snapshot when revoked', async () => {
    const database = registry.database()
    const made = await change(database, (transaction) => insertKey(transaction, { key, lastFour: 'cdef' }))
    expect(made).toMatchObject({ key, lastFour: 'cdef', revokedAtMs: null })
    expect(await findKey(database, key.id)).toEqual(made)
    expect((await readSnapshotEntries(database)).keys).toEqual([key])
    await expect(
      change(database, (transaction) =>
        insertKey(transaction, { key: { ...key, id: keyId('key-2') }, lastFour: 'cdef' }),
      ),
    ).rejects.toMatchObject({ code: 'refused' })
    const revoked = await change(database, (transaction) => revokeKey(transaction, key.id))
    expect(revoked?.revokedAtMs).toBeGreaterThan(0)
    expect(await change(database, (transaction) => revokeKey(transaction, key.id))).toEqual(revoked)
    expect(await change(database, (transaction) => revokeKey(transaction, keyId('none')))).toBeNull()
    expect((await readSnapshotEntries(database)).keys).toEqual([])
    expect(await listKeys(database)).toEqual([])
    expect((await listKeys(database, { includeRevoked: true })).map((row) => row.key.id)).toEqual([key.id])
    expect((await findKey(database, key.id))?.revision).toBeGreaterThan(made.revision)
  })

  test('replicas hold leases, acknowledge, and are waited for only while they live', async () => {
    const database = registry.database()
    const present = { host: 'h', title: 'pointsman-data', kind: 'leased', startedAtMs: 1_000 } as const
    await renewReplica(database, { ...present, id: replicaId('r1') })
    await renewReplica(database, { ...present, id: replicaId('r2') })
    await renewReplica(database, { ...present, id: replicaId('edge'), kind: 'pull' })
    const revision = { epoch: 1, number: 7 }
    const nobodyLost = { unheard: [] }
    expect(await replicasBehind(database, revision)).toEqual({ pending: ['r1', 'r2'], ...nobodyLost })
    await acknowledge(database, { replica: replicaId('r1'), revision })
    await acknowledge(database, { replica: replicaId('r2'), revision, problem: 'part is missing' })
    await acknowledge(database, { replica: replicaId('stranger'), revision })
    expect(await replicasBehind(database, revision)).toEqual({ pending: ['r2'], ...nobodyLost })
    const replicas = await listReplicas(database)
    expect(
      replicas.map(({ id, live, revision: served, problem }) => [id, live, served?.number, problem]),
    ).toEqual([
      ['edge', true, undefined, null],
      ['r1', true, 7, null],
      ['r2', true, undefined, 'part is missing'],
    ])
    const since = replicas[1]?.servedSinceMs
    await acknowledge(database, { replica: replicaId('r1'), revision })
    expect((await listReplicas(database))[1]?.servedSinceMs).toBe(since)
    await database.query(
      `UPDATE pointsman.replicas SET lease_until = now() - interval '1 minute' WHERE id = 'r2'`,
    )
    const heardOfAtMs = Date.now() - 75_000
    const { pending, unheard } = await replicasBehind(database, revision)
    expect(pending).toEqual([])
    expect(unheard.map(({ id }) => id)).toEqual(['r2'])
    expect(Math.abs((unheard[0]?.sinceMs ?? 0) - heardOfAtMs)).toBeLessThan(30_000)
    // Cut off for longer than anybody serves what they hold.
    await database.query(
      `UPDATE pointsman.replicas SET lease_until = now() - interval '25 hours' WHERE id = 'r2'`,
    )
    expect(await replicasBehind(database, revision)).toEqual({ pending: [], unheard: [] })
    expect((await listReplicas(database)).map((replica) => replica.live)).toEqual([true, true, false])
    expect(await pruneReplicas(database, Date.now())).toBe(1)
    await removeReplica(database, replicaId('r1'))
    expect((await listReplicas(database)).map((replica) => replica.id)).toEqual(['edge'])
  })

  test('two starters agree on one setting', async () => {
    const database = registry.database()
    expect(await claimSetting(database, 'master-key-check', { hash: 'a' })).toEqual({ hash: 'a' })
    expect(await claimSetting(database, 'master-key-check', { hash: 'b' })).toEqual({ hash: 'a' })
    expect(await readSetting(database, 'none')).toBeNull()
  })
})
