import { conversationId, defaultWorkspace, requestId, userId } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Row } from './database.ts'
import { claimPin } from './pins/claim-pin.ts'
import { setUserTarget } from './pins/set-targets.ts'
import { recordSwitch } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { novaLite, novaPro, testActor } from './testing/sample-registry.ts'
import { position, usageRecord } from './testing/sample-usage.ts'
import { ingestBatch } from './usage/ingest.ts'

/**
 * Who may do what with every relation and function of `public` and `pointsman`: r = SELECT, i = INSERT, u = UPDATE,
 * d = DELETE, c = SELECT of some columns; a space = nobody but the owner. The program itself is the owner's session; a
 * data plane has none. One that is not declared fails the test: whoever adds it decides here who sees it.
 */
const relations: Readonly<Record<string, { readonly service_role: string; readonly authenticated: string }>> =
  {
    ai_assistants: { service_role: 'ru', authenticated: 'r' },
    ai_conversations: { service_role: 'riu', authenticated: 'r' },
    ai_messages: { service_role: 'r', authenticated: 'r' },
    bedrock_model_switch_analytics: { service_role: 'r', authenticated: 'r' },
    bedrock_model_switches: { service_role: 'r', authenticated: 'r' },
    bedrock_models: { service_role: 'riud', authenticated: 'r' },
    user_model_preferences: { service_role: 'r', authenticated: 'r' },
    'pointsman.acknowledgements': { service_role: 'r', authenticated: '' },
    'pointsman.alarms': { service_role: 'r', authenticated: '' },
    'pointsman.aliases': { service_role: 'riud', authenticated: '' },
    // Nobody signed in, of their own neither.
    'pointsman.captured_exchanges': { service_role: 'r', authenticated: '' },
    'pointsman.conversation_pins': { service_role: 'r', authenticated: 'r' },
    'pointsman.conversations': { service_role: 'r', authenticated: 'r' },
    'pointsman.cost_alarms': { service_role: 'r', authenticated: '' },
    'pointsman.current_prices': { service_role: 'r', authenticated: '' },
    'pointsman.drills': { service_role: 'r', authenticated: '' },
    // What ends a session is not read by anybody.
    'pointsman.ended_console_sessions': { service_role: '', authenticated: '' },
    'pointsman.erasures': { service_role: 'r', authenticated: '' },
    'pointsman.fallback_rules': { service_role: 'riud', authenticated: '' },
    'pointsman.fitness_edits': { service_role: 'r', authenticated: '' },
    'pointsman.followed_items': { service_role: 'r', authenticated: '' },
    'pointsman.followed_tables': { service_role: 'r', authenticated: '' },
    'pointsman.ingest_checkpoints': { service_role: 'r', authenticated: '' },
    'pointsman.kept_model_columns': { service_role: 'r', authenticated: '' },
    'pointsman.key_uses': { service_role: 'r', authenticated: '' },
    // Not what a key is recognised by.
    'pointsman.keys': { service_role: 'c', authenticated: '' },
    'pointsman.limit_counts': { service_role: 'r', authenticated: '' },
    'pointsman.limit_holders': { service_role: 'r', authenticated: '' },
    // Names beside their salts.
    'pointsman.people': { service_role: '', authenticated: '' },
    'pointsman.prices': { service_role: 'ri', authenticated: '' },
    // What is told of a provider's key, not what is sealed.
    'pointsman.provider_keys': { service_role: 'c', authenticated: '' },
    'pointsman.provider_tests': { service_role: 'r', authenticated: '' },
    'pointsman.removed_entries': { service_role: 'r', authenticated: '' },
    'pointsman.replicas': { service_role: 'r', authenticated: '' },
    'pointsman.revisions': { service_role: 'r', authenticated: '' },
    'pointsman.roles': { service_role: 'riud', authenticated: '' },
    'pointsman.route_candidates': { service_role: 'riud', authenticated: '' },
    'pointsman.route_edits': { service_role: 'r', authenticated: '' },
    'pointsman.routes': { service_role: 'riud', authenticated: 'r' },
    'pointsman.settings': { service_role: 'r', authenticated: '' },
    'pointsman.snapshot_parts': { service_role: 'r', authenticated: '' },
    'pointsman.switch_chain': { service_role: 'r', authenticated: '' },
    'pointsman.switch_chain_head': { service_role: 'r', authenticated: '' },
    'pointsman.switch_notices': { service_role: 'r', authenticated: 'r' },
    'pointsman.switch_salts': { service_role: '', authenticated: '' },
    'pointsman.switch_states': { service_role: 'r', authenticated: 'r' },
    'pointsman.switches': { service_role: 'r', authenticated: 'r' },
    'pointsman.unchecked_names': { service_role: 'r', authenticated: '' },
    'pointsman.unsettled_edits': { service_role: 'r', authenticated: '' },
    'pointsman.usage_records': { service_role: 'r', authenticated: 'r' },
    'pointsman.usage_records_default': { service_role: 'r', authenticated: '' },
    // Those that are made by the month are read through their parent.
    'pointsman.usage_records_YYYY_MM': { service_role: '', authenticated: '' },
    'pointsman.usage_daily': { service_role: 'r', authenticated: '' },
    'pointsman.usage_folded_days': { service_role: 'r', authenticated: '' },
    'pointsman.usage_minutes': { service_role: 'r', authenticated: '' },
    'pointsman.usage_rollups': { service_role: 'r', authenticated: '' },
    'pointsman.user_pins': { service_role: 'r', authenticated: 'r' },
    'pointsman.webhook_deliveries': { service_role: 'r', authenticated: '' },
    'pointsman.workspaces': { service_role: 'r', authenticated: '' },
  }

/** Functions that somebody besides the owner may run: what views, policies, checks and operators' SQL need. */
const functions: Readonly<Record<'service_role' | 'authenticated', readonly string[]>> = {
  authenticated: ['jwt_subject()'],
  service_role: [
    'canonical_json(jsonb)',
    'check_destinations(text,jsonb)',
    'check_service_tiers(text,text,jsonb)',
    'epoch_ms(timestamp with time zone)',
    'is_plain_list(text[])',
    'is_rate(jsonb)',
    'jwt_subject()',
    'now_ms()',
    'require_day(text,text,text,boolean)',
    'require_instant(text,text,timestamp with time zone)',
    'require_list(text,text,text[])',
    'require_rates(text,jsonb)',
    'require_tiers(text,jsonb)',
    'revision_of_edit()',
    'route_key(text,text)',
    'run_statement(text,text,integer,bigint)',
    'server_region()',
    'wall_stands()',
  ],
}

/** What is the same for everybody who is signed in. */
const common = new Set(['bedrock_models', 'ai_assistants', 'pointsman.routes'])
const schemas = `('public'::regnamespace, 'pointsman'::regnamespace)`
const plainRole = `pointsman_plain_${process.pid}_${Date.now()}`
const roles = ['service_role', 'authenticated', 'anon', plainRole] as const

onBothDatabases('who may do what', (registry) => {
  const ask = async (text: string): Promise<readonly Row[]> => (await registry.database().query(text)).rows

  beforeAll(async () => {
    const database = registry.database()
    await database.query(`CREATE ROLE ${plainRole} LOGIN`)
    await database.query('SELECT pointsman.ensure_usage_partitions(0)')
    for (const [place, name] of ['ada', 'grace'].entries()) {
      const id = userId(name)
      const { id: switchId } = await database.transaction(
        { purpose: 'registry', actor: testActor },
        (transaction) =>
          recordSwitch(transaction, {
            ...{ actor: testActor, action: 'manual_switch', type: 'manual', from: novaPro, to: novaLite },
            scope: { kind: 'user', workspace: defaultWorkspace, id },
            ...{ fromName: null, toName: null, reason: null },
          }),
      )
      await claimPin(database, {
        ...{ workspace: defaultWorkspace, userId: id, useCase: 'clinical', modelId: novaPro, claimedAtMs: 1 },
        conversationId: conversationId(`of-${name}`),
        requestId: requestId('r'),
      })
      await database.transaction({ purpose: 'plain' }, async (transaction) => {
        await setUserTarget(transaction, { workspace: defaultWorkspace, id, modelId: novaLite, switchId })
        await transaction.query('INSERT INTO pointsman.switch_notices VALUES ($1, now())', [switchId])
        await ingestBatch(transaction, {
          records: [usageRecord(`by-${name}`, Date.now(), { userId: id })],
          position: position(place + 1),
        })
      })
    }
  })
  afterAll(async () => {
    await registry.database().query(`DROP ROLE ${plainRole}`)
  })

  test('with every table and view, as it is declared', async () => {
    const rows = await ask(
      `SELECT regexp_replace(class.oid::regclass::text, '_\\d{4}_\\d{2}$', '_YYYY_MM') AS name, role,
         (SELECT coalesce(string_agg(letter, '' ORDER BY place), '')
          FROM (VALUES ('SELECT', 'r', 1), ('INSERT', 'i', 2), ('UPDATE', 'u', 3), ('DELETE', 'd', 4),
            ('TRUNCATE', 'T', 5), ('REFERENCES', 'R', 6), ('TRIGGER', 'G', 7)) AS verb (verb, letter, place)
          WHERE has_table_privilege(role, class.oid, verb))
         || CASE WHEN has_any_column_privilege(role, class.oid, 'SELECT') AND NOT has_table_privilege(role, class.oid, 'SELECT')
              THEN 'c' ELSE '' END
         || CASE WHEN has_any_column_privilege(role, class.oid, 'INSERT') AND NOT has_table_privilege(role, class.oid, 'INSERT')
              OR has_any_column_privilege(role, class.oid, 'UPDATE') AND NOT has_table_privilege(role, class.oid, 'UPDATE')
              THEN 'w' ELSE '' END AS verbs,
         class.relkind IN ('v') OR class.relrowsecurity AS closed
       FROM pg_class AS class CROSS JOIN unnest(ARRAY['${roles.join("','")}']) AS role
       WHERE class.relnamespace IN ${schemas} AND class.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    )
    const found = new Map<string, Record<string, unknown>>()
    for (const row of rows) {
      const name = String(row['name'])
      found.set(name, { ...found.get(name), [String(row['role'])]: row['verbs'] })
      expect(row['closed'], `${name} has row-level security`).toBe(true)
    }
    const declared = Object.entries(relations).map(([name, verdict]) => [
      name,
      { ...verdict, anon: '', [plainRole]: '' },
    ])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(declared))
  })

  test('with every function, and nobody makes anything in these schemas', async () => {
    for (const role of roles) {
      const rows = await ask(
        `SELECT replace(oid::regprocedure::text, 'pointsman.', '') AS name FROM pg_proc
         WHERE pronamespace IN ${schemas} AND has_function_privilege('${role}', oid, 'EXECUTE')`,
      )
      const own = role === 'service_role' || role === 'authenticated' ? functions[role] : []
      expect(rows.map((row) => row['name']).sort(), role).toEqual(own)
      expect(
        await ask(
          `SELECT nspname FROM pg_namespace WHERE oid IN ${schemas} AND has_schema_privilege('${role}', oid, 'CREATE')`,
        ),
        role,
      ).toEqual([])
    }
  })

  test('what may be read, reads; and two users share no row of what is not for all', async () => {
    const database = registry.database()
    const rowsOf = async (
      role: 'service_role' | 'authenticated' | 'anon',
      name: string,
      sub: string | null,
    ) => {
      const claims = sub === null ? null : { sub, role }
      const { rows } = await database.transaction({ purpose: 'sql', role, claims }, (transaction) =>
        transaction.query(`SELECT to_jsonb(seen)::text AS row FROM ${name} AS seen`),
      )
      return rows.map((row) => row['row'])
    }
    const existing = Object.entries(relations).filter(([name]) => !name.endsWith('YYYY_MM'))
    for (const [name, { service_role: service, authenticated }] of existing) {
      await expect(rowsOf('anon', name, null), name).rejects.toThrow(/permission denied/)
      if (service.startsWith('r')) await rowsOf('service_role', name, null)
      else await expect(rowsOf('service_role', name, null), name).rejects.toThrow(/permission denied/)
      if (authenticated === '') {
        await expect(rowsOf('authenticated', name, 'ada'), name).rejects.toThrow(/permission denied/)
        continue
      }
      const [ada, grace] = [
        await rowsOf('authenticated', name, 'ada'),
        await rowsOf('authenticated', name, 'grace'),
      ]
      expect(ada.length, `${name} of ada`).toBeGreaterThan(0)
      if (common.has(name)) expect(grace, name).toEqual(ada)
      else {
        expect(grace, name).toHaveLength(ada.length)
        if (name !== 'bedrock_model_switch_analytics')
          expect(
            ada.filter((row) => grace.includes(row)),
            name,
          ).toEqual([])
      }
    }
  })
})
