import {
  conversationId,
  defaultWorkspace,
  modelId,
  requestId,
  userId,
  type Actor,
  type CapturedExchange,
  type SwitchId,
  type SwitchScope,
} from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from './database.ts'
import { endDrill, insertDrill, listDrills } from './drills.ts'
import { erasePerson, listErasures } from './erasures.ts'
import { claimPin } from './pins/claim-pin.ts'
import { findRevision, setRevisionReason } from './revisions.ts'
import { chainHead, chainLinks, verifyChain } from './switch-chain.ts'
import { findSwitch, recordSwitch, type SwitchDraft } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { novaLite, novaPro, testActor } from './testing/sample-registry.ts'
import { position, usageRecord } from './testing/sample-usage.ts'
import { ingestBatch } from './usage/ingest.ts'

const person = 'ada.lovelace@example.org'
const ada: Actor = { kind: 'user', id: person }
const conversation = (id: string, owner: string): SwitchScope => ({
  kind: 'conversation',
  workspace: defaultWorkspace,
  id: conversationId(id),
  userId: userId(owner),
  useCase: null,
})

const draft = (scope: SwitchScope, changes: Partial<SwitchDraft> = {}): SwitchDraft => ({
  actor: testActor,
  action: 'manual_switch',
  type: 'manual',
  scope,
  from: novaPro,
  to: novaLite,
  fromName: null,
  toName: null,
  reason: 'Better answers',
  notificationTitle: 'Switching AI Model',
  notificationMessage: 'Better answers',
  ...changes,
})

const text = (id: string, changes: Partial<CapturedExchange>): CapturedExchange => ({
  ...{ requestId: requestId(id), workspace: defaultWorkspace, conversationId: null, userId: null },
  ...{ useCase: 'clinical', modelId: null, createdAtMs: Date.now(), prompt: 'Ada wrote' },
  ...{ answer: null, truncated: false, ...changes },
})

/** Everything that the registry holds, as one text. */
async function everything(database: Database): Promise<string> {
  const tables = [
    'switches',
    'conversations',
    'user_pins',
    'usage_records',
    'usage_rollups',
    'captured_exchanges',
    'revisions',
    'people',
    'erasures',
    'drills',
  ]
  const texts = await Promise.all(
    tables.map((table) =>
      database.query(
        `SELECT coalesce(string_agg(row::text, ' '), '') AS text FROM pointsman.${table} AS row`,
      ),
    ),
  )
  return texts.map(({ rows }) => String(rows[0]?.['text'])).join('\n')
}

onBothDatabases('names of people', (registry) => {
  let own: SwitchId
  let approved: SwitchId

  beforeAll(async () => {
    const database = registry.database()
    await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      await recordSwitch(
        transaction,
        draft({ kind: 'user', workspace: defaultWorkspace, id: userId(person) }),
      )
    })
    await database.transaction({ purpose: 'registry', actor: ada }, async (transaction) => {
      const made = await recordSwitch(
        transaction,
        draft(conversation('c-1', person), { actor: ada, reason: 'Ada asked' }),
      )
      own = made.id
      const words = 'alias fast: target "a" → "b"'
      if (made.revision === null) throw new Error('a switch that was made has its revision')
      await setRevisionReason(transaction, made.revision, words, 'Ada asked,\n; why: she said')
    })
    await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      await recordSwitch(transaction, draft(conversation('c-2', 'grace')))
      const global = await recordSwitch(
        transaction,
        draft({ kind: 'global' }, { approval: { by: person, reference: 'CHG-17' } }),
      )
      approved = global.id
    })
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [{ ...usageRecord('r1', Date.now()), userId: userId(person), principal: `user:${person}` }],
        captured: [
          text('k-1', { userId: userId(person) }),
          // Of a conversation of theirs, though the request did not say whose it is.
          text('k-2', { conversationId: conversationId('c-own') }),
          text('k-3', {
            userId: userId('grace'),
            conversationId: conversationId('c-2'),
            prompt: 'Grace wrote',
          }),
        ],
        position: position(1),
      }),
    )
    await database.transaction({ purpose: 'registry', actor: ada }, async (transaction) => {
      const route = { kind: 'use-case', name: 'clinical' } as const
      const drill = await insertDrill(transaction, {
        ...{ route, fault: { kind: 'stall', afterParts: 0 }, aim: { kind: 'target' } },
        ...{ percent: 10, reason: 'Ada asked for it', stopAbovePercent: null, startedBy: ada },
        ...{ startedAtMs: Date.now(), endsAtMs: Date.now() + 60_000 },
      })
      const end = { atMs: Date.now(), cause: 'stopped', by: ada, reason: 'Ada asked to stop' } as const
      await endDrill(transaction, drill.id, end)
    })
    await claimPin(database, {
      ...{ workspace: defaultWorkspace, conversationId: conversationId('c-own'), userId: userId(person) },
      ...{ useCase: 'clinical', modelId: modelId(novaPro), claimedAtMs: 1, requestId: requestId('r1') },
    })
  })

  test('are read as they were given, though the chained text has none of them', async () => {
    const database = registry.database()
    expect((await findSwitch(database, own))?.record).toMatchObject({
      actor: ada,
      scope: conversation('c-1', person),
      reason: 'Ada asked',
      notificationMessage: 'Better answers',
      approval: null,
    })
    expect((await findSwitch(database, approved))?.record.approval).toEqual({
      by: person,
      reference: 'CHG-17',
    })
    const links = await chainLinks(database, { after: 0, limit: 100 })
    expect(links.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
    for (const { canonicalText } of links) {
      expect(canonicalText).not.toMatch(/ada\.|grace|asked|better/i)
    }
    expect(await verifyChain(database)).toMatchObject({ valid: true, count: 4 })
  })

  test('a name that was changed in a column is found', async () => {
    const database = registry.database()
    await database.transaction({ purpose: 'plain' }, async (transaction) => {
      await transaction.query('ALTER TABLE pointsman.switches DISABLE TRIGGER admit_only_erasure')
      await transaction.query(`UPDATE pointsman.switches SET user_id = 'grace' WHERE id = $1`, [own])
      expect(await verifyChain(transaction)).toMatchObject({ valid: false, firstBad: { sequence: 2 } })
      // What an erasure puts there, without one.
      await transaction.query(
        `UPDATE pointsman.switches SET user_id = canonical_text::jsonb #>> '{scope,userId}' WHERE id = $1`,
        [own],
      )
      expect(await verifyChain(transaction)).toMatchObject({ valid: false, firstBad: { sequence: 2 } })
      await transaction.query(`UPDATE pointsman.switches SET user_id = $2 WHERE id = $1`, [own, person])
      await transaction.query('ALTER TABLE pointsman.switches ENABLE TRIGGER admit_only_erasure')
    })
    expect(await verifyChain(database)).toMatchObject({ valid: true })
  })

  test.each([
    `user_id = 'grace'`,
    `reason = 'Other'`,
    `new_model_id = 'x'`,
    `approval = '{"by":"grace"}'`,
    `cost_impact_usd = 1`,
  ])('no other change is admitted: %s', async (change) => {
    await expect(
      registry.database().query(`UPDATE pointsman.switches SET ${change} WHERE id = '${own}'`),
    ).rejects.toThrow('refused')
  })

  test('are gone once they are erased; the chain and the figures stay', async () => {
    const database = registry.database()
    const before = await chainHead(database)
    expect(await everything(database)).toContain(person)
    const erasure = await database.transaction({ purpose: 'plain' }, (transaction) =>
      erasePerson(transaction, { workspace: defaultWorkspace, person, actor: testActor }),
    )
    expect(erasure.counts).toEqual({
      switches: 2,
      approvals: 1,
      kept: 0,
      conversations: 1,
      pins: 0,
      messages: 1,
      captured: 2,
    })
    expect(await everything(database)).not.toContain(person)
    expect(await everything(database)).not.toContain('Ada asked')
    expect(await everything(database)).toContain('Grace wrote')
    const { revision } = (await findSwitch(database, own))?.record ?? {}
    expect((await findRevision(database, revision?.number ?? 0))?.reason).toBe(
      `alias fast: target "a" → "b"; why: ${erasure.seal}`,
    )
    expect(await everything(database)).not.toContain('Ada wrote')
    expect((await findSwitch(database, own))?.record).toMatchObject({
      actor: { kind: 'user', id: erasure.seal },
      scope: { userId: erasure.seal },
      to: novaLite,
    })
    const sealed = { kind: 'user', id: erasure.seal }
    const drills = await listDrills(database, { route: null, limit: 10, cursor: null })
    expect(drills.data).toMatchObject([
      {
        ...{ startedBy: sealed, reason: erasure.seal, end: { by: sealed, reason: erasure.seal } },
        // Its ETag.
        changedAtMs: erasure.erasedAtMs,
      },
    ])
    expect((await findSwitch(database, approved))?.record.approval).toEqual({
      by: erasure.seal,
      reference: 'CHG-17',
    })
    // The erasure is a record itself.
    expect(await verifyChain(database, before)).toMatchObject({ valid: true, count: 5 })
    const [link] = await chainLinks(database, { after: 4, limit: 100 })
    expect(JSON.parse(link?.canonicalText ?? '')).toEqual({
      ...{ kind: 'erasure', id: erasure.id, workspace: defaultWorkspace, seal: erasure.seal },
      ...{ erasedAtMs: erasure.erasedAtMs, actor: testActor, counts: erasure.counts },
    })
    const users = await database.query(
      'SELECT user_id, selection_count FROM public.user_model_preferences ORDER BY selection_count DESC',
    )
    expect(users.rows.map((row) => row['user_id'])).toContain(erasure.seal)
    const { data } = await listErasures(database, { workspace: defaultWorkspace, limit: 10, cursor: null })
    expect(data).toEqual([erasure])
  })

  test('who comes back is somebody else', async () => {
    const database = registry.database()
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      recordSwitch(transaction, draft(conversation('c-9', person))),
    )
    const { data } = await listErasures(database, { workspace: defaultWorkspace, limit: 10, cursor: null })
    const [last] = (await chainLinks(database, { after: 5, limit: 1 })).map(
      ({ canonicalText }) => canonicalText,
    )
    expect(last).not.toContain(data[0]?.seal)
    expect(await verifyChain(database)).toMatchObject({ valid: true, count: 6 })
  })

  test('both people of one record are gone once both are erased, and whoever erased as well', async () => {
    const database = registry.database()
    const grace: Actor = { kind: 'user', id: 'grace.hopper' }
    const erase = (name: string, actor: Actor) =>
      database.transaction({ purpose: 'plain' }, (transaction) =>
        erasePerson(transaction, { workspace: defaultWorkspace, person: name, actor }),
      )
    await database.transaction({ purpose: 'registry', actor: grace }, (transaction) =>
      recordSwitch(transaction, draft(conversation('c-10', 'alan'), { actor: grace })),
    )
    await erase('alan', grace)
    expect(await verifyChain(database)).toMatchObject({ valid: true })
    expect(await everything(database)).toContain(grace.id)
    await erase(grace.id, grace)
    expect(await everything(database)).not.toMatch(/alan|hopper/)
    expect(await verifyChain(database)).toMatchObject({ valid: true, count: 9 })
    await expect(database.query(`UPDATE pointsman.erasures SET actor_id = 'nobody'`)).rejects.toThrow(
      'refused',
    )
  })

  test('a chain that was cut or written anew does not lead through an anchor kept elsewhere', async () => {
    const database = registry.database()
    const head = await chainHead(database)
    expect(await verifyChain(database, head)).toMatchObject({ valid: true })
    for (const anchor of [
      { ...head, hash: 'f'.repeat(64) },
      { ...head, sequence: head.sequence + 1 },
    ]) {
      expect(await verifyChain(database, anchor)).toMatchObject({
        valid: false,
        firstBad: { sequence: anchor.sequence },
      })
    }
  })

  test('who asked in the console’s own sessions is gone, though no request names them as its user', async () => {
    const database = registry.database()
    const asked = { ...usageRecord('p-1', Date.now()), userId: null }
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [
          { ...asked, principal: 'user:person:edsger' },
          { ...asked, requestId: requestId('p-2'), principal: 'user:person:barbara' },
        ],
        captured: [text('p-1', { prompt: 'Edsger wrote' }), text('p-2', { prompt: 'Barbara wrote' })],
        position: position(2),
      }),
    )
    const { counts, seal } = await database.transaction(
      { purpose: 'registry', actor: testActor },
      (transaction) =>
        erasePerson(transaction, { workspace: defaultWorkspace, person: 'person:edsger', actor: testActor }),
    )
    expect(counts).toMatchObject({ messages: 1, captured: 1 })
    const told = await everything(database)
    expect(told).not.toMatch(/edsger/i)
    expect(told).toContain(`user:${seal}`)
    expect(told).toMatch(/user:person:barbara.*Barbara wrote/s)
  })
})
