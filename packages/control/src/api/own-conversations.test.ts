import { setTimeout as sleep } from 'node:timers/promises'
import {
  conversationId,
  modelId,
  requestId,
  userId,
  workspaceId,
  type Principal,
  type WorkspaceId,
} from '@pointsman/contract'
import { claimPin, recordSwitch, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

const here = workspaceId('default')
const elsewhere = workspaceId('elsewhere')
const everyone = { routes: null, models: null, userId: null } as const
/** By token: who signed in, and a key of another workspace. */
const principals: { readonly [token: string]: Principal } = {
  'of-mallory': {
    ...{ kind: 'user', id: 'mallory', workspace: here, scopes: ['self'] },
    ...{ routes: null, models: null, userId: userId('mallory') },
  },
  'of-elsewhere': { kind: 'key', id: 'k', workspace: elsewhere, scopes: ['switch'], ...everyone },
}

describe.each(databaseKinds)('conversations belong to somebody, on %s', (kind) => {
  let at: TestControl
  let database: Database
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    database = opened.database
    await database.query("INSERT INTO pointsman.workspaces (id, name) VALUES ('elsewhere', 'Elsewhere')")
    at = await startControl(database, {
      tokenVerifier: { verify: (token) => Promise.resolve(principals[token] ?? null) },
    })
    ends.push(() => at.stop(), opened.drop)
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })

  const claim = (workspace: WorkspaceId, id: string, useCase: string, owner: string) => ({
    ...{ workspace, conversationId: conversationId(id), userId: userId(owner), useCase },
    ...{ modelId: modelId(micro), claimedAtMs: 1, requestId: requestId(`request-${id}`) },
  })
  const pin = async (workspace: WorkspaceId, id: string) => {
    const { rows } = await database.query(
      'SELECT model_id FROM pointsman.conversation_pins WHERE workspace_id = $1 AND conversation_id = $2',
      [workspace, id],
    )
    return rows.map((row) => row['model_id'])
  }
  const recorded = async () =>
    (await at.ask('/api/v1/switches?includeRefused=true')).body.data.map(({ id }) => id)

  test.each<[string, object]>([
    ['of-mallory', { conversationId: 'mine', useCase: 'clinical' }],
    ['of-mallory', { conversationId: 'mine' }],
    ['the service key', { conversationId: 'mine', useCase: 'clinical' }],
    ['the service key', { userId: 'mallory', useCase: 'clinical' }],
  ])('%s moves nobody’s conversations with a switch of %j', async (key, scope) => {
    await claimPin(database, claim(here, 'of-ada', 'clinical', 'ada'))
    const before = await recorded()
    const asked = { ...scope, modelId: lite, applyTo: 'all' }
    const token = key === 'the service key' ? {} : { key }
    for (const path of ['/api/v1/switches', '/api/v1/switches?dryRun=true'])
      expect(await at.ask(path, { body: asked, ...token })).toMatchObject({
        status: 400,
        body: { error: { code: 'invalid_request', field: 'applyTo' } },
      })
    for (const action of ['switch', 'auto-switch', 'fallback-switch']) {
      const { modelId: model, ...rest } = asked
      const body = { action, ...rest, ...(action === 'switch' ? { modelId: model } : {}) }
      expect(await at.orchestrate(body, token.key), action).toMatchObject({
        status: 400,
        body: { error: { code: 'invalid_request' } },
      })
    }
    expect(await pin(here, 'of-ada')).toEqual([micro])
    expect(await pin(here, 'mine')).toEqual([])
    expect(await recorded()).toEqual(before)
  })

  test('taking back a record from when that was possible moves that conversation alone', async () => {
    await claimPin(database, claim(here, 'of-grace', 'operations', 'grace'))
    const actor = { kind: 'user', id: 'mallory' } as const
    const { id } = await database.transaction({ purpose: 'registry', actor }, (transaction) =>
      recordSwitch(transaction, {
        ...{ actor, action: 'manual_switch', type: 'manual', reason: null },
        ...{ from: modelId(pro), to: modelId(lite), fromName: null, toName: null },
        scope: {
          kind: 'conversation',
          workspace: here,
          ...{ id: conversationId('old'), userId: userId('mallory'), useCase: 'operations' },
        },
        evidence: { previous: { own: pro, switchId: null }, applyTo: 'all' },
      }),
    )
    expect((await at.ask(`/api/v1/switches/${id}/revert`, { body: {} })).body).toMatchObject({
      switched: true,
      toId: pro,
    })
    expect([await pin(here, 'old'), await pin(here, 'of-grace')]).toEqual([[pro], [micro]])
  })

  test('"all" are those of the key’s workspace', async () => {
    await claimPin(database, claim(here, 'h', 'health', 'ada'))
    await claimPin(database, claim(elsewhere, 'h', 'health', 'ada'))
    const body = { modelId: pro, useCase: 'health', applyTo: 'all' }
    const moved = await at.ask('/api/v1/switches', { body, key: 'of-elsewhere' })
    expect(moved.body.switched).toBe(true)
    expect([await pin(here, 'h'), await pin(elsewhere, 'h')]).toEqual([[micro], [pro]])
  })

  test('a switch of a conversation that another user begins meanwhile is refused', async () => {
    // One connection takes its transactions one after the other.
    if (kind === 'embedded') return
    const { asked } = await database.transaction({ purpose: 'plain' }, async (transaction) => {
      await claimPin(transaction, claim(here, 'begins', 'clinical', 'ada'))
      const body = { modelId: lite, conversationId: 'begins', useCase: 'clinical' }
      const switching = at.ask('/api/v1/switches', { body, key: 'of-mallory' })
      await sleep(500)
      return { asked: switching }
    })
    expect(await asked).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', field: 'conversationId' } },
    })
    expect(await pin(here, 'begins')).toEqual([micro])
  })
})
