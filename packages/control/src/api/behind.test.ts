import { replicaId } from '@pointsman/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import type { Told } from '../testing/told.ts'

test('a key that is revoked while a replica is late, or is not heard of any more, answers with its name', async () => {
  const { database, drop } = await openTestDatabase(anyDatabase)
  const hasty = await startControl(database, { acknowledgeWithinMs: 100 })
  const { replicas } = hasty.control.services
  const cutOff = replicaId('cut-off')
  const lease = { host: 'test', title: 'cut-off', kind: 'leased', startedAtMs: testClock.nowMs() } as const
  await replicas.renewLease({ id: cutOff, ...lease })
  const made = await hasty.ask('/api/v1/keys', { body: { name: 'leaked' } })
  expect(made.body.pending).toContain('cut-off')
  await database.query(
    `UPDATE pointsman.replicas SET lease_until = now() - interval '1 minute' WHERE id = 'cut-off'`,
  )
  const revoked = await hasty.ask(`/api/v1/keys/${made.body.id}`, { method: 'DELETE' })
  expect(revoked.body).toMatchObject({
    pending: [],
    unheard: [{ id: 'cut-off', since: expect.any(String) as string }],
  })
  const switched = await hasty.ask('/api/v1/switches', {
    body: { modelId: 'eu.amazon.nova-lite-v1:0', useCase: 'operations' },
  })
  expect(switched.body).toMatchObject({ switched: true, unheard: [{ id: 'cut-off' }] })
  expect([...revoked.body.pending, ...switched.body.pending]).not.toContain('cut-off')
  await replicas.leave(cutOff)
  const set = await hasty.ask(`/api/v1/switches/${switched.body.switchId}/revert`, { body: {} })
  expect(set.body).toMatchObject({ switched: true, unheard: [] })
  await hasty.stop()
  await drop()
})

const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const haiku = 'eu.anthropic.claude-haiku-5-5'
const rates = { inputPicoUsd: 2_400_000, outputPicoUsd: 9_600_000, source: 'a contract' }
const manage = '/functions/v1/manage-bedrock-models'
const orchestrate = '/functions/v1/orchestrate-bedrock-models'
type Change = [method: string, path: string, body?: object]
const post = (path: string, body: object): Change => ['POST', path, body]
const put = (path: string, body: object): Change => ['PUT', `/api/v1/${path}`, body]
const remove = (path: string): Change => ['DELETE', `/api/v1/${path}`]

describe('every change says who does not serve it', () => {
  let at: TestControl
  const ends: (() => Promise<void>)[] = []
  const late = replicaId('late')
  const lost = replicaId('lost')
  const renew = (id: typeof late): Promise<void> => {
    const lease = { host: 'test', title: id, kind: 'leased', startedAtMs: testClock.nowMs() } as const
    return at.control.services.replicas.renewLease({ id, ...lease })
  }
  beforeAll(async () => {
    const { database, drop } = await openTestDatabase(anyDatabase)
    at = await startControl(database, { acknowledgeWithinMs: 20 })
    ends.push(() => at.stop(), drop)
    await renew(lost)
    await database.query(
      `UPDATE pointsman.replicas SET lease_until = now() - interval '1 minute' WHERE id = 'lost'`,
    )
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })

  test.each<Change>([
    put('aliases/fast', { target: lite }),
    remove('aliases/fast'),
    put('roles/nurse', { useCase: 'clinical' }),
    remove('roles/nurse'),
    put('use-cases/triage', { candidates: [{ modelId: lite, weight: 1 }] }),
    put('use-cases/triage', { target: micro }),
    remove('use-cases/triage'),
    put('agents/sql_agent', { autoSwitch: 'off' }),
    remove('agents/sql_agent'),
    post('/api/v1/models', { id: 'llama-ours', provider: 'ours' }),
    ['PATCH', '/api/v1/models/llama-ours', { priority: 7 }],
    ['PATCH', '/api/v1/models/llama-ours', { enabled: false }],
    ['PATCH', `/api/v1/models/${micro}`, { isDefault: true }],
    post('/api/v1/prices', { modelId: 'gpt-4o', region: 'eu-central-1', ...rates }),
    put('prices?modelId=llama-ours', { prices: [{ modelId: 'llama-ours', ...rates }] }),
    post('/api/v1/cache/clear', {}),
    post(manage, { action: 'set-default', modelId: lite }),
    post(manage, { action: 'disable', modelId: micro }),
    post(manage, { action: 'enable', modelId: micro }),
    post(orchestrate, { action: 'switch', modelId: haiku, useCase: 'health' }),
    post(orchestrate, { action: 'auto-switch', useCase: 'health' }),
    post(orchestrate, { action: 'fallback-switch', useCase: 'health' }),
    post(orchestrate, { action: 'clear-cache' }),
  ])('%s %s %j', async (method, path, body) => {
    await renew(late)
    const answer = await at.ask(path, { method, body })
    expect(answer.status).toBeLessThan(300)
    const told: Told = path.startsWith('/functions') ? answer.body.data : answer.body
    expect({ pending: told.pending, unheard: told.unheard }).toEqual({
      pending: ['late'],
      unheard: [{ id: 'lost', since: expect.any(String) as string }],
    })
  })

  test('PUT of a model', async () => {
    await renew(late)
    const { model } = (await at.ask('/api/v1/models/gpt-4o')).body as unknown as {
      readonly model: { readonly id: string }
    }
    const { id, ...facts } = model
    const answer = await at.ask(`/api/v1/models/${id}`, { method: 'PUT', body: { ...facts, name: 'Four' } })
    expect(answer.body).toMatchObject({ pending: ['late'], unheard: [{ id: 'lost' }] })
  })
})
