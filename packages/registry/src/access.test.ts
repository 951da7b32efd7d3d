import { defaultWorkspace, userId } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import type { Row } from './database.ts'
import { recordSwitch } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { novaLite, novaPro, testActor } from './testing/sample-registry.ts'
import { position, usageRecord } from './testing/sample-usage.ts'
import { claimPin } from './pins/claim-pin.ts'
import { ingestBatch } from './usage/ingest.ts'
import { conversationId, requestId } from '@pointsman/contract'

onBothDatabases('row-level security', (registry) => {
  type Role = 'service_role' | 'authenticated' | 'anon'
  const ask = async (role: Role, text: string, subject: string | null = null): Promise<readonly Row[]> => {
    const claims = subject === null ? null : { sub: subject, role }
    const options = { purpose: 'sql', role, claims } as const
    return (await registry.database().transaction(options, (transaction) => transaction.query(text))).rows
  }

  beforeAll(async () => {
    const database = registry.database()
    for (const name of ['ada', 'grace']) {
      await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
        recordSwitch(transaction, {
          actor: testActor,
          action: 'manual_switch',
          type: 'manual',
          scope: { kind: 'user', workspace: defaultWorkspace, id: userId(name) },
          from: novaPro,
          to: novaLite,
          fromName: null,
          toName: null,
          reason: null,
        }),
      )
      await claimPin(database, {
        workspace: defaultWorkspace,
        conversationId: conversationId(`of-${name}`),
        userId: userId(name),
        useCase: 'clinical',
        modelId: novaPro,
        claimedAtMs: 1,
        requestId: requestId('r'),
      })
      await database.transaction({ purpose: 'plain' }, (transaction) =>
        ingestBatch(transaction, {
          records: [usageRecord(`by-${name}`, Date.now(), { userId: userId(name) })],
          position: position(name.length),
        }),
      )
    }
  })

  test('a signed-in user reads the catalogue, and their own rows of everything else', async () => {
    expect((await ask('authenticated', 'SELECT FROM bedrock_models', 'ada')).length).toBe(6)
    expect((await ask('authenticated', 'SELECT FROM ai_assistants', 'ada')).length).toBe(4)
    expect(await ask('authenticated', 'SELECT user_id FROM bedrock_model_switches', 'ada')).toEqual([
      { user_id: 'ada' },
    ])
    expect(await ask('authenticated', 'SELECT id, model_id FROM ai_conversations', 'ada')).toEqual([
      { id: 'of-ada', model_id: novaPro },
    ])
    expect(await ask('authenticated', 'SELECT request_id FROM ai_messages', 'ada')).toEqual([
      { request_id: 'by-ada' },
    ])
    expect(await ask('authenticated', 'SELECT user_id FROM user_model_preferences', 'ada')).toEqual([
      { user_id: 'ada' },
    ])
    expect(await ask('authenticated', 'SELECT switches FROM bedrock_model_switch_analytics', 'ada')).toEqual([
      { switches: 1 },
    ])
  })

  test('a signed-in user without a subject reads no rows of anybody', async () => {
    for (const view of [
      'bedrock_model_switches',
      'ai_conversations',
      'ai_messages',
      'user_model_preferences',
    ]) {
      expect(await ask('authenticated', `SELECT FROM ${view}`), view).toEqual([])
      expect(await ask('authenticated', `SELECT FROM ${view}`, 'eve'), view).toEqual([])
    }
  })

  test('a signed-in user changes nothing and reads no inner table', async () => {
    for (const statement of [
      `UPDATE bedrock_models SET is_default = true WHERE model_id = '${novaLite}'`,
      `UPDATE ai_assistants SET model_version = '${novaLite}'`,
      `INSERT INTO ai_conversations (id) VALUES ('x')`,
      'SELECT FROM pointsman.keys',
      'SELECT FROM pointsman.settings',
      'SELECT FROM pointsman.prices',
      'SELECT pointsman.next_revision()',
      `SELECT pointsman.record_switch('{}')`,
    ]) {
      await expect(ask('authenticated', statement, 'ada'), statement).rejects.toThrow(/permission denied/)
    }
  })

  test('service_role reads all and edits, but neither forges the log nor runs inner functions', async () => {
    expect((await ask('service_role', 'SELECT FROM bedrock_model_switches')).length).toBe(2)
    expect((await ask('service_role', 'SELECT FROM ai_messages')).length).toBe(2)
    expect((await ask('service_role', 'SELECT FROM pointsman.usage_records')).length).toBe(2)
    for (const statement of [
      `INSERT INTO pointsman.switch_chain VALUES (99, 'x', '', '')`,
      `UPDATE pointsman.switch_states SET state = 'active'`,
      `SELECT pointsman.record_switch('{}')`,
      `UPDATE pointsman.revisions SET state = 'published'`,
      `UPDATE pointsman.settings SET value = '2'`,
    ]) {
      await expect(ask('service_role', statement), statement).rejects.toThrow(/permission denied/)
    }
  })

  test('anon has nothing', async () => {
    for (const name of [
      'bedrock_models',
      'bedrock_model_switches',
      'ai_assistants',
      'ai_conversations',
      'ai_messages',
      'pointsman.routes',
    ]) {
      await expect(ask('anon', `SELECT FROM ${name}`), name).rejects.toThrow(/permission denied/)
    }
  })

  test('the role ends with its transaction', async () => {
    await ask('anon', 'SELECT 1')
    const { rows } = await registry.database().query(`SELECT current_setting('role') AS role`)
    expect(rows).toEqual([{ role: 'none' }])
  })
})
