import { journalId, modelId, providerId } from '@pointsman/contract'
import { ingestBatch, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  joinReplica,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import { usageRecord } from '../testing/usage-record.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

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
const put = (path: string, body: object, headers: Record<string, string> = {}) =>
  at.ask(path, { method: 'PUT', body, headers })

test('use cases and agents are listed with what serves them, added, changed and removed', async () => {
  const { body } = await at.ask('/api/v1/use-cases')
  expect(body.data.map(({ name }) => name)).toEqual(['clinical', 'health', 'operations', 'platform'])
  expect(body.data[3]).toMatchObject({ target: null, inherits: true, serves: pro, key: 'use-case/platform' })
  const found = await at.ask('/api/v1/use-cases?search=CLI+use-case')
  expect(found.body.data.map(({ name }) => name)).toEqual(['clinical'])
  const made = await put('/api/v1/agents/sql_agent', { fallbacks: [lite] })
  expect([made.status, made.body]).toEqual([
    201,
    expect.objectContaining({ llm_model: pro, llm_provider: 'bedrock', fallbacks: [lite] }),
  ])
  const changed = await put(
    '/api/v1/agents/sql_agent',
    { autoSwitch: 'off' },
    { 'if-match': made.headers.get('etag') ?? '' },
  )
  expect(changed.body).toMatchObject({ autoSwitch: 'off', fallbacks: [lite] })
  expect(
    (
      await put(
        '/api/v1/agents/sql_agent',
        { autoSwitch: 'on' },
        { 'if-match': made.headers.get('etag') ?? '' },
      )
    ).status,
  ).toBe(412)
  const same = await put('/api/v1/agents/sql_agent', { autoSwitch: 'off' })
  expect(same.headers.get('etag')).toBe(changed.headers.get('etag'))
  const twoCandidates = [lite, 'no.such'].map((id) => ({ modelId: id, weight: 1 }))
  const bad = await put('/api/v1/agents/bad', { candidates: twoCandidates })
  expect([bad.status, bad.body.error.field]).toEqual([404, 'candidates[1].modelId'])
  expect((await at.ask('/api/v1/agents/bad')).status).toBe(404)
  expect((await put('/api/v1/use-cases/default', {})).status).toBe(409)
  expect((await at.ask('/api/v1/agents/sql_agent', { method: 'DELETE' })).status).toBe(200)
  expect((await at.ask('/api/v1/agents/sql_agent', { method: 'DELETE' })).status).toBe(404)
  const needed = await at.ask('/api/v1/use-cases/health', { method: 'DELETE' })
  expect([needed.status, needed.body.error.data]).toEqual([409, { roles: ['patient'] }])
})

test('an agent’s model is set by the names of agent registries, as a switch', async () => {
  const wished = { llm_provider: 'bedrock', llm_model: lite, reason: 'Cheaper' }
  const made = await put('/api/v1/agents/registry_agent', wished)
  expect([made.status, made.body]).toEqual([
    201,
    expect.objectContaining({ target: lite, llm_model: lite, llm_provider: 'bedrock', inherits: false }),
  ])
  const { body } = await at.ask('/api/v1/switches?limit=1')
  expect(body.data[0]).toMatchObject({ toId: lite, reason: 'Cheaper', scope: { name: 'registry_agent' } })
  const refused = async (order: object) => {
    const { status, body: answer } = await put('/api/v1/agents/registry_agent', order)
    return [status, answer.error.code, answer.error.field]
  }
  expect(await refused({ llm_provider: 'openai', llm_model: pro })).toEqual([
    400,
    'invalid_request',
    'llm_provider',
  ])
  expect(await refused({ llm_provider: 'bedrock' })).toEqual([400, 'invalid_request', 'llm_model'])
  expect(await refused({ llm_model: 'no.such' })).toEqual([404, 'model_not_found', 'llm_model'])
  expect(await refused({ target: pro, llm_model: lite })).toEqual([400, 'invalid_request', 'llm_model'])
  // What refuses the target takes the rules back with it, and names the field that it came in.
  const ended = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
  const blocked = { lifecycleRule: 'block', llm_model: ended }
  expect(await refused(blocked)).toEqual([409, 'lifecycle_blocked', 'llm_model'])
  expect((await refused({ residency: ['us-east-1'], target: pro }))[0]).toBe(409)
  expect((await at.ask('/api/v1/agents/registry_agent')).body).toMatchObject({
    residency: null,
    target: lite,
  })
  expect((await put('/api/v1/agents/registry_agent', { target: null })).body).toMatchObject({
    target: null,
    inherits: true,
    serves: pro,
  })
  expect((await put('/api/v1/use-cases/clinical', { llm_model: pro })).status).toBe(400)
  await at.ask('/api/v1/agents/registry_agent', { method: 'DELETE' })
})

test('roles map to use cases', async () => {
  await put('/api/v1/roles/nurse', { useCase: 'clinical' })
  expect((await at.ask('/api/v1/roles')).body.data).toContainEqual(
    expect.objectContaining({ name: 'nurse', useCase: 'clinical' }),
  )
  const switched = await at.orchestrate({ action: 'switch', modelId: lite, role: 'nurse', dryRun: true })
  expect(switched.body.data.scope).toEqual({ kind: 'use-case', name: 'clinical' })
  expect((await put('/api/v1/roles/nurse', { useCase: 'clinicl' })).body.error).toMatchObject({
    code: 'route_not_found',
    suggestions: ['clinical'],
  })
  expect((await at.ask('/api/v1/roles/nurse', { method: 'DELETE' })).status).toBe(200)
  const gone = await at.ask('/api/v1/roles/nurse', { method: 'DELETE' })
  expect([gone.status, gone.body.error.code]).toEqual([404, 'route_not_found'])
})

test.each([
  ['roles', { useCase: 'clinical' }, { useCase: 'health' }],
  ['aliases', { target: pro }, { target: micro }],
])('%s are written on the condition that nobody else wrote them', async (below, first, second) => {
  const path = `/api/v1/${below}/conditional`
  const made = await put(path, first)
  const etag = made.headers.get('etag') ?? ''
  const read = await at.ask(path)
  expect([read.status, read.headers.get('etag')]).toEqual([200, etag])
  expect(read.body).toMatchObject({ name: 'conditional', ...first })
  expect((await at.ask(`/api/v1/${below}/conditionel`)).body.error).toMatchObject({
    code: below === 'roles' ? 'route_not_found' : 'not_found',
    suggestions: ['conditional'],
  })
  // Eight at once from one state, two of them the same: one wins, also against the one that writes the same.
  const writes = await Promise.all(
    Array.from({ length: 8 }, () =>
      at.ask(path, { method: 'PUT', body: second, headers: { 'if-match': etag } }),
    ),
  )
  expect(writes.filter(({ status }) => status === 200)).toHaveLength(1)
  const lost = writes.find(({ status }) => status === 412)
  const now = (await at.ask(path)).headers.get('etag') ?? ''
  expect(lost?.headers.get('etag')).toBe(now)
  expect((await at.ask(path, { method: 'DELETE', headers: { 'if-match': etag } })).status).toBe(412)
  expect((await at.ask(path, { method: 'DELETE', headers: { 'if-match': now } })).status).toBe(200)
})

test('of eight writers of one use case from one state, one wins', async () => {
  const path = '/api/v1/use-cases/health'
  const etag = (await at.ask(path)).headers.get('etag') ?? ''
  const writes = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      at.ask(path, {
        method: 'PUT',
        body: { objective: index % 2 === 0 ? 'latency' : 'quality' },
        headers: { 'if-match': etag },
      }),
    ),
  )
  expect(writes.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)])
})

const reasonOf = async (revision: number): Promise<string | null> =>
  (await at.ask(`/api/v1/revisions/${revision}`)).body.reason

test('a revision says what it changed of an alias, a role and the rules of a route', async () => {
  const revisionOf = async (path: string, body: object): Promise<number> =>
    (await put(`/api/v1/${path}`, body)).body.revision
  expect(await reasonOf(await revisionOf('aliases/moved', { target: pro }))).toBe(
    `alias moved added: target "${pro}"`,
  )
  expect(await reasonOf(await revisionOf('aliases/moved', { target: micro }))).toBe(
    `alias moved: target "${pro}" → "${micro}"`,
  )
  const { revision } = (await at.ask('/api/v1/aliases/moved', { method: 'DELETE' })).body
  expect(await reasonOf(revision)).toBe(`alias moved removed: target "${micro}"`)
  await put('/api/v1/roles/porter', { useCase: 'clinical' })
  expect(await reasonOf(await revisionOf('roles/porter', { useCase: 'health' }))).toBe(
    'role/porter: useCase "clinical" → "health"',
  )
  await at.ask('/api/v1/roles/porter', { method: 'DELETE' })
  await put('/api/v1/agents/careful', { autoSwitch: 'off' })
  expect(await reasonOf(await revisionOf('agents/careful', { autoSwitch: 'on', fallbacks: [lite] }))).toBe(
    `agent/careful: fallbacks null → ["${lite}"]; autoSwitch "off" → "on"`,
  )
  const removed = await at.ask('/api/v1/agents/careful', { method: 'DELETE' })
  const words = (await reasonOf(removed.body.revision)) ?? ''
  expect(words).toMatch(
    /^agent\/careful removed: target null; candidates \[\]; strategy "priority"; .*; autoSwitch "on"/,
  )
  expect(words).not.toMatch(/kind|switchId|name "careful"/)
})

test('a revision says why an alias was changed, where the caller does', async () => {
  const made = await put('/api/v1/aliases/steered', { target: pro, reason: 'Nova first;\n"ticket 42"' })
  expect(await reasonOf(made.body.revision)).toBe(
    `alias steered added: target "${pro}"; why: Nova first;\n"ticket 42"`,
  )
  const same = await put('/api/v1/aliases/steered', { target: pro, reason: 'Once more' })
  expect(same.body.revision).toBe(made.body.revision)
  const gone = await at.ask('/api/v1/aliases/steered?reason=The+trial+is+over', { method: 'DELETE' })
  expect(await reasonOf(gone.body.revision)).toBe(
    `alias steered removed: target "${pro}"; why: The trial is over`,
  )
  const silent = await put('/api/v1/aliases/steered', { target: pro, reason: ' ' })
  expect(await reasonOf(silent.body.revision)).toBe(`alias steered added: target "${pro}"`)
  await at.ask('/api/v1/aliases/steered', { method: 'DELETE' })
  const long = { target: pro, reason: 'x'.repeat(2_001) }
  expect((await put('/api/v1/aliases/steered', long)).body.error.field).toBe('reason')
})

test('a list that is put back in another order of members is no change', async () => {
  const path = '/api/v1/use-cases/operations'
  const candidates = [
    { modelId: lite, weight: 2 },
    { modelId: micro, weight: 1 },
  ]
  await put(path, { candidates, autoSwitch: 'on' })
  const { body } = await put(path, { candidates, autoSwitch: 'propose' })
  expect(await reasonOf(body.revision)).toBe('use-case/operations: autoSwitch "on" → "propose"')
  await put(path, { autoSwitch: 'on' })
})

test('aliases stand for models and routes, may shadow a model, and never for themselves', async () => {
  const made = await put('/api/v1/aliases/gpt-4o', { target: 'use-case/clinical' })
  expect(made.body).toMatchObject({ name: 'gpt-4o', target: 'use-case/clinical' })
  expect((await put('/api/v1/aliases/cheap', { target: micro })).status).toBe(200)
  expect((await at.ask('/api/v1/aliases')).body.data.map(({ name }) => name)).toEqual(['cheap', 'gpt-4o'])
  expect((await put('/api/v1/aliases/self', { target: 'self' })).status).toBe(409)
  expect((await put('/api/v1/aliases/lost', { target: 'nowhere' })).status).toBe(404)
  expect(
    (await put(`/api/v1/aliases/${encodeURIComponent('use-case/clinical')}`, { target: pro })).status,
  ).toBe(409)
  const circle = await put('/api/v1/aliases/cheap', { target: 'gpt-4o' })
  expect(circle.status).toBe(200)
  const closed = await put('/api/v1/aliases/gpt-4o', { target: 'cheap' })
  expect([closed.status, closed.body.error.code]).toEqual([409, 'revision_rejected'])
  expect(
    (await at.ask('/api/v1/aliases/cheap', { method: 'DELETE', headers: { 'if-match': '"1"' } })).status,
  ).toBe(412)
  expect((await at.ask('/api/v1/aliases/cheap', { method: 'DELETE' })).status).toBe(200)
})

test('usage is summed by a dimension and listed record by record; one request is explained', async () => {
  const recently = testClock.nowMs() - 3_600_000
  const failing = usageRecord('request-2', recently + 5, {
    modelId: modelId(lite),
    reason: 'fallback',
    plan: {
      reason: 'default',
      target: modelId(pro),
      candidates: [modelId(pro), modelId(lite)],
      excluded: [
        { modelId: modelId(micro), gate: 'capable', rule: 'no-images', reason: 'it takes no images' },
      ],
    },
    attempts: [
      {
        modelId: modelId(pro),
        provider: providerId('bedrock'),
        region: 'eu-central-1',
        startedAtMs: recently,
        headersAfterMs: 20,
        firstContentAfterMs: null,
        endedAfterMs: 20,
        status: 429,
        upstreamRequestId: null,
        error: {
          code: 'upstream_throttled',
          vendorName: 'ThrottlingException',
          message: 'Too many requests',
        },
      },
    ],
    costNanoUsd: null,
  })
  await database.transaction({ purpose: 'plain' }, (transaction) =>
    ingestBatch(transaction, {
      records: [usageRecord('request-1', recently), failing],
      position: { journal: journalId('journal-1'), segment: 1, offset: 100 },
    }),
  )
  const day = 86_400_000
  const range = `from=${new Date(testClock.nowMs() - day).toISOString()}&to=${new Date(testClock.nowMs() + day).toISOString()}`
  const byModel = (await at.ask(`/api/v1/usage?groupBy=model&${range}`)).body.data
  expect(byModel.find(({ group }) => group === pro)).toMatchObject({
    requests: 1,
    costUsd: 10.29,
    start: null,
  })
  const hourly = (await at.ask(`/api/v1/usage?groupBy=all&interval=hour&${range}`)).body.data
  expect(hourly[0]).toMatchObject({ requests: 2, fallbacks: 1, unpricedRequests: 1 })
  const minute = `groupBy=all&from=${new Date(recently).toISOString()}&to=${new Date(recently + 60_000).toISOString()}`
  const byMinute = (await at.ask(`/api/v1/usage?interval=minute&${minute}`)).body.data
  const toMinute = (await at.ask(`/api/v1/usage?precision=minute&${minute}`)).body.data
  expect(byMinute[0]).toMatchObject({ start: new Date(Math.floor(recently / 60_000) * 60_000).toISOString() })
  expect(toMinute[0]).toMatchObject({ requests: 2, start: null })
  expect((await at.ask('/api/v1/usage?from=2026-02-02&to=2026-02-01')).status).toBe(400)
  const past = `from=${new Date(testClock.nowMs() - 3 * day).toISOString()}&to=${new Date(testClock.nowMs() - 3 * day + 60_000).toISOString()}`
  for (const wish of ['interval=minute', 'precision=minute']) {
    const refused = await at.ask(`/api/v1/usage?groupBy=all&${wish}&${past}`)
    expect([refused.status, refused.body.error.field]).toEqual([400, 'from'])
    expect(refused.body.error.message).toMatch(/two days/)
  }
  const inOrder = `/api/v1/usage?groupBy=model&order=group&limit=1&${range}`
  const first = (await at.ask(inOrder)).body
  const second = (await at.ask(`${inOrder}&cursor=${first.nextCursor ?? ''}`)).body
  expect([...first.data, ...second.data].map(({ group }) => group)).toEqual(
    byModel.map(({ group }) => group).toSorted(),
  )
  expect(second.nextCursor).toBe(null)
  expect((await at.ask(`/api/v1/usage?cursor=${first.nextCursor ?? ''}`)).status).toBe(400)
  const records = await at.ask('/api/v1/usage/records?limit=1')
  expect(records.body.data[0]).toMatchObject({ requestId: 'request-2', modelId: lite })
  const next = await at.ask(
    `/api/v1/usage/records?limit=1&cursor=${encodeURIComponent(records.body.nextCursor ?? '')}`,
  )
  expect(next.body.data[0].requestId).toBe('request-1')
  const explained = await at.ask('/api/v1/requests/request-2/explain')
  const words = explained.body.words.join('\n')
  for (const said of [
    'asked for "default"',
    'Nova',
    'takes no images',
    'ThrottlingException',
    'fallback',
    'cost is not known',
  ].filter((text) => text !== 'Nova'))
    expect(words).toContain(said)
  expect((await at.ask('/api/v1/requests/nothing/explain')).status).toBe(404)
})

test('revisions, replicas and lifecycle show what operators look for', async () => {
  const replica = await joinReplica(at.control, 'replica-1')
  const [first] = (await at.ask('/api/v1/revisions?limit=1')).body.data
  expect(first).toMatchObject({ state: 'published', actor: { kind: 'service' } })
  const { body } = await at.ask('/api/v1/replicas')
  expect(body.data).toMatchObject([
    { id: 'replica-1', live: true, kind: 'leased', revision: { number: first.number } },
  ])
  await at.orchestrate({ action: 'clear-cache' })
  const newest = first.number + 1
  const shown = await at.ask(`/api/v1/revisions/${newest}`)
  expect(shown.body).toMatchObject({ number: newest, state: 'published', pending: [] })
  const served = { id: 'replica-1', revision: newest, lagMs: expect.any(Number) as number, problem: null }
  expect('replicas' in shown.body && shown.body.replicas).toMatchObject([served])
  const { lagMs } = served
  expect((await at.ask('/api/v1/replicas')).body.data).toMatchObject([{ behind: 0, lagMs }])
  const earlier = (await at.ask(`/api/v1/revisions/${first.number}`)).body
  expect('replicas' in earlier && earlier.replicas).toMatchObject([{ revision: first.number }])
  expect((await at.ask(`/api/v1/revisions/${newest + 1}`)).status).toBe(404)
  await replica.leave()
  await at.orchestrate({
    action: 'switch',
    modelId: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
    useCase: 'clinical',
  })
  const ending = (await at.ask('/api/v1/lifecycle?days=30')).body.data
  expect(ending[0]).toMatchObject({
    modelId: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
    status: 'eol',
    routes: [
      {
        ...{ route: 'use-case/clinical', as: 'target' },
        rehearsal: { chosenBy: 'catalogue', passes: true, problems: [], costImpactEstimated: 0 },
      },
    ],
  })
  // What ends is not what its rehearsal would switch to, and nothing was switched.
  const clinical = (await at.ask('/api/v1/use-cases/clinical')).body
  expect(clinical.target).toBe('anthropic.claude-3-5-sonnet-20241022-v2:0')
  const replacement = `/api/v1/models/${ending[0].replacement ?? ''}`
  const able = (enabled: boolean) => at.ask(replacement, { method: 'PATCH', body: { enabled } })
  expect((await able(false)).status).toBe(200)
  const [refused] = (await at.ask('/api/v1/lifecycle?days=30')).body.data
  expect(refused).toMatchObject({ routes: [{ rehearsal: { passes: false, costImpactEstimated: null } }] })
  await able(true)
  expect(ending[0].daysLeft).toBeLessThan(0)
  expect(ending[0].replacement).not.toBeNull()
})

test('the OpenAPI document describes every path with its scope, schemas and errors', async () => {
  const { body, status } = await at.ask('/api/v1/openapi.json')
  expect([status, body.openapi]).toEqual([200, '3.1.0'])
  const create = body.paths['/api/v1/switches']?.['post']
  if (create === undefined) throw new Error('POST /switches is not described')
  expect(create.requestBody.content['application/json'].schema).toMatchObject({
    required: ['modelId'],
    additionalProperties: false,
  })
  expect(create.parameters.map(({ name }) => name)).toEqual(['dryRun', 'If-Match'])
  expect(Object.keys(create.responses)).toEqual(
    expect.arrayContaining(['200', '400', '401', '403', '404', '409', '412']),
  )
  expect(create.description).toContain('switch')
  const ids = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    (methods) => Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(new Set(ids).size).toBe(ids.length)
})
