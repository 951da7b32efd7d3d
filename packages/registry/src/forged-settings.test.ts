import { expect, test } from 'vitest'
import type { Database, Transaction } from './database.ts'
import { listModels } from './models.ts'
import { latestRevision } from './revisions.ts'
import { findRoute } from './routes.ts'
import { listSwitches } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, novaLite, novaMicro, novaPro, testActor } from './testing/sample-registry.ts'

const newest = async (database: Database) =>
  (await listSwitches(database, { limit: 1, cursor: null })).data[0]?.record

const asOperator = <Result>(database: Database, work: (transaction: Transaction) => Promise<Result>) =>
  database.transaction({ purpose: 'sql', role: 'service_role', claims: null }, work)

/** A login of its own that inherits a role; gone when `work` is done. */
async function withLogin(
  database: Database,
  inherits: string,
  work: (transaction: Transaction, login: string) => Promise<unknown>,
): Promise<void> {
  const login = `pointsman_login_${process.pid}_${Date.now()}`
  const owner = String((await database.query('SELECT session_user AS name')).rows[0]?.['name'])
  await database.query(`CREATE ROLE ${login} LOGIN INHERIT IN ROLE ${inherits}`)
  try {
    await database.transaction({ purpose: 'plain' }, async (transaction) => {
      await transaction.query(`SET LOCAL SESSION AUTHORIZATION ${login}`)
      await work(transaction, login)
      // The commit settles the edit; the session is the same login until then.
    })
  } finally {
    // PGlite 0.5 has no default to go back to, neither at the commit nor by RESET.
    await database.query(`SET SESSION AUTHORIZATION ${owner}`)
    await database.query(`DROP ROLE ${login}`)
  }
}

const forgeActor = `SELECT set_config('pointsman.actor', '{"kind":"service","id":"service"}', true)`
const moveHealth = (id: string) =>
  `UPDATE ai_assistants SET model_version = '${id}' WHERE assistant_type = 'health'`

onBothDatabases('a setting that a session made up', (registry) => {
  test('does not make a login that inherits service_role the API', async () => {
    const database = registry.database()
    let name = ''
    await withLogin(database, 'service_role', async (transaction, login) => {
      name = login
      await transaction.query(forgeActor)
      await transaction.query(moveHealth(novaPro))
    })
    expect(await newest(database)).toMatchObject({
      actor: { kind: 'database-role', id: name },
      scope: { kind: 'use-case', name: 'health' },
      from: novaLite,
      to: novaPro,
    })
  })

  test('the API itself is believed: its edits are left to it to record', async () => {
    const database = registry.database()
    const before = await newest(database)
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      transaction.query(moveHealth(novaLite)),
    )
    expect((await findRoute(database, { kind: 'use-case', name: 'health' }))?.route.target).toBe(novaLite)
    expect(await newest(database)).toEqual(before)
  })

  test('puts no edit under an old revision', async () => {
    const database = registry.database()
    const before = await latestRevision(database)
    await asOperator(database, async (transaction) => {
      await transaction.query(
        `SELECT set_config('pointsman.revision', pg_current_xact_id()::text || ':1', true)`,
      )
      await transaction.query(moveHealth(novaMicro))
    })
    const number = (before?.number ?? 0) + 1
    expect((await latestRevision(database))?.number).toBe(number)
    expect((await findRoute(database, { kind: 'use-case', name: 'health' }))?.revision).toBe(number)
    expect((await newest(database))?.revision?.number).toBe(number)
  })

  test('stores no raw is_default beside the default route', async () => {
    const database = registry.database()
    await asOperator(database, async (transaction) => {
      await transaction.query(`SELECT set_config('pointsman.keeping', pg_current_xact_id()::text, true)`)
      await transaction.query(`UPDATE bedrock_models SET is_default = true WHERE model_id = '${novaLite}'`)
    })
    const marked = (await listModels(database)).filter((row) => row.isDefault).map((row) => row.model.id)
    const fallback = await findRoute(database, { kind: 'default', name: 'default' })
    expect([marked, fallback?.route.target]).toEqual([[novaLite], novaLite])
    expect(await newest(database)).toMatchObject({ scope: { kind: 'global' }, from: novaPro, to: novaLite })
  })

  test('what a transaction notes of itself is written by the owner only, and gone at its end', async () => {
    const database = registry.database()
    for (const statement of [
      `INSERT INTO pointsman.unsettled_edits (transaction_id, revision) VALUES (pg_current_xact_id(), 1)`,
      `UPDATE pointsman.unsettled_edits SET keeping = true`,
      `DELETE FROM pointsman.unsettled_edits`,
    ]) {
      await expect(edit(database, statement), statement).rejects.toThrow(/permission denied/)
    }
    const { rows } = await database.query('SELECT count(*) AS left FROM pointsman.unsettled_edits')
    expect(rows).toEqual([{ left: 0 }])
  })

  test('one transaction has one revision, also across savepoints that are taken back', async () => {
    const database = registry.database()
    const before = (await latestRevision(database))?.number ?? 0
    await asOperator(database, async (transaction) => {
      await transaction.query('SAVEPOINT one')
      await transaction.query(moveHealth(novaPro))
      await transaction.query('ROLLBACK TO SAVEPOINT one')
      await transaction.query(
        `INSERT INTO ai_conversations (id, model_id, use_case) VALUES ('forged', '${novaPro}', 'health')`,
      )
      await transaction.query('SAVEPOINT two')
      await transaction.query(moveHealth(novaLite))
      await transaction.query('RELEASE SAVEPOINT two')
      await transaction.query(`UPDATE bedrock_models SET is_default = true WHERE model_id = '${novaPro}'`)
    })
    expect((await latestRevision(database))?.number).toBe(before + 1)
    const { data } = await listSwitches(database, { limit: 3, cursor: null })
    expect(data.map(({ record }) => record.revision?.number)).toEqual([before + 1, before + 1, before + 1])
  })
})
