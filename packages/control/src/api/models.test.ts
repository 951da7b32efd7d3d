import type { Database } from '@pointsman/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyDatabase, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const path = (id: string) => `/api/v1/models/${encodeURIComponent(id)}`

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
  name: 'House Model',
  vendor: 'house',
  provider: 'house',
  upstreamId: 'house-model',
  purpose: 'chat',
  kind: 'direct',
  baseModelId: null,
  family: 'house',
  tier: null,
  generation: 1,
  format: 'openai',
  contextTokens: 8_000,
  maxOutputTokens: 1_000,
  abilities: {
    tools: true,
    toolsStreaming: true,
    images: false,
    documents: false,
    streaming: true,
    jsonSchema: true,
    promptCaching: false,
    reasoning: false,
  },
  sourceRegions: [],
  destinationRegions: [],
  lifecycle: { status: 'active', endsOn: null, replacement: null },
  enabled: true,
  priority: 500,
}
const price = {
  id: 'house/house-model@2026',
  region: '*',
  effectiveFromMs: Date.parse('2026-01-01'),
  tiers: [],
  source: 'our own list',
  sourceDate: '2026-11-21',
  inputPicoUsd: 500_000,
  outputPicoUsd: 1_500_000,
  cacheReadPicoUsd: null,
  cacheWrite5mPicoUsd: null,
  cacheWrite1hPicoUsd: null,
}

test('the list pages to its end without a gap or a repeat', async () => {
  const whole = await at.ask('/api/v1/models?limit=1000')
  const ids: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await at.ask(
      `/api/v1/models?limit=7${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    ids.push(...page.body.data.map(({ id }) => id))
    cursor = page.body.nextCursor
  }
  expect(ids).toEqual(whole.body.data.map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
  expect(
    (await at.ask('/api/v1/models?provider=meta')).body.data.every(({ provider }) => provider === 'meta'),
  ).toBe(true)
})

test('one entry has its facts, its prices now and an ETag', async () => {
  const { body, headers } = await at.ask(path(pro))
  expect(body).toMatchObject({
    id: pro,
    isDefault: true,
    region: 'eu-central-1',
    model: { abilities: { tools: true } },
  })
  expect(body.prices.find(({ region }) => region === 'eu-central-1')).toMatchObject({
    inputPicoUsd: 1_050_000,
  })
  expect(headers.get('etag')).toBe(`"${body.revision}"`)
  const missing = await at.ask(path('eu.amazon.nova-pr-v1:0'))
  expect([missing.status, missing.body.error.code]).toEqual([404, 'model_not_found'])
  expect(missing.body.error.suggestions).toContain(pro)
})

test('an id with a slash is added, priced, routed to and shown', async () => {
  const id = 'house/house-model'
  const made = await at.ask('/api/v1/models', { body: { ...entry, id, prices: [price] } })
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({ id, inputCostPerMTok: 0.5, outputCostPerMTok: 1.5, isAvailable: true })
  const twice = await at.ask('/api/v1/models', { body: { ...entry, id } })
  expect([twice.status, twice.body.error.code]).toEqual([409, 'refused'])
  expect(
    (await at.ask('/api/v1/switches', { body: { modelId: id, useCase: 'platform' } })).body,
  ).toMatchObject({ switched: true, to: 'House Model' })
  const renamed = await at.ask(path(id), { method: 'PUT', body: { ...entry, name: 'House Model 2' } })
  expect([renamed.status, renamed.body.name]).toEqual([200, 'House Model 2'])
  const put = await at.ask(path('house/other'), {
    method: 'PUT',
    body: { ...entry, upstreamId: 'other', enabled: false },
  })
  expect([put.status, put.body.isAvailable]).toEqual([201, false])
})

test('a price that rewrites history, is negative or names nothing is refused whole', async () => {
  const id = 'house/house-model'
  for (const [change, status] of [
    [{ inputPicoUsd: 1 }, 409],
    [{ id: 'other', inputPicoUsd: -1 }, 400],
    [{ id: 'other', inputPicoUsd: undefined }, 400],
  ] as const) {
    const answer = await at.ask(path(id), {
      method: 'PUT',
      body: { ...entry, name: 'Not this', prices: [{ ...price, ...change }] },
    })
    expect(answer.status).toBe(status)
  }
  expect((await at.ask(path(id))).body).toMatchObject({ name: 'House Model 2', inputCostPerMTok: 0.5 })
})

test('PATCH enables, disables, sets the default and changes facts; If-Match holds each of them', async () => {
  const stale = '"1"'
  const off = await at.ask(path(lite), { method: 'PATCH', body: { enabled: false, reason: 'trial' } })
  expect(off.body).toMatchObject({ isAvailable: false })
  for (const body of [{ enabled: true }, { isDefault: true }, { priority: 3 }]) {
    const late = await at.ask(path(lite), { method: 'PATCH', body, headers: { 'if-match': stale } })
    expect([late.status, late.headers.get('etag')]).toEqual([412, off.headers.get('etag')])
  }
  const on = await at.ask(path(lite), {
    method: 'PATCH',
    body: { isDefault: true },
    headers: { 'if-match': off.headers.get('etag') ?? '' },
  })
  expect(on.body).toMatchObject({ isAvailable: true, isDefault: true })
  await at.ask(path(pro), { method: 'PATCH', body: { isDefault: true } })
  const named = await at.ask(path(lite), {
    method: 'PATCH',
    body: { name: 'Nova Lite', maxOutputTokens: 4_000 },
  })
  expect(named.body).toMatchObject({ name: 'Nova Lite', maxTokens: 4_000 })
  const both = await at.ask(path(lite), { method: 'PATCH', body: { name: 'x', enabled: false } })
  expect(both.status).toBe(400)
  const against = await at.ask(path(lite), { method: 'PATCH', body: { isDefault: true, enabled: false } })
  expect([against.status, against.body.error.field]).toEqual([400, 'enabled'])
})

test.each([
  ['POST', '/api/v1/models', { ...entry, id: 'x', colour: 'red' }, 'colour'],
  [
    'POST',
    '/api/v1/models',
    { ...entry, id: 'x', abilities: { ...entry.abilities, tools: 'yes' } },
    'abilities.tools',
  ],
  ['POST', '/api/v1/models', { ...entry, id: 'with space' }, 'id'],
  ['PATCH', path(pro), { enabled: 'no' }, 'enabled'],
  ['GET', '/api/v1/models?limit=0', undefined, 'limit'],
  ['GET', '/api/v1/models?limt=3', undefined, 'limt'],
  ['GET', '/api/v1/models?limit=3&limit=4', undefined, 'limit'],
  ['GET', '/api/v1/models?cursor=nonsense', undefined, 'cursor'],
])('%s %s with a wrong field is 400 and names it', async (method, url, body, field) => {
  const answer = await at.ask(url, { method, ...(body === undefined ? {} : { body }) })
  expect([answer.status, answer.body.error.code, answer.body.error.field]).toEqual([
    400,
    'invalid_request',
    field,
  ])
})

test('If-Match that is no ETag is 400', async () => {
  const answer = await at.ask(path(pro), {
    method: 'PATCH',
    body: { priority: 1 },
    headers: { 'if-match': 'yesterday' },
  })
  expect([answer.status, answer.body.error.field]).toEqual([400, 'If-Match'])
})

test('what is left out of a new model is taken from the same one elsewhere; a use case gets it last', async () => {
  const order = {
    ...{ id: 'apac.amazon.nova-lite-v1:0', provider: 'bedrock', useCase: 'health' },
    abilities: { reasoning: true },
    prices: [{ region: '*', inputPicoUsd: 70_000, outputPicoUsd: 280_000, source: 'a test' }],
  }
  const added = await at.ask('/api/v1/models', { body: order })
  expect(added.status).toBe(201)
  expect(added.body).toMatchObject({
    ...{ provider: 'amazon', inputCostPerMTok: 0.07, useCase: 'health', isAvailable: true },
    model: {
      ...{ kind: 'geo-profile', baseModelId: 'amazon.nova-lite-v1:0', family: 'nova', tier: 'lite' },
      ...{ format: 'nova', contextTokens: 300_000, sourceRegions: null },
      abilities: { tools: true, reasoning: true },
    },
  })
  const { body: route } = await at.ask('/api/v1/use-cases/health')
  expect((route as unknown as { candidates: { modelId: string }[] }).candidates.at(-1)?.modelId).toBe(
    order.id,
  )
  const wrong: readonly (readonly [object, number, RegExp])[] = [
    [{ id: 'x', provider: 'bedrok' }, 400, /Nearest: bedrock/],
    [{ id: 'x', provider: 'bedrock', useCase: 'helth' }, 404, /Nearest: health/],
    [{ id: 'x', provider: 'bedrock', contextWindow: 1 }, 400, /contextWindow/],
    [{ ...order, useCase: undefined }, 409, /exists already/],
    [
      { id: 'x', provider: 'bedrock', prices: [{ inputPicoUsd: -1, outputPicoUsd: 1, source: 's' }] },
      400,
      /prices\[0\]/,
    ],
  ]
  for (const [body, status, words] of wrong) {
    const answer = await at.ask('/api/v1/models', { body })
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringMatching(words)])
  }
})

test('what is taken from an id is as long as such a word may be', async () => {
  const { status, body } = await at.ask('/api/v1/models', {
    body: { id: 'x'.repeat(512), provider: 'y'.repeat(512) },
  })
  expect([status, body]).toMatchObject([
    201,
    { model: { name: 'x'.repeat(200), vendor: 'y'.repeat(100), family: 'y'.repeat(100) } },
  ])
})

test('validate answers as the seeds’ endpoint does, a failed probe included', async () => {
  const failing = await startControl(database, {
    probe: {
      probe: () =>
        Promise.resolve({
          ok: false,
          latencyMs: 5,
          problem: 'AccessDeniedException: no access to this model',
        }),
    },
  })
  const { body } = await failing.ask(`${path(pro)}/validate`, { body: { probe: true } })
  expect(body).toMatchObject({ valid: false, exists: true, probe: { ok: false } })
  expect(body.problems[0]).toContain('AccessDenied')
  expect((await failing.ask(`${path(pro)}/validate`, { method: 'POST' })).body).toMatchObject({
    valid: true,
    probe: null,
  })
  await failing.stop()
})

test('the list is searched by words, and by where an entry stands in its life', async () => {
  const found = async (query: string) => (await at.ask(`/api/v1/models?${query}`)).body.data
  const ids = async (query: string) => (await found(query)).map(({ id }) => id)
  expect(await ids('search=NOVA%20lite')).toContain(lite)
  expect(await ids('search=nova%20lite')).not.toContain(pro)
  expect(await ids('search=nothing-like-it')).toEqual([])
  const ended = await found('lifecycle=eol')
  expect(ended.length).toBeGreaterThan(0)
  expect(ended.every(({ lifecycle }) => lifecycle === 'eol')).toBe(true)
  const [one] = await found(`search=${encodeURIComponent(lite)}`)
  const told = one as unknown as { readonly abilities: string[]; readonly runsIn: string[] }
  expect(told.abilities).toEqual(expect.arrayContaining(['tools', 'streaming']))
  expect(told.runsIn).toContain('eu-central-1')
})
