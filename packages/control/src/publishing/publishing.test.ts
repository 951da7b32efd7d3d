import type { PartKind } from '@pointsman/contract'
import type { Database } from '@pointsman/registry'
import { openServer } from '@pointsman/registry/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  catalogue,
  databaseKinds,
  joinReplica,
  nodeDigests,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import { seedCatalogue } from '../catalogue/seed.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

describe.each(databaseKinds)('publishing on %s', (kind) => {
  let at: TestControl
  let database: Database
  let url: string | null
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    ;({ database, url } = opened)
    at = await startControl(database)
    ends.push(() => at.stop(), opened.drop)
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })
  const sql = (text: string) =>
    database.transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
      transaction.query(text),
    )
  const revision = () => at.control.services.state().revision ?? 0
  const published = async (of: PartKind) => {
    const manifest = await at.control.snapshotSource.latest()
    const hashes = manifest?.parts.flatMap((part) => (part.kind === of ? [part.hash] : [])) ?? []
    return (await at.control.snapshotSource.parts(hashes)).flatMap(
      ({ entries }) => entries as readonly object[],
    )
  }
  const target = async (useCase: string) => (await at.ask(`/api/v1/use-cases/${useCase}`)).body.target

  test('the first start makes one revision by the rule "catalogue"; a second start none', async () => {
    const { body } = await at.ask('/api/v1/revisions')
    expect(body.data).toMatchObject([
      { number: 1, state: 'published', actor: { kind: 'rule', id: 'catalogue' } },
    ])
    const parts = { digests: nodeDigests, nowMs: testClock.nowMs, region: 'eu-central-1' }
    expect(await seedCatalogue(database, () => catalogue, parts)).toBeNull()
    expect(revision()).toBe(1)
    expect(at.log).toEqual([])
  })

  test('the snapshot source hands out the manifest and its parts by hash, and tells of a newer one', async () => {
    const manifest = await at.control.snapshotSource.latest()
    const hashes = manifest?.parts.map(({ hash }) => hash) ?? []
    const parts = await at.control.snapshotSource.parts(hashes)
    expect(parts.map(({ kind: of }) => of)).toEqual(manifest?.parts.map(({ kind: of }) => of))
    let told = 0
    const end = at.control.snapshotSource.onChange(() => (told += 1))
    await at.orchestrate({ action: 'switch', modelId: lite, useCase: 'clinical' })
    end()
    await at.orchestrate({ action: 'switch', modelId: pro, useCase: 'clinical' })
    expect(told).toBe(1)
    const later = await at.control.snapshotSource.latest()
    // One edit changes one part: the others are shared.
    expect(later?.parts.filter(({ hash }) => !hashes.includes(hash)).map(({ kind: of }) => of)).toEqual([
      'routes',
    ])
    // A replica that is one revision late still gets what it asks for.
    expect(await at.control.snapshotSource.parts(hashes)).toHaveLength(hashes.length)
  })

  test('a direct SQL edit is published by itself, recorded with its role, and acknowledged', async () => {
    const replica = await joinReplica(at.control, 'replica-1')
    const before = revision()
    await sql(`UPDATE ai_assistants SET model_version = '${lite}' WHERE assistant_type = 'health'`)
    await sql(`UPDATE ai_assistants SET model_version = '${micro}' WHERE assistant_type = 'health'`)
    await expect.poll(revision).toBeGreaterThan(before)
    await expect.poll(() => target('health')).toBe(micro)
    await expect.poll(() => replica.served()?.revision.number).toBe(revision())
    const last = async () => (await at.ask('/api/v1/switches?useCase=health&limit=1')).body.data[0]
    await expect.poll(async () => (await last()).state).toBe('active')
    expect(await last()).toMatchObject({
      toId: micro,
      actor: { kind: 'database-role', id: 'service_role' },
      action: 'manual_switch',
    })
    await replica.leave()
  })

  test('a switch made right after an SQL edit sees that edit, published or not', async () => {
    await sql(`UPDATE ai_assistants SET model_version = '${pro}' WHERE assistant_type = 'operations'`)
    const { body } = await at.orchestrate({ action: 'switch', modelId: lite, useCase: 'operations' })
    expect(body.data).toMatchObject({ switched: true, fromId: pro, toId: lite })
  })

  test('an edit that passes the triggers by is found by content and recorded as unknown', async () => {
    const before = revision()
    // What a restore of one table or an owner with triggers off does.
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      transaction.script(
        `SET LOCAL session_replication_role = replica; UPDATE pointsman.routes SET target_model_id = '${lite}' WHERE kind = 'use-case' AND name = 'health'`,
      ),
    )
    await at.control.services.lookForUnrecorded()
    expect(revision()).toBe(before + 1)
    expect(await target('health')).toBe(lite)
    const [last] = (await at.ask('/api/v1/switches?useCase=health&limit=1')).body.data
    expect(last).toMatchObject({ fromId: micro, toId: lite, actor: { kind: 'unknown' } })
    expect(at.log.map(({ event }) => event)).toContain('unrecorded_edit_found')
    await at.control.services.lookForUnrecorded()
    expect(revision()).toBe(before + 1)
    expect((await at.ask('/api/v1/switches/verify')).body.valid).toBe(true)
  })

  test('an edit that passes the triggers by, and one that does not after it: each is recorded as what it is', async () => {
    const before = revision()
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      transaction.script(
        `SET LOCAL session_replication_role = replica; UPDATE pointsman.routes SET target_model_id = '${micro}' WHERE kind = 'use-case' AND name = 'health'`,
      ),
    )
    const { body } = await at.orchestrate({ action: 'switch', modelId: micro, useCase: 'clinical' })
    expect(body.data).toMatchObject({ switched: true })
    // What nobody recorded is published by nobody, until it is found.
    const health = async () =>
      (await published('routes')).find((entry) => 'name' in entry && entry.name === 'health')
    expect(await health()).toMatchObject({ target: lite })
    await at.control.services.lookForUnrecorded()
    expect(revision()).toBe(before + 2)
    expect(await health()).toMatchObject({ target: micro })
    const [last] = (await at.ask('/api/v1/switches?useCase=health&limit=1')).body.data
    expect(last).toMatchObject({ fromId: lite, toId: micro, actor: { kind: 'unknown' } })
  })

  test('names that leave the registry leave the next revision, and one that comes again is there', async () => {
    const names = async () =>
      (await at.ask('/api/v1/aliases')).body.data.map(({ name }: { readonly name: string }) => name)
    await sql(`INSERT INTO pointsman.aliases (name, target) VALUES ('x', '${lite}'), ('y', 'x')`)
    await at.control.services.look()
    expect(await names()).toEqual(expect.arrayContaining(['x', 'y']))
    await sql(`DELETE FROM pointsman.aliases WHERE name IN ('x', 'y')`)
    await sql(`INSERT INTO pointsman.aliases (name, target) VALUES ('x', '${pro}')`)
    await sql(`UPDATE pointsman.aliases SET name = 'z' WHERE name = 'x'`)
    await at.control.services.look()
    expect(await published('aliases')).toEqual([{ name: 'z', target: pro }])
    await sql(`DELETE FROM pointsman.aliases WHERE name = 'z'`)
    await at.control.services.look()
    // What was published by its changes is what the tables hold.
    const held = revision()
    await at.control.services.lookForUnrecorded()
    expect(revision()).toBe(held)
  })

  test('an edit that passes the triggers by and does not compile is an alarm, told once, until it is mended', async () => {
    const [before, logged] = [revision(), at.log.length]
    const past = (text: string) =>
      database.transaction({ purpose: 'plain' }, (transaction) =>
        transaction.script(`SET LOCAL session_replication_role = replica; ${text}`),
      )
    await past(`INSERT INTO pointsman.aliases (name, target, revision) VALUES ('a', 'b', 1), ('b', 'a', 1)`)
    for (let look = 0; look < 3; look++) await at.control.services.lookForUnrecorded()
    expect(at.control.services.state()).toMatchObject({
      revision: before,
      rejection: { revision: { number: before }, error: expect.stringContaining('alias') as string },
    })
    expect(at.log.slice(logged).map(({ event }) => event)).toEqual(['unrecorded_edit_rejected'])
    await past(`DELETE FROM pointsman.aliases WHERE name IN ('a', 'b')`)
    await at.control.services.lookForUnrecorded()
    expect(at.control.services.state()).toMatchObject({ revision: before, rejection: null })
  })

  test('an SQL edit that does not compile is rejected with an alarm, replicas keep the last good revision, and the next good edit mends it', async () => {
    const held = revision()
    // Rows of another registry, with its revisions: no constraint saw them, and the publisher takes them for new.
    const past = (text: string) =>
      database.transaction({ purpose: 'plain' }, (transaction) =>
        transaction.script(`SET LOCAL session_replication_role = replica; ${text}`),
      )
    await past(
      `INSERT INTO pointsman.aliases (name, target, revision) VALUES ('a', 'b', 99999), ('b', 'a', 99999)`,
    )
    await sql(`UPDATE ai_assistants SET model_version = '${pro}' WHERE assistant_type = 'health'`)
    await expect.poll(() => at.control.services.state().rejection).not.toBeNull()
    expect(revision()).toBe(held)
    expect(new Set(at.log.map(({ event }) => event))).toContain('revision_rejected')
    expect((await at.ask('/api/v1/revisions?limit=1')).body.data[0]).toMatchObject({ state: 'rejected' })
    // The API path compiles before it commits: nothing is written over bad tables.
    const refused = await at.orchestrate({ action: 'switch', modelId: lite, useCase: 'clinical' })
    expect([refused.status, refused.body.error.code]).toEqual([409, 'revision_rejected'])
    const restarted = await startControl(database)
    expect(restarted.control.services.state()).toMatchObject({
      revision: held,
      rejection: { error: expect.any(String) as string },
    })
    await restarted.stop()
    await past(`DELETE FROM pointsman.aliases WHERE name IN ('a', 'b')`)
    const mended = await at.orchestrate({ action: 'switch', modelId: lite, useCase: 'clinical' })
    expect(mended.body.data.switched).toBe(true)
    expect(at.control.services.state().rejection).toBeNull()
    expect(await target('health')).toBe(pro)
  })

  test('another control process on the same database hears of every revision, and its replicas are waited for', async () => {
    if (url === null) return
    const elsewhere = await openServer({ url, connections: 2 })
    const other = await startControl(elsewhere)
    const replica = await joinReplica(other.control, 'replica-elsewhere')
    const { body } = await at.orchestrate({ action: 'switch', modelId: micro, useCase: 'clinical' })
    expect(body.data).toMatchObject({ switched: true, pending: [] })
    expect(replica.served()?.revision.number).toBe(body.data.revision)
    const back = await other.orchestrate({ action: 'switch', modelId: pro, useCase: 'clinical' })
    expect(back.body.data).toMatchObject({ fromId: micro, toId: pro })
    await replica.leave()
    await other.stop()
    await elsewhere.close()
  })
})
