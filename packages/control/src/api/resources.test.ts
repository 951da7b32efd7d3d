import { setTimeout as sleep } from 'node:timers/promises'
import {
  conversationId,
  journalId,
  modelId,
  providerId,
  replicaId,
  requestId,
  userId,
  workspaceId,
  type CredentialFacts,
  type HeldCircuit,
} from '@pointsman/contract'
import { claimPin, ingestBatch, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import { signedInUsers } from '../testing/signed-in-users.ts'
import { usageRecord } from '../testing/usage-record.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const region = 'eu-central-1'

const noCredential: CredentialFacts = {
  ...{ source: null, from: null, lastFour: null, sinceMs: null, expiresAtMs: null, problem: null },
}

let at: TestControl
let database: Database
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  database = opened.database
  at = await startControl(database, {
    tokenVerifier: signedInUsers(),
    providers: () => [
      {
        ...{ id: providerId('bedrock'), readiness: { ready: true }, baseUrl: 'http://127.0.0.1:9' },
        ...{ credential: { ...noCredential, source: 'environment', lastFour: 'Z9x8' }, takesAwsKeys: true },
      },
      {
        ...{ id: providerId('openai'), readiness: { ready: false, missing: 'OPENAI_API_KEY' } },
        ...{ baseUrl: null, credential: noCredential, takesAwsKeys: false },
      },
    ],
  })
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

describe('prices', () => {
  const rates = {
    ...{ inputPicoUsd: 900_000, outputPicoUsd: 3_600_000, cacheReadPicoUsd: 225_000 },
    ...{ cacheWrite5mPicoUsd: 0, cacheWrite1hPicoUsd: null },
  }
  const flex = { serviceTier: 'flex', inputPicoUsd: 450_000, outputPicoUsd: 1_800_000 }
  const ofTier = (serviceTier: string, factor: number) => ({
    ...{ serviceTier, inputPicoUsd: 900_000 * factor, outputPicoUsd: 3_600_000 * factor },
    ...{ cacheReadPicoUsd: 225_000 * factor, cacheWrite5mPicoUsd: 0 },
  })
  const serviceTiers = [ofTier('flex', 0.5), ofTier('priority', 1.75)]
  const cheaper = { ...rates, serviceTiers, modelId: pro, region, source: 'a letter of the vendor' }
  const inForce = async (query: string) => (await at.ask(`/api/v1/prices?limit=1000&${query}`)).body.data
  const tag = async (): Promise<string> => (await at.ask('/api/v1/prices')).headers.get('etag') ?? ''

  test('a change is a new row and a recorded revision with its actor; the old row stays', async () => {
    const before = await inForce(`modelId=${pro}&region=${region}`)
    const made = await at.ask('/api/v1/prices', { body: cheaper })
    expect([made.status, made.body]).toEqual([201, expect.objectContaining(rates)])
    expect(made.headers.get('etag')).toBe(`"${made.body.revision}"`)
    const { body: revisions } = await at.ask('/api/v1/revisions?limit=1')
    expect(revisions.data[0]).toMatchObject({
      ...{ number: made.body.revision, state: 'published', actor: { kind: 'service', id: 'service' } },
    })
    const after = await inForce(`modelId=${pro}&region=${region}`)
    expect(after).toHaveLength(before.length + 1)
    expect(after.slice(0, -1)).toEqual(before)
    const { body: model } = await at.ask(`/api/v1/models/${pro}`)
    expect(model).toMatchObject({ inputCostPerMTok: 0.9, outputCostPerMTok: 3.6 })
    const id = encodeURIComponent(made.body.id)
    const { pending, unheard, ...row } = made.body
    expect([pending, unheard]).toEqual([[], []])
    expect((await at.ask(`/api/v1/prices/${id}`)).body).toEqual(row)
    expect((await at.ask('/api/v1/prices/no-such')).status).toBe(404)
  })

  test('as of an instant, each model and region has the row that held then', async () => {
    const then = await inForce(`modelId=${pro}&asOf=2026-02-01`)
    expect(then.find((row) => 'region' in row && row.region === region)).toMatchObject({
      inputPicoUsd: 1_050_000,
    })
    const now = await inForce(`modelId=${pro}&asOf=${new Date(testClock.nowMs()).toISOString()}`)
    expect(now.find((row) => 'region' in row && row.region === region)).toMatchObject({
      inputPicoUsd: 900_000,
    })
    expect((await at.ask('/api/v1/prices?asOf=yesterday')).body.error.field).toBe('asOf')
  })

  test.each<[string, object, number, string]>([
    ['a negative rate', { inputPicoUsd: -1 }, 400, 'inputPicoUsd'],
    ['a fraction of a pico-dollar', { inputPicoUsd: 0.5 }, 400, 'inputPicoUsd'],
    ['a rate that is left out', { outputPicoUsd: undefined }, 400, 'outputPicoUsd'],
    ['a rate that was known', { cacheReadPicoUsd: null }, 409, 'cacheReadPicoUsd'],
    ['an unknown member', { inputUsd: 1 }, 400, 'inputUsd'],
    ['a row that would be edited', { effectiveFrom: '2026-01-01' }, 409, 'effectiveFrom'],
    [
      'a service tier that is the standard one',
      { serviceTiers: [{ ...flex, serviceTier: 'default' }] },
      400,
      'serviceTiers[0].serviceTier',
    ],
    ['a service tier twice', { serviceTiers: [flex, flex] }, 400, 'serviceTiers'],
    [
      'a service tier without a rate',
      { serviceTiers: [{ serviceTier: 'flex' }] },
      400,
      'serviceTiers[0].inputPicoUsd',
    ],
    ['an unknown model', { modelId: 'eu.amazon.nova-prо' }, 400, 'modelId'],
    ['a model that is not there', { modelId: 'eu.amazon.nova-prx' }, 404, ''],
    ['another row’s id', { id: `${lite}@${region}@2026-01-01` }, 409, 'id'],
  ])('%s is refused, and nothing is changed', async (_, change, status, field) => {
    const before = await tag()
    const refused = await at.ask('/api/v1/prices', { body: { ...cheaper, ...change } })
    expect([refused.status, refused.body.error.field ?? '']).toEqual([status, field])
    expect(await tag()).toBe(before)
  })

  test('rates of service tiers are shown as they were written, and may not be forgotten', async () => {
    const price = { ...rates, modelId: 'gpt-4-turbo-preview', region: 'eu-west-1', source: 'a letter' }
    const full = { ...flex, cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null }
    const made = await at.ask('/api/v1/prices', { body: { ...price, serviceTiers: [flex] } })
    expect([made.status, made.body]).toMatchObject([201, { serviceTiers: [{ ...full, tiers: [] }] }])
    const later = { ...price, effectiveFrom: '2036-01-01' }
    const forgetful = await at.ask('/api/v1/prices', { body: later })
    expect([forgetful.status, forgetful.body.error.field]).toEqual([409, 'serviceTiers.flex'])
    expect(forgetful.body.error.message).toMatch(
      /Send it again with "serviceTiers.flex" as `GET \/api\/v1\/prices\/gpt-4/,
    )
    const without = { ...flex, inputPicoUsd: null }
    const lesser = await at.ask('/api/v1/prices', { body: { ...later, serviceTiers: [without] } })
    expect([lesser.status, lesser.body.error.field]).toEqual([409, 'serviceTiers.flex.inputPicoUsd'])
    const more = [flex, { ...flex, serviceTier: 'priority' }]
    expect((await at.ask('/api/v1/prices', { body: { ...later, serviceTiers: more } })).status).toBe(201)
  })

  test('a whole table adds what changed in it; one with a missing or a negative row is refused whole', async () => {
    const asOf = new Date(testClock.nowMs()).toISOString()
    const rows = (await inForce(`modelId=${lite}&asOf=${asOf}`)).map((row) => {
      const {
        id: _id,
        effectiveFrom: _from,
        effectiveFromMs: _fromMs,
        revision: _revision,
        ...facts
      } = row as unknown as {
        [name: string]: unknown
      }
      return { ...facts, inputPicoUsd: facts['region'] === region ? 50_000 : facts['inputPicoUsd'] }
    })
    const put = (prices: readonly object[], headers: { [name: string]: string } = {}) =>
      at.ask(`/api/v1/prices?modelId=${lite}`, { method: 'PUT', body: { prices }, headers })
    const before = await tag()
    const missing = await put(rows.slice(1))
    expect([missing.status, missing.body.error.field]).toEqual([409, 'prices'])
    expect((await put([...rows, { ...rows[0], inputPicoUsd: -5 }])).status).toBe(400)
    expect((await put(rows, { 'if-match': '"1"' })).status).toBe(412)
    expect(await tag()).toBe(before)
    expect((await put(rows, { 'if-match': before })).body.added).toBe(1)
    expect((await put(rows)).body.added).toBe(0)
    const stray = await put([{ ...rows[0], modelId: pro }])
    expect([stray.status, stray.body.error.field]).toEqual([400, 'prices[0].modelId'])
  })

  test('a key that is limited to a model may not change prices', async () => {
    const body = { name: 'limited', scopes: ['admin'], models: [pro] }
    const { body: key } = await at.ask('/api/v1/keys', { body })
    expect((await at.ask('/api/v1/prices', { body: cheaper, key: key.key })).status).toBe(403)
  })
})

describe('providers', () => {
  test('tell what can be called, what is missing, and only the last four characters of a key', async () => {
    const { body } = await at.ask('/api/v1/providers')
    const bedrock = body.data.find(({ id }) => id === 'bedrock')
    expect(bedrock).toMatchObject({
      ...{ configured: true, missing: null, baseUrl: 'http://127.0.0.1:9', keyLastFour: 'Z9x8' },
      ...{ regions: expect.arrayContaining([region]) as unknown, circuits: [] },
    })
    expect((await at.ask('/api/v1/providers/openai')).body).toMatchObject({
      ...{ configured: false, missing: 'OPENAI_API_KEY', keyLastFour: null, circuits: [] },
    })
    const nobody = await at.ask('/api/v1/providers/bedrok')
    expect([nobody.status, nobody.body.error.suggestions]).toEqual([404, ['bedrock']])
  })
})

describe('circuits', () => {
  const identity = { host: 'test', title: 'pointsman-data', kind: 'leased', startedAtMs: 0 } as const
  const renew = (name: string, circuits: readonly HeldCircuit[]) =>
    at.control.services.replicas.renewLease({ ...identity, id: replicaId(name), circuits })
  const shown = async () => {
    const { body } = await at.ask('/api/v1/providers/bedrock')
    return body.circuits.filter(({ region: called }) => called === 'eu-circuit-1')
  }

  test('are shown by model and region, with who holds them back, until they close', async () => {
    const nowMs = testClock.nowMs()
    const held: HeldCircuit = {
      ...{ modelId: modelId(pro), region: 'eu-circuit-1', cause: 'failures' },
      ...{ sinceMs: nowMs - 1_000, untilMs: nowMs + 60_000 },
    }
    const probed: HeldCircuit = { ...held, sinceMs: nowMs - 9_000, untilMs: nowMs - 1, cause: 'told' }
    await renew('one', [held, { ...held, modelId: modelId('gone-from-the-catalogue') }])
    await renew('two', [probed])
    expect(await shown()).toEqual([
      {
        ...{ modelId: pro, region: 'eu-circuit-1', state: 'open', cause: 'failures' },
        since: new Date(nowMs - 9_000).toISOString(),
        until: new Date(nowMs + 60_000).toISOString(),
        replicas: ['one', 'two'],
      },
    ])
    await renew('one', [])
    expect(await shown()).toMatchObject([{ state: 'half-open', cause: 'told', replicas: ['two'] }])
    await at.control.services.replicas.leave(replicaId('two'))
    expect(await shown()).toEqual([])
    await at.control.services.replicas.leave(replicaId('one'))
  })
})

describe('conversations', () => {
  const claim = (workspace: string, id: string, owner: string) =>
    claimPin(database, {
      ...{ workspace: workspaceId(workspace), conversationId: conversationId(id), userId: userId(owner) },
      ...{ useCase: 'clinical', modelId: modelId(pro), requestId: requestId(`claim-${id}`), claimedAtMs: 0 },
    })

  test('are told with pins, owner, use case, latest activity and their switches', async () => {
    await claim('default', 'conv-a', 'ada')
    await claim('default', 'conv-b', 'bob')
    const order = { modelId: lite, conversationId: 'conv-a', useCase: 'clinical', reason: 'cheaper' }
    const { body: made } = await at.ask('/api/v1/switches', { body: order })
    const position = { journal: journalId('of-conversations'), segment: 1 }
    const of = { route: 'use-case/clinical', useCase: 'clinical' }
    const tell = async (offset: number, atMs: number) => {
      const record = usageRecord(`of-conv-a-${offset}`, atMs, {
        ...of,
        conversationId: conversationId('conv-a'),
      })
      await database.transaction({ purpose: 'plain' }, (transaction) =>
        ingestBatch(transaction, { records: [record], position: { ...position, offset } }),
      )
      return at.ask('/api/v1/conversations/conv-a')
    }
    await sleep(5)
    const atMs = Date.now()
    const shown = await tell(1, atMs)
    expect(shown.body).toMatchObject({
      ...{ userId: 'ada', useCase: 'clinical', lastActivityAt: new Date(atMs).toISOString() },
      pins: [{ useCase: 'clinical', modelId: lite, switchId: made.switchId }],
      switches: [{ id: made.switchId, reason: 'cheaper' }],
    })
    const ahead = await tell(2, Date.now() + 3_600_000)
    expect(Date.parse(ahead.body.lastActivityAt)).toBeLessThan(Date.now() + 1_000)
    const { body: list } = await at.ask('/api/v1/conversations?userId=bob')
    expect(list.data.map(({ id }) => id)).toEqual(['conv-b'])
    const first = await at.ask('/api/v1/conversations?limit=1')
    const second = await at.ask(`/api/v1/conversations?limit=1&cursor=${first.body.nextCursor}`)
    expect([first.body.data[0].id, second.body.data[0].id].sort()).toEqual(['conv-a', 'conv-b'])
  })

  test('a signed-in user sees its own; another user’s and another workspace’s are told like one that is not there', async () => {
    await database.query(
      "INSERT INTO pointsman.workspaces (id, name) VALUES ('elsewhere', 'Elsewhere') ON CONFLICT DO NOTHING",
    )
    await claim('elsewhere', 'conv-x', 'ada')
    const key = 'user:ada'
    const { body } = await at.ask('/api/v1/conversations?userId=bob', { key })
    expect(body.data.map(({ id }) => id)).toEqual(['conv-a'])
    expect((await at.ask('/api/v1/conversations/conv-a', { key })).status).toBe(200)
    for (const [id, as] of [
      ['conv-b', key],
      ['conv-x', key],
      ['conv-x', undefined],
      ['conv-0', key],
    ] as const) {
      const answer = await at.ask(`/api/v1/conversations/${id}`, as === undefined ? {} : { key: as })
      expect([answer.status, answer.body.error.message]).toEqual([404, `Conversation not found: ${id}`])
    }
  })
})
