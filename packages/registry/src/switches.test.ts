import {
  conversationId,
  defaultWorkspace,
  modelId,
  switchId,
  userId,
  type Revision,
  type SwitchScope,
} from '@pointsman/contract'
import { beforeEach, describe, expect, test } from 'vitest'
import { pinsMovedBetween } from './pins/moved-pins.ts'
import type { Database } from './database.ts'
import { openServer } from './server/index.ts'
import { verifyChain } from './switch-chain.ts'
import {
  activateSwitches,
  applySwitchEvent,
  findSwitch,
  latestSwitchOf,
  listSwitches,
  markNotificationShown,
  recordRefusedSwitch,
  recordSwitch,
  switchStates,
  type SwitchDraft,
} from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { novaLite, novaPro, testActor } from './testing/sample-registry.ts'
import { matching } from './testing/matching.ts'

const draft = (scope: SwitchScope, changes: Partial<SwitchDraft> = {}): SwitchDraft => ({
  actor: testActor,
  action: 'manual_switch',
  type: 'manual',
  scope,
  from: novaPro,
  to: novaLite,
  fromName: null,
  toName: null,
  reason: 'Kosten senken: „Test“ 🚂 \\ "x" \n',
  evidence: { z: [1, 2.5, null, { b: 1e-7, a: 'ä' }], a: 12345678901234 },
  costImpactUsd: -0.125,
  ...changes,
})

const clinical: SwitchScope = { kind: 'use-case', name: 'clinical' }

const record = (database: Database, wanted: SwitchDraft) =>
  database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
    recordSwitch(transaction, wanted),
  )

onBothDatabases('the switch log', (registry) => {
  test('records what was said, under the transaction’s revision, and reads it back', async () => {
    const database = registry.database()
    const [first, second] = await database.transaction(
      { purpose: 'registry', actor: testActor },
      async (transaction) => [
        await recordSwitch(transaction, draft(clinical, { evidence: { text: 'nul \0 and half \uD800' } })),
        await recordSwitch(transaction, draft({ kind: 'global' })),
      ],
    )
    expect(first.revision).toEqual(second.revision)
    expect(first.evidence).toEqual({ text: 'nul \uFFFD and half \uFFFD' })
    const found = await findSwitch(database, second.id)
    expect(found?.record).toMatchObject({
      ...draft({ kind: 'global' }),
      fromName: 'Amazon Nova Pro',
      toName: 'Amazon Nova Lite',
      refusal: null,
      sequence: 2,
    })
    expect(found?.record.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(await verifyChain(database)).toMatchObject({ valid: true, count: 2, head: found?.record.hash })
  })

  test('a later switch of the same scope supersedes, a revert takes back', async () => {
    const database = registry.database()
    const scope: SwitchScope = { kind: 'user', workspace: defaultWorkspace, id: userId('grace') }
    const one = await record(database, draft(scope))
    const other = await record(database, draft({ ...scope, id: userId('ada') }))
    const two = await record(database, draft(scope))
    const back = await record(database, draft(scope, { reverts: two.id, from: novaLite, to: novaPro }))
    const states = await switchStates(database, [one.id, two.id, back.id, other.id])
    expect([one, two, back, other].map(({ id }) => states.get(id))).toEqual([
      'superseded',
      'reverted',
      'recorded',
      'recorded',
    ])
    expect((await latestSwitchOf(database, scope))?.record.id).toBe(back.id)
    expect((await findSwitch(database, back.id))?.record.reverts).toBe(two.id)
  })

  test('the pins that revisions moved are named, unless any may have moved', async () => {
    const database = registry.database()
    const workspace = defaultWorkspace
    const health: SwitchScope = { kind: 'use-case', name: 'health' }
    const conversation = {
      kind: 'conversation',
      workspace,
      id: conversationId('moved'),
      userId: userId('ada'),
    }
    const before = await record(database, draft(health))
    await record(database, draft({ ...conversation, kind: 'conversation', useCase: null }))
    const both = await record(database, draft({ kind: 'user', workspace, id: userId('ada') }))
    const all = await record(database, draft(health, { evidence: { applyTo: 'all' } }))
    const between = (after: Revision | null, until: Revision | null) => {
      if (after === null || until === null) throw new Error('no revision')
      return pinsMovedBetween(database, after, until)
    }
    expect(await between(before.revision, both.revision)).toEqual([
      { workspace, conversationId: 'moved' },
      { workspace, userId: 'ada' },
    ])
    expect(await between(both.revision, both.revision)).toEqual([])
    expect(await between(both.revision, all.revision)).toBeNull()
    expect(await between({ epoch: 0, number: 1 }, both.revision)).toBeNull()
  })

  test('a switch of all of a conversation’s use cases supersedes those of single ones', async () => {
    const database = registry.database()
    const whole = {
      kind: 'conversation',
      workspace: defaultWorkspace,
      id: conversationId('c1'),
      userId: null,
    } as const
    const single = await record(database, draft({ ...whole, useCase: 'clinical' }))
    const other = await record(database, draft({ ...whole, useCase: 'health' }))
    expect((await switchStates(database, [single.id])).get(single.id)).toBe('recorded')
    await record(database, draft({ ...whole, useCase: null }))
    expect([...(await switchStates(database, [single.id, other.id])).values()]).toEqual([
      'superseded',
      'superseded',
    ])
  })

  test('a refused attempt is recorded and changes nothing', async () => {
    const database = registry.database()
    const before = await latestSwitchOf(database, clinical)
    const refused = await database.transaction({ purpose: 'plain' }, (transaction) =>
      recordRefusedSwitch(transaction, draft(clinical), {
        code: 'model_not_found',
        message: 'Model not found: x',
      }),
    )
    expect(refused).toMatchObject({
      revision: null,
      refusal: { code: 'model_not_found', message: 'Model not found: x' },
    })
    expect((await latestSwitchOf(database, clinical))?.record.id).toBe(before?.record.id)
    expect((await switchStates(database, [refused.id])).get(refused.id)).toBe('refused')
    const { rows } = await database.query('SELECT FROM bedrock_model_switches WHERE id = $1', [refused.id])
    expect(rows).toEqual([])
    const all = await listSwitches(database, { limit: 100, cursor: null, includeRefused: true })
    expect(all.data.map((row) => row.record.id)).toContain(refused.id)
  })

  test('states move by the transition table only, and the facts beside the chain are marked once', async () => {
    const database = registry.database()
    const { id, revision } = await record(database, draft({ kind: 'agent', name: 'sql_agent' }))
    const apply = (event: Parameters<typeof applySwitchEvent>[2]) =>
      database.transaction({ purpose: 'plain' }, (transaction) => applySwitchEvent(transaction, id, event))
    expect(await apply('acknowledge-all')).toBeNull()
    expect(await apply('publish')).toBe('published')
    const activated = await database.transaction({ purpose: 'plain' }, (transaction) =>
      activateSwitches(transaction, revision?.number ?? 0),
    )
    expect(activated).toContain(id)
    expect(await markNotificationShown(database, id)).toBe(true)
    expect(await markNotificationShown(database, id)).toBe(false)
    expect(await findSwitch(database, id)).toMatchObject({ state: 'active', notificationShown: true })
    expect(await markNotificationShown(database, switchId('none'))).toBe(false)
  })

  test('pages newest first, by scope, user, conversation and model', async () => {
    const database = registry.database()
    const first = await listSwitches(database, { limit: 2, cursor: null })
    const second = await listSwitches(database, { limit: 2, cursor: first.nextCursor })
    const sequences = [...first.data, ...second.data].map((row) => row.record.sequence)
    expect(sequences).toEqual([...sequences].sort((a, b) => b - a))
    expect(new Set(sequences).size).toBe(4)
    expect((await listSwitches(database, { limit: 10, cursor: null, userId: 'grace' })).data.length).toBe(3)
    expect(
      (await listSwitches(database, { limit: 10, cursor: null, conversationId: 'c1' })).data.length,
    ).toBe(3)
    expect((await listSwitches(database, { limit: 10, cursor: null, modelId: 'none' })).data).toEqual([])
    const byScope = await listSwitches(database, { limit: 10, cursor: null, scope: clinical })
    expect(byScope.data.length).toBe(1)
    await expect(listSwitches(database, { limit: 2, cursor: 'x' })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  test('a transaction that is rolled back leaves no gap', async () => {
    const database = registry.database()
    const before = await verifyChain(database)
    await expect(
      database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
        await recordSwitch(transaction, draft(clinical))
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    const made = await record(database, draft(clinical))
    expect((await findSwitch(database, made.id))?.record.sequence).toBe(before.count + 1)
    expect(await verifyChain(database)).toMatchObject({ valid: true, count: before.count + 1 })
  })

  test('nothing in it can be changed or removed', async () => {
    const database = registry.database()
    for (const statement of [
      `UPDATE pointsman.switches SET reason = 'other'`,
      'DELETE FROM pointsman.switches',
      'TRUNCATE pointsman.switches CASCADE',
      `UPDATE pointsman.switch_chain SET hash = repeat('0', 64)`,
      'DELETE FROM pointsman.switch_chain',
      'DELETE FROM pointsman.switch_chain_head',
      'DELETE FROM bedrock_model_switches',
    ]) {
      await expect(database.query(statement), statement).rejects.toThrow()
    }
  })

  describe('when the triggers are passed by', () => {
    beforeEach(async () => {
      for (let count = 0; count < 3; count += 1) await record(registry.database(), draft(clinical))
    })
    /** What verify says of a change, which is undone afterwards. */
    const found = async (...statements: readonly string[]) => {
      const database = registry.database()
      let problem: unknown
      const undo = new Error('undo')
      await database
        .transaction({ purpose: 'plain' }, async (transaction) => {
          for (const table of ['switches', 'switch_chain', 'switch_chain_head']) {
            await transaction.query(`ALTER TABLE pointsman.${table} DISABLE TRIGGER ALL`)
          }
          for (const statement of statements) await transaction.query(statement)
          problem = (await verifyChain(transaction)).firstBad
          throw undo
        })
        .catch((error: unknown) => {
          if (error !== undo) throw error
        })
      return problem
    }
    const third = `(SELECT switch_id FROM pointsman.switch_chain WHERE sequence = 3)`
    const fourth = `(SELECT switch_id FROM pointsman.switch_chain WHERE sequence = 4)`

    test('an altered, missing, swapped or added record is found by its place', async () => {
      expect(await found(`UPDATE pointsman.switches SET reason = 'forged' WHERE id = ${third}`)).toEqual({
        sequence: 3,
        problem: 'its columns say something else than its text',
      })
      expect(
        await found(`UPDATE pointsman.switches SET cost_impact_usd = -0.124 WHERE id = ${third}`),
      ).toMatchObject({ sequence: 3 })
      expect(
        await found(
          `UPDATE pointsman.switches SET canonical_text = replace(canonical_text, 'sealed', 'sealex') WHERE id = ${third}`,
        ),
      ).toMatchObject({ sequence: 3, problem: matching(/text was altered/) })
      expect(await found('DELETE FROM pointsman.switch_chain WHERE sequence = 3')).toEqual({
        sequence: 3,
        problem: 'the record is missing',
      })
      expect(
        await found(
          `DELETE FROM pointsman.switch_states WHERE switch_id = ${third}`,
          `DELETE FROM pointsman.switches WHERE id = ${third}`,
        ),
      ).toMatchObject({ sequence: 3, problem: matching(/missing/) })
      const swapped = `UPDATE pointsman.switch_chain SET switch_id = CASE sequence WHEN 3 THEN ${fourth} ELSE ${third} END WHERE sequence IN (3, 4)`
      expect(
        await found('ALTER TABLE pointsman.switch_chain DROP CONSTRAINT switch_chain_switch_id_key', swapped),
      ).toMatchObject({
        sequence: 3,
        problem: matching(/another record/),
      })
      const { count } = await verifyChain(registry.database())
      expect(
        await found(
          `INSERT INTO pointsman.switches SELECT 'forged', revision_number, revision_epoch, recorded_at, actor_kind, actor_id,
             switch_action, switch_type, scope_kind, scope_name, workspace_id, conversation_id, user_id, use_case,
             previous_model_id, new_model_id, previous_model_name, new_model_name, reason, evidence, reverts, refusal_code,
             refusal_message, notification_title, notification_message, cost_impact_usd, canonical_text
           FROM pointsman.switches WHERE id = ${third}`,
        ),
      ).toEqual({ sequence: count + 1, problem: 'the record forged was added outside the chain' })
      expect(await found(`DELETE FROM pointsman.switch_chain WHERE sequence = ${count}`)).toMatchObject({
        sequence: count,
      })
      expect(await verifyChain(registry.database())).toMatchObject({ valid: true })
    })

    test('a hash that was made to fit its own record breaks the next one', async () => {
      const forged = `UPDATE pointsman.switch_chain SET hash = encode(sha256(convert_to(previous_hash ||
        (SELECT canonical_text FROM pointsman.switches WHERE id = switch_id), 'UTF8')), 'hex') WHERE sequence = 3`
      expect(
        await found(
          `UPDATE pointsman.switches SET reason = 'forged', canonical_text =
             pointsman.canonical_json(canonical_text::jsonb || '{"reason":"forged"}') WHERE id = ${third}`,
          forged,
        ),
      ).toEqual({ sequence: 4, problem: 'it does not follow from the record before it' })
    })
  })

  // The embedded database has one connection.
  if (registry.kind === 'server')
    test('many writers at once leave one chain without gaps', async () => {
      const url = registry.url() ?? ''
      const before = await verifyChain(registry.database())
      const others = await Promise.all([openServer({ url }), openServer({ url })])
      const writes = Array.from({ length: 30 }, (_, index) =>
        record(
          others[index % 2] ?? registry.database(),
          draft({ kind: 'agent', name: `agent-${index % 5}` }, { to: modelId(novaPro) }),
        ),
      )
      const made = await Promise.all(writes)
      const revisions = made.map(({ revision }) => revision?.number ?? 0)
      expect(new Set(revisions).size).toBe(30)
      expect(Math.max(...revisions) - Math.min(...revisions)).toBe(29)
      expect(await verifyChain(registry.database())).toMatchObject({ valid: true, count: before.count + 30 })
      await Promise.all(others.map((database) => database.close()))
    })
})
