import { conversationId, defaultWorkspace, modelId, switchId } from '@pointsman/contract'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { setConversationTarget } from './pins/set-targets.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, novaLite, novaMicro, novaPro, testActor } from './testing/sample-registry.ts'

onBothDatabases('a conversation that is edited in SQL', (registry) => {
  test('waits for the API before it touches a row, so that neither waits in a circle', async () => {
    const database = registry.database()
    // One connection takes its transactions one after the other: there is nobody to wait for.
    if (database.kind === 'embedded') return
    await edit(database, `INSERT INTO ai_conversations (id, model_id) VALUES ('meeting', '${novaPro}')`)
    let edited: Promise<unknown> = Promise.resolve()
    await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      // Both name the model: the first one leaves it as it is, the second one is a switch.
      edited = edit(
        database,
        `UPDATE ai_conversations SET model_id = '${novaPro}', user_id = 'ada' WHERE id = 'meeting'`,
      ).then(() =>
        edit(database, `UPDATE ai_conversations SET model_id = '${novaLite}' WHERE id = 'meeting'`),
      )
      edited.catch(() => undefined)
      await sleep(300)
      await setConversationTarget(transaction, {
        workspace: defaultWorkspace,
        id: conversationId('meeting'),
        userId: null,
        useCase: null,
        modelId: modelId(novaMicro),
        switchId: switchId('made-up'),
      })
    })
    await edited
    const { rows } = await database.query(
      `SELECT user_id, model_id FROM ai_conversations WHERE id = 'meeting'`,
    )
    expect(rows).toEqual([{ user_id: 'ada', model_id: novaLite }])
  })

  test('takes no lock of the registry where no switch is recorded', async () => {
    const database = registry.database()
    const held = async (text: string) =>
      database.transaction({ purpose: 'sql', role: 'service_role', claims: null }, async (transaction) => {
        await transaction.query(text)
        const { rows } = await transaction.query(
          `SELECT count(*) AS locks FROM pg_locks
             WHERE locktype = 'advisory' AND objid = 70707070 AND pid = pg_backend_pid() AND granted`,
        )
        return rows[0]?.['locks']
      })
    expect([
      await held(`INSERT INTO ai_conversations (id, use_case) VALUES ('quiet', 'health')`),
      await held(`UPDATE ai_conversations SET user_id = 'ada' WHERE id = 'quiet'`),
      await held(`UPDATE ai_conversations SET model_id = '${novaPro}' WHERE id = 'quiet'`),
      await held(`INSERT INTO ai_conversations (id, model_id) VALUES ('loud', '${novaPro}')`),
    ]).toEqual([0, 0, 1, 1])
  })
})
