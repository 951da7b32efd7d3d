import { conversationId, defaultWorkspace, userId, type SwitchScope } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import type { Queryable } from './database.ts'
import { verifyChain } from './switch-chain.ts'
import { latestSwitchOf, listSwitches, recordSwitch, switchStates, type SwitchDraft } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { novaLite, novaPro, testActor } from './testing/sample-registry.ts'

const historyLength = 600

const conversation = (id: string, useCase: string | null = null): SwitchScope => ({
  kind: 'conversation',
  workspace: defaultWorkspace,
  id: conversationId(id),
  userId: userId('ada'),
  useCase,
})
const user = (id: string): SwitchScope => ({ kind: 'user', workspace: defaultWorkspace, id: userId(id) })

const draft = (scope: SwitchScope, changes: Partial<SwitchDraft> = {}): SwitchDraft => ({
  actor: testActor,
  action: 'manual_switch',
  type: 'manual',
  scope,
  from: novaPro,
  to: novaLite,
  fromName: null,
  toName: null,
  reason: 'Test',
  ...changes,
})

/** Rows of the log that this transaction has read so far, by whatever way. */
async function rowsRead(transaction: Queryable): Promise<number> {
  const { rows } = await transaction.query(
    `SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS read FROM pg_stat_xact_user_tables
     WHERE schemaname = 'pointsman' AND relname = 'switches'`,
  )
  return Number(rows[0]?.['read'])
}

onBothDatabases('a long history of switches', (registry) => {
  beforeAll(async () => {
    const database = registry.database()
    await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      for (let index = 0; index < historyLength; index += 1) {
        await recordSwitch(transaction, draft(conversation(`old-${index}`)))
        if (index % 2 === 0) await recordSwitch(transaction, draft(user(`old-${index}`)))
      }
    })
    await database.query('ANALYZE pointsman.switches')
    await database.query('ANALYZE pointsman.switch_chain')
    await database.query('ANALYZE pointsman.switch_states')
  })

  const scopes: readonly SwitchScope[] = [
    conversation('old-7'),
    conversation('old-7', 'clinical'),
    user('old-8'),
    { kind: 'use-case', name: 'clinical' },
    { kind: 'agent', name: 'sql_agent' },
    { kind: 'global' },
  ]

  test.each(scopes)('is not read through for one more switch of %o', async (scope) => {
    const database = registry.database()
    await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      const before = await rowsRead(transaction)
      await recordSwitch(transaction, draft(scope))
      expect((await rowsRead(transaction)) - before).toBeLessThan(50)
    })
    await database.transaction({ purpose: 'read' }, async (transaction) => {
      const before = await rowsRead(transaction)
      expect((await latestSwitchOf(transaction, scope))?.record.scope).toEqual(scope)
      await listSwitches(transaction, { limit: 5, cursor: null, scope })
      expect((await rowsRead(transaction)) - before).toBeLessThan(50)
    })
  })

  test('the earlier switch of exactly this scope ends, and no other one', async () => {
    const database = registry.database()
    const ids = await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      const make = async (scope: SwitchScope) => (await recordSwitch(transaction, draft(scope))).id
      return {
        clinical: await make(conversation('c1', 'clinical')),
        health: await make(conversation('c1', 'health')),
        other: await make(conversation('c2', 'clinical')),
        again: await make(conversation('c1', 'clinical')),
        route: await make({ kind: 'use-case', name: 'health' }),
        agent: await make({ kind: 'agent', name: 'health' }),
        ada: await make(user('ada')),
        all: await make(conversation('c1')),
        grace: await make(user('grace')),
        everywhere: await make({ kind: 'global' }),
      }
    })
    const states = await switchStates(database, Object.values(ids))
    const ended = Object.entries(ids).filter(([, id]) => states.get(id) === 'superseded')
    expect(ended.map(([name]) => name)).toEqual(['clinical', 'health', 'again'])
  })

  test('the hour of the analytics does not depend on the session’s time zone', async () => {
    const database = registry.database()
    const hours = async (zone: string) =>
      database.transaction({ purpose: 'plain' }, async (transaction) => {
        await transaction.query(`SET LOCAL timezone = '${zone}'`)
        const { rows } = await transaction.query(
          'SELECT DISTINCT extract(epoch FROM hour)::bigint % 3600 AS past FROM bedrock_model_switch_analytics',
        )
        return rows
      })
    expect(await hours('UTC')).toEqual([{ past: 0 }])
    expect(await hours('Asia/Kathmandu')).toEqual([{ past: 0 }])
  })

  test('a cost of many digits is checked to its last one, and one that is no number is reported', async () => {
    const database = registry.database()
    const digits = '12345678901234567.123456789'
    const { rows } = await database.query('SELECT id FROM pointsman.record_switch($1::jsonb)', [
      JSON.stringify({ ...draft({ kind: 'global' }) }).replace('}', `},"costImpactUsd":${digits}`),
    ])
    const id = String(rows[0]?.['id'])
    const sequence = (await verifyChain(database)).count
    expect(await verifyChain(database)).toMatchObject({ valid: true })
    for (const forged of [
      `cost_impact_usd = ${digits.slice(0, -1)}8`,
      `cost_impact_usd = 'NaN'`,
      `cost_impact_usd = 'Infinity'`,
      'cost_impact_usd = NULL',
      `recorded_at = 'infinity'`,
    ]) {
      const undo = new Error('undo')
      await expect(
        database.transaction({ purpose: 'plain' }, async (transaction) => {
          await transaction.query('ALTER TABLE pointsman.switches DISABLE TRIGGER ALL')
          await transaction.query(`UPDATE pointsman.switches SET ${forged} WHERE id = $1`, [id])
          expect(await verifyChain(transaction), forged).toMatchObject({
            valid: false,
            firstBad: { sequence, problem: 'its columns say something else than its text' },
          })
          throw undo
        }),
      ).rejects.toBe(undo)
    }
  })
})
