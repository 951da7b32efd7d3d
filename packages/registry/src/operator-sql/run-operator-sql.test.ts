import { expect, test } from 'vitest'
import { listSwitches } from '../switches.ts'
import { onBothDatabases } from '../testing/databases.ts'
import { novaLite, novaPro } from '../testing/sample-registry.ts'
import { runOperatorSql, type OperatorSql } from './run-operator-sql.ts'

onBothDatabases('an operator’s SQL', (registry) => {
  const run = (text: string, more: Partial<OperatorSql> = {}) =>
    runOperatorSql(registry.database(), {
      ...{ text, sentBy: 'key-1', readOnly: false, reason: null, rowLimit: 100, timeoutMs: 20_000 },
      ...more,
    })

  test('answers rows, counts and columns, also of nothing', async () => {
    const { statements, revision } = await run(
      `SELECT current_user, current_setting('role') AS role, 1 AS a, 2 AS a, NULL AS b;
       SELECT model_id, priority FROM bedrock_models WHERE false;
       SELECT g FROM generate_series(1, 5) AS g`,
      { rowLimit: 3 },
    )
    expect(revision).toBeNull()
    expect(statements).toMatchObject([
      {
        columns: ['current_user', 'role', 'a', 'a_2', 'b'],
        rows: [{ current_user: 'service_role', role: 'service_role', a: 1, a_2: 2, b: null }],
      },
      { columns: ['model_id', 'priority'], rows: [], rowCount: 0, cut: false, line: 2 },
      { rows: [{ g: 1 }, { g: 2 }, { g: 3 }], rowCount: 3, cut: true },
    ])
  })

  test('is a switch, recorded with its role and who sent it, whatever the statement claims', async () => {
    const { statements, revision } = await run(
      `WITH forged AS MATERIALIZED (SELECT set_config('request.jwt.claims', '{"sub":"eve"}', true) AS x)
       UPDATE ai_assistants SET model_version = '${novaPro}' FROM forged WHERE assistant_type = 'health' AND x <> ''`,
      { reason: 'Ticket 42' },
    )
    expect(statements).toMatchObject([{ command: 'UPDATE', rowCount: 1, rows: [] }])
    expect(revision).toBeGreaterThan(0)
    const { data } = await listSwitches(registry.database(), { limit: 1, cursor: null })
    expect(data[0]?.record).toMatchObject({
      actor: { kind: 'database-role', id: 'service_role' },
      evidence: { door: 'sql', subject: 'key-1' },
      reason: 'Ticket 42',
      from: novaLite,
      to: novaPro,
    })
  })

  test.each([
    `SELECT set_config('role', 'none', true)`,
    `SELECT set_config('session_authorization', 'default', false)`,
    `SELECT query_to_xml($$SELECT set_config('role', 'none', true)$$, true, false, '')`,
    'SELECT digest FROM pointsman.keys',
    'SELECT salt FROM pointsman.people',
    `SELECT pg_read_file('/etc/passwd')`,
    `SELECT set_config('session_replication_role', 'replica', true)`,
    `EXPLAIN ANALYZE SELECT set_config('role', 'none', true)`,
  ])('does not leave its role: %s', async (text) => {
    await expect(run(text)).rejects.toMatchObject({ code: 'invalid_request' })
    const { rows } = await registry.database().query(`SELECT current_setting('role') AS role`)
    expect(rows).toEqual([{ role: 'none' }])
  })

  test.each([
    'RESET ROLE',
    'COMMIT',
    'SET ROLE postgres',
    `DO $$ BEGIN EXECUTE 'RESET ROLE'; END $$`,
    `COPY pointsman.keys TO '/tmp/x'`,
    `SELECT 1; COMMIT`,
  ])('not past the list of statements either: %s', async (statement) => {
    await expect(
      registry
        .database()
        .transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
          transaction.query('SELECT * FROM pointsman.run_statement($1, $2, 10, 1000)', [
            statement,
            'changes',
          ]),
        ),
    ).rejects.toThrow()
  })

  test('keeps nothing of a text that fails, and says where', async () => {
    const text = `UPDATE ai_assistants SET model_version = '${novaLite}' WHERE assistant_type = 'clinical';\nSELECT modelid\n  FROM bedrock_models`
    await expect(run(text)).rejects.toMatchObject({
      code: 'invalid_request',
      details: { data: { sqlState: '42703', line: 2, column: 8, lineText: 'SELECT modelid' } },
    })
    const kept = await run(`SELECT model_version FROM ai_assistants WHERE assistant_type = 'clinical'`)
    expect(kept.statements[0]?.rows[0]?.['model_version']).not.toBe(novaLite)
    await expect(run('UPDATE bedrock_models SET priority = 1', { readOnly: true })).rejects.toMatchObject({
      details: { data: { sqlState: '25006' } },
    })
  })

  test('leaves no lock and no setting behind', async () => {
    await run(`SELECT pg_advisory_lock(70707070), set_config('search_path', 'nowhere', false)`)
    // Of this database: the locks of other tests' databases on the same server are told, too.
    const { rows } = await registry.database().query(
      `SELECT count(*) AS locks, current_setting('search_path') AS path FROM pg_locks
         WHERE locktype = 'advisory' AND objid = 70707070
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    expect(rows[0]?.['locks']).toBe(0)
    expect(rows[0]?.['path']).not.toBe('nowhere')
  })
})
