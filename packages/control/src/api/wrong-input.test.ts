import type { Database } from '@pointsman/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyDatabase, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const titan = 'amazon.titan-embed-text-v2:0'

let at: TestControl
let database: Database
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  database = opened.database
  at = await startControl(database)
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const entry = {
  ...{
    name: 'x',
    vendor: 'v',
    provider: 'p',
    upstreamId: 'u',
    purpose: 'chat',
    kind: 'direct',
    baseModelId: null,
  },
  ...{ family: 'f', tier: null, generation: 1, format: 'f', contextTokens: null, maxOutputTokens: null },
  abilities: {
    ...{ tools: null, toolsStreaming: null, images: null, documents: null },
    ...{ streaming: null, jsonSchema: null, promptCaching: null, reasoning: null },
  },
  ...{ sourceRegions: null, destinationRegions: null, enabled: true, priority: 1 },
  lifecycle: { status: 'active', endsOn: null, replacement: null },
}
const price = { modelId: lite, inputPicoUsd: 1, outputPicoUsd: 1, source: 'a list' }
/** The year 10000 in UTC. */
const afterAll9s = '9999-12-31T23:59:59-23:59'
const candidates = (...ids: string[]) => ids.map((modelId) => ({ modelId, weight: 1 }))

test.each<[string, string, unknown, number, string, string | undefined]>([
  [
    'PUT',
    '/use-cases/x',
    { candidates: candidates(pro, pro) },
    400,
    'invalid_request',
    'candidates[1].modelId',
  ],
  [
    'PUT',
    '/use-cases/x',
    { candidates: [{ modelId: pro, weight: -1 }] },
    400,
    'invalid_request',
    'candidates[0].weight',
  ],
  ['PUT', '/use-cases/x', { fallbacks: ['none'] }, 404, 'model_not_found', 'fallbacks[0]'],
  ['PUT', '/use-cases/x', { candidates: candidates(titan) }, 409, 'refused', 'candidates[0].modelId'],
  ['PUT', '/agents/x', { fallbacks: [pro, titan] }, 409, 'refused', 'fallbacks[1]'],
  ['PUT', '/use-cases/x', { residency: [] }, 409, 'refused', undefined],
  ['PUT', '/use-cases/clinical', { residency: ['mars-1'] }, 409, 'last_usable_model', undefined],
  ['PUT', '/use-cases/x', { target: 7 }, 400, 'invalid_request', 'target'],
  ['PUT', '/roles/a%00b', { useCase: 'clinical' }, 400, 'invalid_request', 'name'],
  ['PUT', '/roles/nurse', { useCase: 'none' }, 404, 'route_not_found', 'useCase'],
  ['PUT', '/aliases/x', { target: 'none' }, 404, 'model_not_found', 'target'],
  ['PUT', '/aliases/x%20y', { target: pro }, 400, 'invalid_request', 'name'],
  ['POST', '/switches', { modelId: lite, reason: 'a\u0000b' }, 400, 'invalid_request', 'reason'],
  ['POST', '/switches', { modelId: lite, reason: 'x'.repeat(2_001) }, 400, 'invalid_request', 'reason'],
  ['POST', '/switches', { modelId: lite, userId: '\ud800' }, 400, 'invalid_request', 'userId'],
  ['POST', '/switches', { modelId: lite, userId: 'a\nb' }, 400, 'invalid_request', 'userId'],
  ['POST', '/switches', { modelId: lite, userId: 'x'.repeat(257) }, 400, 'invalid_request', 'userId'],
  ['POST', '/switches?dryrun=true', { modelId: lite }, 400, 'invalid_request', 'dryrun'],
  ['POST', '/switches?dryRun=perhaps', { modelId: lite }, 400, 'invalid_request', 'dryRun'],
  ['POST', '/switches', { modelId: titan }, 409, 'refused', 'modelId'],
  ['POST', '/switches/x%00y/revert', {}, 400, 'invalid_request', 'id'],
  ['POST', '/switches/none/revert', {}, 404, 'not_found', undefined],
  ['GET', '/switches?cursor=abc', undefined, 400, 'invalid_request', 'cursor'],
  ['GET', '/switches/x%00y', undefined, 400, 'invalid_request', 'id'],
  ['GET', '/requests/x%00y/explain', undefined, 400, 'invalid_request', 'id'],
  ['GET', '/usage?from=2026-13-45', undefined, 400, 'invalid_request', 'from'],
  ['GET', '/usage?groupBy=model&interval=minute', undefined, 400, 'invalid_request', 'interval'],
  ['GET', '/usage?groupBy=colour', undefined, 400, 'invalid_request', 'groupBy'],
  ['GET', '/usage/records?limit=1001', undefined, 400, 'invalid_request', 'limit'],
  ['GET', '/usage/records?userId=a%00b', undefined, 400, 'invalid_request', 'userId'],
  ['POST', '/keys', { name: 'a\u0000b' }, 400, 'invalid_request', 'name'],
  ['POST', '/keys', { name: 'x', scopes: ['self'] }, 400, 'invalid_request', 'scopes[0]'],
  ['POST', '/keys', { name: 'x', routes: ['use-case/none'] }, 404, 'route_not_found', 'routes'],
  ['POST', '/keys', { name: 'x', models: ['none'] }, 404, 'model_not_found', 'models'],
  ['POST', '/keys', { name: 'x', aws: true }, 409, 'refused', 'aws'],
  ['PUT', '/models/new', { ...entry, priority: Number.MAX_SAFE_INTEGER }, 400, 'invalid_request', 'priority'],
  ['PUT', '/models/new', { ...entry, contextTokens: 1e15 }, 400, 'invalid_request', 'contextTokens'],
  ['PUT', '/models/new', { ...entry, name: 'a\u0000' }, 400, 'invalid_request', 'name'],
  ['POST', '/switches', { modelId: lite, approval: { by: ' ' } }, 400, 'invalid_request', 'approval.by'],
  ['POST', '/keys', { name: 'x', spendPerDayUsd: 1e-12 }, 400, 'invalid_request', 'spendPerDayUsd'],
  ['PUT', '/cost-alarms/x', { aboveUsd: 1e-12, period: 'day' }, 400, 'invalid_request', 'aboveUsd'],
  ['GET', '/switches?useCase=clinical&agent=sql_agent', undefined, 400, 'invalid_request', 'agent'],
  ['GET', '/usage?from=0000-01-01', undefined, 400, 'invalid_request', 'from'],
  ['GET', '/usage?to=0001-01-01', undefined, 400, 'invalid_request', 'from'],
  ['GET', `/usage?to=${afterAll9s}`, undefined, 400, 'invalid_request', 'to'],
  ['GET', '/usage/records?from=0000-01-01', undefined, 400, 'invalid_request', 'from'],
  ['GET', `/switches?to=${afterAll9s}`, undefined, 400, 'invalid_request', 'to'],
  ['GET', '/switches/marks?from=0000-01-01&to=2026-01-01', undefined, 400, 'invalid_request', 'from'],
  ['GET', '/prices?asOf=0000-01-01', undefined, 400, 'invalid_request', 'asOf'],
  ['POST', '/keys', { name: 'x', expiresAt: afterAll9s }, 400, 'invalid_request', 'expiresAt'],
  ['POST', '/prices', { ...price, effectiveFrom: afterAll9s }, 400, 'invalid_request', 'effectiveFrom'],
  ['POST', '/prices', { ...price, sourceDate: '0000-01-01' }, 400, 'invalid_request', 'sourceDate'],
  [
    'PUT',
    '/models/new',
    { ...entry, lifecycle: { ...entry.lifecycle, endsOn: '0000-01-01' } },
    400,
    'invalid_request',
    'lifecycle.endsOn',
  ],
])('%s %s %j is %d %s', async (method, path, body, status, code, field) => {
  const before = at.control.services.state().revision
  const answer = await at.ask(`/api/v1${path}`, { method, ...(body === undefined ? {} : { body }) })
  expect([answer.status, answer.body.error.code, answer.body.error.field]).toEqual([status, code, field])
  expect(answer.body.error.message.length).toBeGreaterThan(10)
  expect(at.control.services.state().revision).toBe(before)
})

const many = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item)
const long = 'x'.repeat(100)
const tier = {
  ...{ inputTokensAbove: 1, inputPicoUsd: 1, outputPicoUsd: 1 },
  ...{ cacheReadPicoUsd: 1, cacheWrite5mPicoUsd: 1, cacheWrite1hPicoUsd: 1 },
}

test.each<[string, string, string, object]>([
  ['fallbacks', 'PUT', '/use-cases/x', { fallbacks: many(101, pro) }],
  ['residency', 'PUT', '/use-cases/x', { residency: many(201, 'eu-west-1') }],
  ['residency[0]', 'PUT', '/use-cases/x', { residency: [`${long}x`] }],
  ['sourceRegions', 'PUT', '/models/new', { ...entry, sourceRegions: many(201, 'eu-west-1') }],
  ['destinationRegions', 'PUT', '/models/new', { ...entry, destinationRegions: many(201, 'eu-west-1') }],
  [
    'destinationsFrom',
    'PUT',
    '/models/new',
    { ...entry, destinationsFrom: { a: many(200, long), b: many(200, long), c: many(200, long) } },
  ],
  ['tiers', 'POST', '/prices', { ...price, tiers: many(11, tier) }],
])('%s with more than the registry keeps is told of %s %s', async (field, method, path, body) => {
  const { status, body: answer } = await at.ask(`/api/v1${path}`, { method, body })
  expect([status, answer.error.code, answer.error.field]).toEqual([400, 'invalid_request', field])
})

test('an If-Match that nothing would be held to is refused, and not passed over', async () => {
  const name = { name: 'conditional' }
  const headers = { 'if-match': '"1"' }
  const refused = await at.ask('/api/v1/keys', { body: name, headers })
  expect([refused.status, refused.body.error]).toMatchObject([
    400,
    {
      code: 'invalid_request',
      field: 'If-Match',
      message: expect.stringContaining('Leave it out') as string,
    },
  ])
  const any = await at.ask('/api/v1/keys', { body: name, headers: { 'if-match': '*' } })
  expect(any.status).toBe(201)
  expect((await at.ask('/api/v1/keys', { headers })).status).toBe(200)
})

test('none of this was an error of ours', () => {
  expect(at.log.filter(({ facts }) => facts['code'] === 'internal')).toEqual([])
})

test('while the registry is away reads and writes say so, and a key that was known is known still', async () => {
  await database.close()
  for (const [path, body] of [
    ['/api/v1/models', undefined],
    ['/api/v1/switches', { modelId: lite }],
  ] as const) {
    const answer = await at.ask(path, body === undefined ? {} : { body })
    expect([answer.status, answer.body.error.code]).toEqual([503, 'registry_unavailable'])
    expect(answer.headers.get('retry-after')).toBe('5')
    expect((await at.ask(path, { key: 'wrong' })).status).toBe(401)
  }
})
