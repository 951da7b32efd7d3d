import {
  conversationId,
  defaultWorkspace,
  modelId,
  requestId,
  switchId,
  userId,
  type UserId,
} from '@pointsman/contract'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { claimPin } from './pins/claim-pin.ts'
import { findPins } from './pins/find-pins.ts'
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
        ownOnly: false,
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

onBothDatabases('a first message that meets a switch', (registry) => {
  const workspace = defaultWorkspace
  const [ada, mallory] = [userId('ada'), userId('mallory')]
  const claim = (id: string, owner: UserId) =>
    claimPin(registry.database(), {
      ...{ workspace, conversationId: conversationId(id), userId: owner, useCase: 'clinical' },
      ...{ modelId: novaPro, claimedAtMs: 1, requestId: requestId(`request-${id}`) },
    })
  const target = (id: string, owner: UserId) => ({
    ...{ workspace, id: conversationId(id), userId: owner, useCase: null },
    ...{ modelId: novaLite, switchId: switchId(`switch-${id}`) },
  })
  const pins = async (id: string) => {
    const asked = { workspace, conversationId: conversationId(id), userId: null, useCase: 'clinical' }
    return findPins(registry.database(), asked)
  }

  test.each(['new', 'known'])('of the whole conversation, a %s one, gets that model', async (id) => {
    // One connection takes its transactions one after the other.
    if (registry.kind === 'embedded') return
    if (id === 'known')
      await registry
        .database()
        .query(`INSERT INTO pointsman.conversations (workspace_id, id, user_id) VALUES ($1, $2, $3)`, [
          workspace,
          id,
          ada,
        ])
    const claimed = await registry.database().transaction({ purpose: 'plain' }, async (transaction) => {
      await setConversationTarget(transaction, { ...target(id, ada), ownOnly: false })
      const waiting = claim(id, ada)
      waiting.catch(() => undefined)
      await sleep(300)
      return { waiting }
    })
    expect(await claimed.waiting).toEqual({ modelId: novaLite, switchId: `switch-${id}` })
    expect((await pins(id)).conversation?.modelId).toBe(novaLite)
  })

  test('of somebody else, who came a moment late, keeps its conversation to itself', async () => {
    const late = (id: string) =>
      registry
        .database()
        .transaction({ purpose: 'plain' }, (transaction) =>
          setConversationTarget(transaction, { ...target(id, mallory), ownOnly: true }),
        )
    await claim('taken', ada)
    expect(await late('taken')).toBe(false)
    expect(await pins('taken')).toMatchObject({ conversation: { modelId: novaPro }, known: { userId: ada } })
    expect(await late('free')).toBe(true)
    expect((await pins('free')).conversation?.modelId).toBe(novaLite)
  })
})
