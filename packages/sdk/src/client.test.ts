import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClient, type Client } from './client.ts'
import {
  configure,
  getAvailableModels,
  getModelsForUseCase,
  orchestrate,
  orchestrateModelSwitch,
} from './configured.ts'
import { answerJson, startHttpServer, type TestServer } from './testing/http-server.ts'

const endpoint = '/functions/v1/orchestrate-bedrock-models'
const nova = 'eu.amazon.nova-pro-v1:0'
const novaInPath = '/api/v1/models/eu.amazon.nova-pro-v1%3A0'
const notification = {
  title: 'Switching AI Model',
  message: 'm',
  type: 'manual',
  modelName: 'N',
  modelId: nova,
}

/** What the seeds' endpoint gives for an action. */
function dataOf(action: unknown): object {
  if (action === 'list-all' || action === 'get-for-use-case') {
    const models = [
      { model_id: 'a', isAvailable: true, passed: true },
      { model_id: 'b', isAvailable: false, passed: false },
    ]
    return { total: 2, models }
  }
  return { switched: true, switchId: 'sw-1', to: 'N', toId: nova }
}

let server: TestServer
let client: Client
beforeEach(async () => {
  server = await startHttpServer(({ target, body }, response) => {
    if (target !== endpoint) return answerJson(response, { data: [], nextCursor: null, words: [] })
    const { action } = body as { readonly action: string }
    return answerJson(response, { success: true, action, data: dataOf(action), notification })
  })
  client = createClient({ url: server.url, key: 'k' })
})
afterEach(() => server.close())

describe('every method asks what the control API answers', () => {
  const cases: readonly [string, (client: Client) => Promise<unknown>, string, unknown?][] = [
    [
      'models.list',
      (c) => c.models.list({ includeDisabled: false, limit: 5 }),
      'GET /api/v1/models?includeDisabled=false&limit=5',
    ],
    ['models.show', (c) => c.models.show(nova), `GET ${novaInPath}`],
    ['models.enable', (c) => c.models.enable(nova), `PATCH ${novaInPath}`, { enabled: true }],
    [
      'models.disable',
      (c) => c.models.disable(nova, { reason: 'r' }),
      `PATCH ${novaInPath}`,
      { enabled: false, reason: 'r' },
    ],
    [
      'models.setDefault',
      (c) => c.models.setDefault(nova, { reason: 'r' }),
      `PATCH ${novaInPath}`,
      { isDefault: true, reason: 'r' },
    ],
    [
      'models.validate',
      (c) => c.models.validate(nova, { probe: true }),
      `POST ${novaInPath}/validate`,
      { probe: true },
    ],
    [
      'switches.create',
      (c) => c.switches.create({ modelId: nova, useCase: 'clinical', reason: 'r' }),
      'POST /api/v1/switches',
      { modelId: nova, useCase: 'clinical', reason: 'r' },
    ],
    [
      'switches.dryRun',
      (c) => c.switches.dryRun({ modelId: nova }),
      'POST /api/v1/switches?dryRun=true',
      { modelId: nova },
    ],
    [
      'switches.list',
      (c) => c.switches.list({ useCase: 'clinical' }),
      'GET /api/v1/switches?useCase=clinical',
    ],
    ['switches.show', (c) => c.switches.show('sw-1'), 'GET /api/v1/switches/sw-1'],
    [
      'switches.revert',
      (c) => c.switches.revert('sw-1', { reason: 'r' }),
      'POST /api/v1/switches/sw-1/revert',
      { reason: 'r' },
    ],
    ['switches.verify', (c) => c.switches.verify(), 'GET /api/v1/switches/verify'],
    ['useCases.list', (c) => c.useCases.list(), 'GET /api/v1/use-cases'],
    ['useCases.show', (c) => c.useCases.show('clinical'), 'GET /api/v1/use-cases/clinical'],
    [
      'useCases.put',
      (c) => c.useCases.put('clinical', { autoSwitch: 'off' }),
      'PUT /api/v1/use-cases/clinical',
      { autoSwitch: 'off' },
    ],
    ['agents.delete', (c) => c.agents.delete('sql_agent'), 'DELETE /api/v1/agents/sql_agent'],
    ['roles.show', (c) => c.roles.show('nurse'), 'GET /api/v1/roles/nurse'],
    ['aliases.show', (c) => c.aliases.show('gpt-4o'), 'GET /api/v1/aliases/gpt-4o'],
    [
      'roles.put',
      (c) => c.roles.put('nurse', 'clinical'),
      'PUT /api/v1/roles/nurse',
      { useCase: 'clinical' },
    ],
    [
      'aliases.put',
      (c) => c.aliases.put('gpt-4o', 'use-case/health'),
      'PUT /api/v1/aliases/gpt-4o',
      { target: 'use-case/health' },
    ],
    [
      'aliases.put',
      (c) => c.aliases.put('gpt-4o', 'use-case/health', { reason: 'r' }),
      'PUT /api/v1/aliases/gpt-4o',
      { target: 'use-case/health', reason: 'r' },
    ],
    [
      'aliases.delete',
      (c) => c.aliases.delete('gpt-4o', { reason: 'no more' }),
      'DELETE /api/v1/aliases/gpt-4o?reason=no+more',
    ],
    [
      'keys.create',
      (c) => c.keys.create({ name: 'n', scopes: ['invoke'] }),
      'POST /api/v1/keys',
      { name: 'n', scopes: ['invoke'] },
    ],
    ['keys.show', (c) => c.keys.show('k1'), 'GET /api/v1/keys/k1'],
    ['keys.list', (c) => c.keys.list({ includeRevoked: true }), 'GET /api/v1/keys?includeRevoked=true'],
    [
      'keys.change',
      (c) => c.keys.change('k1', { requestsPerMinute: null }),
      'PATCH /api/v1/keys/k1',
      { requestsPerMinute: null },
    ],
    ['keys.rotate', (c) => c.keys.rotate('k1'), 'POST /api/v1/keys/k1/rotate'],
    [
      'keys.rotate with a pair',
      (c) => c.keys.rotate('k1', { aws: true }),
      'POST /api/v1/keys/k1/rotate?aws=true',
    ],
    ['keys.revoke', (c) => c.keys.revoke('k1'), 'DELETE /api/v1/keys/k1'],
    [
      'usage.totals',
      (c) => c.usage.totals({ groupBy: 'useCase', interval: 'day' }),
      'GET /api/v1/usage?groupBy=useCase&interval=day',
    ],
    [
      'usage.records',
      (c) => c.usage.records.list({ outcome: 'failed' }),
      'GET /api/v1/usage/records?outcome=failed',
    ],
    ['usage.explain', (c) => c.usage.explain('req-1'), 'GET /api/v1/requests/req-1/explain'],
    ['usage.captured', (c) => c.usage.captured('req-1'), 'GET /api/v1/requests/req-1/captured'],
    ['revisions.list', (c) => c.revisions.list(), 'GET /api/v1/revisions'],
    ['replicas.list', (c) => c.replicas.list(), 'GET /api/v1/replicas'],
    ['lifecycle.list', (c) => c.lifecycle.list({ days: 30 }), 'GET /api/v1/lifecycle?days=30'],
    ['clearCache', (c) => c.clearCache(), 'POST /api/v1/cache/clear'],
    ['openapi', (c) => c.openapi(), 'GET /api/v1/openapi.json'],
    [
      'autoSwitch',
      (c) => c.autoSwitch({ useCase: 'clinical', exclude: ['a'] }),
      `POST ${endpoint}`,
      { action: 'auto-switch', useCase: 'clinical', exclude: ['a'] },
    ],
    [
      'fallbackSwitch',
      (c) => c.fallbackSwitch({ reason: '429' }),
      `POST ${endpoint}`,
      { action: 'fallback-switch', reason: '429' },
    ],
  ]
  test.each(cases)('%s', async (_name, call, line, body) => {
    await call(client)
    expect(server.received.map(({ method, target }) => `${method} ${target}`)).toEqual([line])
    expect(server.received[0]?.body).toEqual(body)
  })
})

test('a write carries the revision that the caller read', async () => {
  await client.models.disable(nova, { ifMatch: 41, reason: 'r' })
  await client.switches.create({ modelId: nova }, { ifMatch: 42 })
  await client.keys.revoke('k1', { ifMatch: 43 })
  expect(server.received.map(({ headers }) => headers['if-match'])).toEqual(['"41"', '"42"', '"43"'])
})

test('a list goes through all its pages, and asks for one only when the one before was used up', async () => {
  await server.close()
  server = await startHttpServer(({ target }, response) => {
    const cursor = new URL(target, 'http://x').searchParams.get('cursor')
    const from = cursor === null ? 0 : Number(cursor)
    const nextCursor = from >= 4 ? null : String(from + 2)
    answerJson(response, { data: [{ id: `m${from}` }, { id: `m${from + 1}` }], nextCursor })
  })
  const { models } = createClient({ url: server.url, key: 'k' })
  const ids: string[] = []
  for await (const { id } of models.each({ limit: 2, provider: 'amazon' })) {
    ids.push(id)
    if (ids.length === 2) expect(server.received).toHaveLength(1)
  }
  expect(ids).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
  expect(server.received.map(({ target }) => target)).toEqual([
    '/api/v1/models?limit=2&provider=amazon',
    '/api/v1/models?limit=2&provider=amazon&cursor=2',
    '/api/v1/models?limit=2&provider=amazon&cursor=4',
  ])
})

describe('the seeds’ functions', () => {
  test('do what the seeds show with them', async () => {
    configure({ url: server.url, key: 'k' })
    const availableModels = await getModelsForUseCase('clinical')
    expect(availableModels.map(({ model_id }) => model_id)).toEqual(['a'])
    expect((await getAvailableModels()).map(({ model_id }) => model_id)).toEqual(['a'])

    const result = await orchestrate({ action: 'switch', modelId: nova, reason: 'Load balancing' })
    expect(result.data.switched).toBe(true)
    expect(result.notification?.modelName).toBe('N')
    expect((await orchestrateModelSwitch('clinical')).notification).toEqual(notification)
    await orchestrateModelSwitch({
      action: 'fallback-switch',
      reason: 'Rate limit exceeded on primary model',
    })

    expect(server.received.map(({ body }) => body)).toEqual([
      { action: 'get-for-use-case', useCase: 'clinical' },
      { action: 'list-all' },
      { action: 'switch', modelId: nova, reason: 'Load balancing' },
      { action: 'auto-switch', useCase: 'clinical' },
      { action: 'fallback-switch', reason: 'Rate limit exceeded on primary model' },
    ])
  })

  test('speak to the server of their options, and fail with a statusCode', async () => {
    const busy = await startHttpServer((_received, response) =>
      answerJson(
        response,
        { success: false, error: { code: 'limit_reached', message: 'Too many' } },
        { status: 429 },
      ),
    )
    await expect(
      orchestrate({ action: 'clear-cache' }, { server: { url: busy.url, key: 'k' } }),
    ).rejects.toMatchObject({ statusCode: 429, code: 'limit_reached' })
    await busy.close()
  })

  test('give the outcome of a rule’s switch with its notice', async () => {
    expect(await client.autoSwitch({ useCase: 'clinical' })).toMatchObject({
      switched: true,
      ranking: null,
      notification,
    })
  })
})
