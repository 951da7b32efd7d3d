import { defaultWorkspace, unknownUsage, userId } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { erasePerson } from './erasures.ts'
import { recordSwitch } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, newHaiku, novaLite, novaPro, testActor } from './testing/sample-registry.ts'
import { position, usageRecord } from './testing/sample-usage.ts'
import { ingestBatch } from './usage/ingest.ts'

interface Told {
  readonly at: string
  readonly user: string | null
  readonly to: string | null
  readonly action: 'auto_switch' | 'manual_switch' | 'fallback_switch'
  readonly saving?: string
}

/** Of one hour and the next; the border of 30 days; nobody's and somebody's; to a model and to none. */
const hour = `date_trunc('hour', now() - interval '2 days', 'UTC')`
const told: readonly Told[] = [
  { at: `${hour} - interval '1 ms'`, user: 'ada', to: novaPro, action: 'manual_switch' },
  {
    at: hour,
    user: 'ada',
    to: novaPro,
    action: 'auto_switch',
    saving: '123456789012345678901234567890.123456789',
  },
  {
    at: `${hour} + interval '59 minutes'`,
    user: 'ada',
    to: novaPro,
    action: 'fallback_switch',
    saving: '-0.000000001',
  },
  { at: `${hour} + interval '1 hour'`, user: 'ada', to: novaPro, action: 'manual_switch', saving: '1' },
  { at: hour, user: null, to: novaPro, action: 'auto_switch' },
  { at: hour, user: 'bob', to: null, action: 'manual_switch' },
  {
    at: `now() - interval '30 days' + interval '1 minute'`,
    user: 'cleo',
    to: newHaiku,
    action: 'auto_switch',
  },
  { at: `now() - interval '30 days'`, user: 'cleo', to: newHaiku, action: 'manual_switch' },
]

onBothDatabases('the seeds’ views', (registry) => {
  beforeAll(async () => {
    const database = registry.database()
    for (const [place, { action, at, saving = 'NULL', to, user }] of told.entries()) {
      await database.query(
        `INSERT INTO pointsman.switches (id, recorded_at, actor_kind, actor_id, switch_action, switch_type, scope_kind,
           workspace_id, user_id, new_model_id, reason, evidence, cost_impact_usd, canonical_text)
         VALUES ('view-${place}', ${at}, 'service', 'service', '${action}', '${action === 'manual_switch' ? 'manual' : 'auto'}',
           '${user === null ? 'global' : 'user'}', ${user === null ? 'NULL' : `'default'`}, $1, $2, 'why', '{}', ${saving}, '{}')`,
        [user, to],
      )
      await database.query(`INSERT INTO pointsman.switch_states VALUES ('view-${place}', 'active', now())`)
    }
    const nowMs = Date.now()
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [
          usageRecord('priced', nowMs, {
            costNanoUsd: 1,
            usage: { ...unknownUsage, inputTokens: 3, outputTokens: 1 },
          }),
          usageRecord('unpriced', nowMs, {
            costNanoUsd: null,
            usage: { ...unknownUsage, inputTokens: 3, cacheWrite1hTokens: 5 },
          }),
          usageRecord('partial', nowMs, {
            outcome: 'partial',
            userId: null,
            usage: {
              ...unknownUsage,
              inputTokens: 3,
              outputTokens: 7,
              cacheWrite5mTokens: 2,
              cacheWrite1hTokens: 5,
            },
            usageEstimated: true,
          }),
          usageRecord('nobody', nowMs, { modelId: null, outcome: 'failed', costNanoUsd: null }),
        ],
        position: position(1),
      }),
    )
  })

  test('bedrock_model_switch_analytics counts by whole hours in UTC, wherever the session lives', async () => {
    const database = registry.database()
    const rows = await database.transaction({ purpose: 'read' }, async (transaction) => {
      // Half an hour off: its hours are not those of the world.
      await transaction.query(`SET LOCAL TimeZone = 'Asia/Kolkata'`)
      const found = await transaction.query(
        `SELECT (extract(epoch FROM hour - ${hour}) / 3600)::integer AS hour, switch_type, switches, auto_switches, manual_switches,
           fallback_switches, users, conversations, reasons
         FROM bedrock_model_switch_analytics WHERE new_model_id = '${novaPro}' ORDER BY hour, switch_type`,
      )
      return found.rows
    })
    const counts = {
      auto_switches: 0,
      manual_switches: 0,
      fallback_switches: 0,
      users: 1,
      conversations: 0,
      reasons: ['why'],
    }
    expect(rows).toEqual([
      { ...counts, hour: -1, switch_type: 'manual', switches: 1, manual_switches: 1 },
      // Nobody's is a switch and no user.
      { ...counts, hour: 0, switch_type: 'auto', switches: 3, auto_switches: 2, fallback_switches: 1 },
      { ...counts, hour: 1, switch_type: 'manual', switches: 1, manual_switches: 1 },
    ])
    const none = await edit(
      database,
      `SELECT switches, users FROM bedrock_model_switch_analytics WHERE new_model_id IS NULL`,
    )
    expect(none.rows).toEqual([{ switches: 1, users: 1 }])
  })

  test('user_model_preferences ends after 30 days, leaves nobody’s out, and shares add up', async () => {
    const { rows } = await edit(
      registry.database(),
      `SELECT user_id, preferred_model_id, selection_count, auto_selections, manual_selections, auto_adoption_percentage
       FROM user_model_preferences ORDER BY user_id`,
    )
    expect(rows).toEqual([
      {
        ...{ user_id: 'ada', preferred_model_id: novaPro, selection_count: 4 },
        ...{ auto_selections: 2, manual_selections: 2, auto_adoption_percentage: 50 },
      },
      {
        ...{ user_id: 'bob', preferred_model_id: null, selection_count: 1 },
        ...{ auto_selections: 0, manual_selections: 1, auto_adoption_percentage: 0 },
      },
      {
        ...{ user_id: 'cleo', preferred_model_id: newHaiku, selection_count: 1 },
        ...{ auto_selections: 1, manual_selections: 0, auto_adoption_percentage: 100 },
      },
    ])
  })

  test('what switches save is summed to the last digit, and unknown is no 0', async () => {
    const { rows } = await edit(
      registry.database(),
      `SELECT user_id, SUM(cost_impact_estimated)::text AS saved FROM bedrock_model_switches GROUP BY user_id ORDER BY user_id`,
    )
    expect(rows).toEqual([
      { user_id: 'ada', saved: '123456789012345678901234567891.123456788' },
      { user_id: 'bob', saved: null },
      { user_id: 'cleo', saved: null },
      { user_id: null, saved: null },
    ])
  })

  test('ai_messages tells broken streams too, an unknown cost as NULL, and a nano-dollar as one', async () => {
    const { rows } = await edit(
      registry.database(),
      `SELECT request_id, outcome, input_tokens, cache_write_tokens, output_tokens, cost_usd FROM ai_messages ORDER BY request_id`,
    )
    expect(rows).toEqual([
      {
        ...{ request_id: 'partial', outcome: 'partial', input_tokens: 3, cache_write_tokens: 7 },
        ...{ output_tokens: 7, cost_usd: 0.000315 },
      },
      {
        ...{ request_id: 'priced', outcome: 'ok', input_tokens: 3, cache_write_tokens: null },
        ...{ output_tokens: 1, cost_usd: 1e-9 },
      },
      {
        ...{ request_id: 'unpriced', outcome: 'ok', input_tokens: 3, cache_write_tokens: 5 },
        ...{ output_tokens: null, cost_usd: null },
      },
    ])
  })

  test('an erased person stands under their seal, with the same counts', async () => {
    const database = registry.database()
    const scope = { kind: 'user', workspace: defaultWorkspace, id: userId('dora') } as const
    await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      await recordSwitch(transaction, {
        ...{ actor: testActor, action: 'auto_switch', type: 'auto', scope, from: novaPro, to: novaLite },
        ...{ fromName: null, toName: null, reason: null },
      })
    })
    const { seal } = await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      erasePerson(transaction, { workspace: defaultWorkspace, person: userId('dora'), actor: testActor }),
    )
    const { rows } = await edit(
      database,
      `SELECT user_id, selection_count FROM user_model_preferences WHERE preferred_model_id = '${novaLite}'`,
    )
    expect(rows).toEqual([{ user_id: seal, selection_count: 1 }])
    expect(seal).not.toContain('dora')
  })
})
