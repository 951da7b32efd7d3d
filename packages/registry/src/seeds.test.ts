import { beforeAll, expect, test } from 'vitest'
import { verifyChain } from './switch-chain.ts'
import { listSwitches } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, novaLite, novaPro, testActor } from './testing/sample-registry.ts'
import { position, usageRecord } from './testing/sample-usage.ts'
import { seedQueries, seedUpdates } from './testing/seed-statements.ts'
import { recordSwitch } from './switches.ts'
import { ingestBatch } from './usage/ingest.ts'
import { conversationId, defaultWorkspace, userId } from '@pointsman/contract'

onBothDatabases('the seeds’ SQL', (registry) => {
  beforeAll(async () => {
    const database = registry.database()
    const nowMs = Date.now()
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      recordSwitch(transaction, {
        actor: testActor,
        action: 'auto_switch',
        type: 'auto',
        scope: {
          kind: 'conversation',
          workspace: defaultWorkspace,
          id: conversationId('conv-123'),
          userId: userId('user-456'),
          useCase: 'clinical',
        },
        from: novaPro,
        to: novaLite,
        fromName: null,
        toName: null,
        reason: 'Cost optimization',
        costImpactUsd: 1.5,
      }),
    )
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [
          usageRecord('r1', nowMs - 1_000, { durationMs: 100 }),
          usageRecord('r2', nowMs - 500, { durationMs: 300 }),
        ],
        position: position(1),
      }),
    )
  })

  test('every SELECT runs as it stands, and the figures are right', async () => {
    const answers = new Map<string, readonly unknown[]>()
    for (const statement of seedQueries)
      answers.set(statement, (await edit(registry.database(), statement)).rows)
    const answer = (words: string): unknown =>
      [...answers].find(([statement]) => statement.includes(words))?.[1][0]
    expect(answer('as auto_percentage')).toEqual({ new_model_id: novaLite, auto_percentage: 100 })
    expect(answer('as total_savings')).toEqual({ new_model_id: novaLite, switches: 1, total_savings: 1.5 })
    expect(answer('selection_count')).toMatchObject({
      user_id: 'user-456',
      preferred_model_id: novaLite,
      auto_selections: 1,
    })
    expect(answer('as avg_auto_adoption')).toMatchObject({ users: 1, avg_auto_adoption: 100 })
    expect(answer('usage_count DESC')).toMatchObject({
      model_used: novaPro,
      usage_count: 2,
      conversations: 1,
      avg_response_time_ms: 200,
    })
    expect(answer('as estimated_cost')).toMatchObject({
      model_name: 'Amazon Nova Pro',
      estimated_cost: 0.00063,
    })
  })

  test.each(seedUpdates)('$statement', async ({ statement, then, says }) => {
    const database = registry.database()
    await edit(database, statement)
    expect((await edit(database, then)).rows).toEqual([says])
  })

  test('and the log tells of each that moved a route, in an unbroken chain', async () => {
    const { data } = await listSwitches(registry.database(), { limit: 50, cursor: null })
    const moved = [...data]
      .reverse()
      .map(({ record }) => [
        record.scope.kind === 'use-case' ? record.scope.name : record.scope.kind,
        record.to,
      ])
    expect(moved).toEqual([
      ['conversation', novaLite],
      ['global', novaLite],
      ['global', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
      ['clinical', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ])
    expect(await verifyChain(registry.database())).toMatchObject({ valid: true, count: moved.length })
  })

  test('the view of the log has the seed’s columns and indexes', async () => {
    const { rows } = await registry.database().query(
      `SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) AS columns FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = 'bedrock_model_switches' AND ordinal_position <= 14`,
    )
    expect(rows[0]?.['columns']).toBe(
      'id user_id conversation_id previous_model_id new_model_id switch_action reason notification_shown ' +
        'notification_title notification_message switch_type timestamp cost_impact_estimated created_at',
    )
    const indexes = await registry
      .database()
      .query(
        `SELECT indexname FROM pg_indexes WHERE tablename = 'switches' AND indexname LIKE 'idx_bedrock%' ORDER BY 1`,
      )
    expect(indexes.rows.map((row) => row['indexname'])).toEqual([
      'idx_bedrock_switches_conversation_id',
      'idx_bedrock_switches_new_model_id',
      'idx_bedrock_switches_timestamp',
      'idx_bedrock_switches_user_id',
    ])
  })
})
