import type { Principal } from '@pointsman/contract'
import { defaultWorkspace, userId } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  serviceKey,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'

let at: TestControl
let aheadMs = 0
const ends: (() => Promise<void>)[] = []
const ada: Principal = {
  kind: 'user',
  id: 'ada',
  workspace: defaultWorkspace,
  scopes: ['self'],
  routes: null,
  models: null,
  userId: userId('ada'),
}
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  at = await startControl(opened.database, {
    clock: { ...testClock, nowMs: () => testClock.nowMs() + aheadMs },
    awsSecretOf: (id) => `secret of ${id}`,
    tokenVerifier: { verify: (token) => Promise.resolve(token === 'a signed token of ada' ? ada : null) },
  })
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const create = async (body: object) => (await at.ask('/api/v1/keys', { body })).body
/** What data planes are given. */
const publishedKeys = async () => {
  const source = at.control.snapshotSource
  const manifest = await source.latest()
  const parts = await source.parts(manifest?.parts.map(({ hash }) => hash) ?? [])
  return parts.flatMap((part) => (part.kind === 'keys' ? part.entries : []))
}
const statusOf = async (key: string | null, path = '/api/v1/models') => (await at.ask(path, { key })).status

test('a key is shown once, works at once, and is never told again', async () => {
  const made = await at.ask('/api/v1/keys', { body: { name: 'reader', scopes: ['read'] } })
  expect(made.status).toBe(201)
  expect(made.body.key).toMatch(/^pm_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
  expect(await statusOf(made.body.key)).toBe(200)
  const listed = await at.ask('/api/v1/keys')
  expect(listed.body.data[0]).toMatchObject({
    id: made.body.id,
    name: 'reader',
    lastFour: made.body.key.slice(-4),
  })
  const everything = JSON.stringify([
    listed.body,
    (await at.ask('/api/v1/revisions')).body,
    at.log,
    await at.control.snapshotSource.latest(),
  ])
  expect(everything).not.toContain(made.body.key)
  expect(JSON.stringify(listed.body)).not.toMatch(/digest/)
})

test('a key that ends in a span ends by the server’s clock, however another is set', async () => {
  const span = { expiresInSeconds: 3_600 }
  const isInAnHour = (expiresAt: string | null): boolean => {
    const leftMs = Date.parse(expiresAt ?? '') - (testClock.nowMs() + aheadMs)
    return leftMs > 3_590_000 && leftMs <= 3_600_000
  }
  const { expiresAt, id } = await create({ name: 'for an hour', ...span })
  expect(isInAnHour(expiresAt)).toBe(true)
  const change = (body: object) => at.ask(`/api/v1/keys/${id}`, { method: 'PATCH', body })
  expect((await change({ expiresAt: null })).body.expiresAt).toBe(null)
  expect(isInAnHour((await change(span)).body.expiresAt)).toBe(true)
  // Null says "never", which is no end in an hour either.
  for (const end of ['2027-01-01T00:00:00Z', null]) {
    const both = await change({ ...span, expiresAt: end })
    expect([both.status, both.body.error]).toEqual([
      400,
      expect.objectContaining({ field: 'expiresInSeconds' }),
    ])
  }
})

test('scopes: what one opens, another does not', async () => {
  const reader = (await create({ name: 'r', scopes: ['read'] })).key
  const switcher = (await create({ name: 's', scopes: ['switch'] })).key
  const caller = (await create({ name: 'c' })).key
  const body = { modelId: lite, useCase: 'platform' }
  const switching = async (key: string) =>
    (await at.ask('/api/v1/switches?dryRun=true', { body, key })).status
  expect([await switching(reader), await switching(switcher), await switching(caller)]).toEqual([
    403, 200, 403,
  ])
  expect([
    await statusOf(reader, '/api/v1/keys'),
    await statusOf(reader, '/api/v1/usage'),
    await statusOf(caller, '/api/v1/usage'),
  ]).toEqual([403, 200, 403])
  expect(await statusOf(caller)).toBe(200)
  const seed = await at.orchestrate({ action: 'switch', modelId: lite }, reader)
  expect(seed.body).toMatchObject({ success: false, error: { code: 'forbidden' } })
  expect((await at.manage({ action: 'disable', model_id: lite }, reader)).status).toBe(403)
  expect((await at.orchestrate({ action: 'validate', modelId: pro, probe: true }, reader)).status).toBe(403)
})

test('every operation needs a key, and no operation opens with a scope that it does not name', async () => {
  const { body } = await at.ask('/api/v1/openapi.json')
  const callable: [string, string][] = Object.entries(
    body.paths as Record<string, Record<string, unknown>>,
  ).flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [string, string] => [
      method.toUpperCase(),
      path.replaceAll(/\{\w+\}/g, 'x'),
    ]),
  )
  expect(callable.length).toBeGreaterThan(30)
  const caller = (await create({ name: 'only invoke', scopes: ['invoke'] })).key
  const mayInvoke = ['GET /api/v1/models', 'GET /api/v1/models/x']
  for (const [method, path] of callable) {
    for (const key of [null, 'wrong'])
      expect((await at.ask(path, { method, key })).status, `${method} ${path}`).toBe(401)
    if (mayInvoke.includes(`${method} ${path}`)) continue
    expect((await at.ask(path, { method, key: caller })).status, `${method} ${path}`).toBe(403)
  }
  for (const path of ['/api/v1/nothing', '/api/v1/', '/somewhere'])
    expect(await statusOf(null, path), path).toBe(401)
  expect(await statusOf(serviceKey, '/api/v1/nothing')).toBe(404)
  const wrong = await at.ask('/api/v1/switches', { method: 'PUT', body: {} })
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST'])
})

test('limits: routes and models hold for switches, and wide changes are not for a limited key', async () => {
  const limited = (
    await create({ name: 'l', scopes: ['switch', 'read'], routes: ['use-case/health'], models: [lite] })
  ).key
  const switching = async (body: object) =>
    (await at.ask('/api/v1/switches?dryRun=true', { body, key: limited })).status
  expect(await switching({ modelId: lite, useCase: 'health' })).toBe(200)
  expect(await switching({ modelId: pro, useCase: 'health' })).toBe(403)
  expect(await switching({ modelId: lite, useCase: 'clinical' })).toBe(403)
  expect(await switching({ modelId: lite })).toBe(403)
  expect((await at.manage({ action: 'disable', model_id: lite }, limited)).status).toBe(403)
  expect((await at.orchestrate({ action: 'clear-cache' }, limited)).status).toBe(403)
})

test('nobody gives away what they do not have', async () => {
  const admin = (await create({ name: 'a', scopes: ['admin'] })).key
  const more = await at.ask('/api/v1/keys', { body: { name: 'x', scopes: ['switch'] }, key: admin })
  expect([more.status, more.body.error.field]).toEqual([403, 'scopes'])
  expect((await at.ask('/api/v1/keys', { body: { name: 'x', scopes: ['admin'] }, key: admin })).status).toBe(
    201,
  )
})

test('rotate puts a new key in place of the old one; revoke ends it; both hold If-Match', async () => {
  const first = await create({
    name: 'rotating',
    scopes: ['read'],
    requestsPerMinute: 60,
    spendPerDayUsd: 1.5,
  })
  expect(first).toMatchObject({ requestsPerMinute: 60, spendPerDayUsd: 1.5 })
  const { key: _key, pending: _pending, unheard: _unheard, ...known } = first
  const read = await at.ask(`/api/v1/keys/${first.id}`)
  expect([read.status, read.headers.get('etag'), read.body]).toEqual([200, `"${first.revision}"`, known])
  expect((await at.ask('/api/v1/keys/none')).status).toBe(404)
  const late = await at.ask(`/api/v1/keys/${first.id}/rotate`, {
    method: 'POST',
    headers: { 'if-match': '"1"' },
  })
  expect(late.status).toBe(412)
  const second = await at.ask(`/api/v1/keys/${first.id}/rotate`, { method: 'POST' })
  expect(second.status).toBe(201)
  expect(second.body).toMatchObject({ name: 'rotating', scopes: ['read'], spendPerDayUsd: 1.5 })
  expect([await statusOf(first.key), await statusOf(second.body.key)]).toEqual([401, 200])
  expect((await at.ask(`/api/v1/keys/${first.id}/rotate`, { method: 'POST' })).status).toBe(409)
  const gone = await at.ask(`/api/v1/keys/${second.body.id}`, { method: 'DELETE' })
  expect(gone.body.revokedAt).not.toBeNull()
  expect(await statusOf(second.body.key)).toBe(401)
  expect((await at.ask('/api/v1/keys/unknown', { method: 'DELETE' })).status).toBe(404)
})

test('an AWS access-key pair is told where it is asked for: the id, and the secret that the host derives from it', async () => {
  const { body } = await at.ask('/api/v1/keys', { body: { name: 'signing', aws: true } })
  const pair = (id: string) => ({ accessKeyId: id, secretAccessKey: `secret of ${id}` })
  expect(body.aws).toEqual(pair(body.id))
  expect((await create({ name: 'not signing' })).aws).toBeUndefined()
  const rotated = await at.ask(`/api/v1/keys/${body.id}/rotate?aws=true`, { method: 'POST' })
  expect(rotated.body.aws).toEqual(pair(rotated.body.id))
})

test('a key ends with its date', async () => {
  const tomorrow = new Date(testClock.nowMs() + 86_400_000).toISOString()
  const { key } = await create({ name: 'brief', scopes: ['read'], expiresAt: tomorrow })
  expect(await statusOf(key)).toBe(200)
  aheadMs = 86_400_001
  expect(await statusOf(key)).toBe(401)
  aheadMs = 0
  expect(await statusOf(key)).toBe(200)
  const past = await at.ask('/api/v1/keys', { body: { name: 'x', expiresAt: '2020-01-01T00:00:00Z' } })
  expect([past.status, past.body.error.field]).toEqual([400, 'expiresAt'])
})

test('a signed-in user lists models and switches its own conversations, whatever user id it sends', async () => {
  const key = 'a signed token of ada'
  expect(await statusOf(key)).toBe(200)
  expect(await statusOf(key, '/api/v1/usage')).toBe(403)
  const own = await at.orchestrate(
    { action: 'switch', modelId: lite, conversationId: 'conv-ada', userId: 'bob', useCase: 'health' },
    key,
  )
  expect(own.body.data.scope).toMatchObject({ kind: 'conversation', userId: 'ada' })
  const [row] = (await at.ask('/api/v1/switches?limit=1&includeRefused=true')).body.data
  expect(row.actor).toEqual({ kind: 'user', id: 'ada' })
  await at.orchestrate({ action: 'switch', modelId: lite, conversationId: 'conv-bob', userId: 'bob' })
  const foreign = await at.orchestrate({ action: 'switch', modelId: pro, conversationId: 'conv-bob' }, key)
  expect(foreign.status).toBe(404)
  for (const scope of [{}, { userId: 'ada' }, { useCase: 'health' }]) {
    expect((await at.orchestrate({ action: 'switch', modelId: pro, ...scope }, key)).status).toBe(403)
  }
})

test('of two rotations at once one is refused: a key is never replaced by two', async () => {
  const { id } = await create({ name: 'raced', scopes: ['read'] })
  const rotate = () => at.ask(`/api/v1/keys/${id}/rotate`, { method: 'POST' })
  const answers = await Promise.all([rotate(), rotate(), rotate()])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
  const { data } = (await at.ask('/api/v1/keys')).body
  expect(data.filter(({ name }: { name: string }) => name === 'raced')).toHaveLength(1)
})

test('rotate with an overlap: both are good until then, the old one is replaced once, and one budget holds both', async () => {
  const limits = { tokensPerMinute: 5_000, concurrentRequests: 3, spendPerMonthUsd: 20 }
  const first = await create({ name: 'overlapping', scopes: ['read'], ...limits })
  expect(first).toMatchObject({ ...limits, lastUsedAt: null, replacedBy: null })
  const until = new Date(testClock.nowMs() + 3_600_000).toISOString()
  const rotate = (query: string) => at.ask(`/api/v1/keys/${first.id}/rotate${query}`, { method: 'POST' })
  expect((await rotate('?until=2020-01-01T00:00:00Z')).body.error.field).toBe('until')
  expect((await rotate('?until=soon')).status).toBe(400)
  const second = (await rotate(`?until=${until}`)).body
  expect(second).toMatchObject(limits)
  expect([await statusOf(first.key), await statusOf(second.key)]).toEqual([200, 200])
  const { data } = (await at.ask('/api/v1/keys')).body
  const shown = data.find(({ id }: { id: string }) => id === first.id)
  expect(shown).toMatchObject({ expiresAt: until, replacedBy: second.id, revokedAt: null })
  const again = await rotate('')
  expect([again.status, again.body.error.message]).toMatchObject([409, expect.stringContaining(second.id)])
  const third = (await at.ask(`/api/v1/keys/${second.id}/rotate`, { method: 'POST' })).body
  expect((await publishedKeys()).find(({ id }) => id === third.id)?.budget).toBe(first.id)
  aheadMs = 3_600_001
  expect([await statusOf(first.key), await statusOf(third.key)]).toEqual([401, 200])
  aheadMs = 0
})

test.each([0, 1, 2])(
  'of three keys whose rotations overlap number %i is revoked: it alone ends',
  async (revoked) => {
    const first = await create({ name: 'chained', scopes: ['read', 'invoke'] })
    const rotated = async (id: string) =>
      (await at.ask(`/api/v1/keys/${id}/rotate?overlapSeconds=3600`, { method: 'POST' })).body
    const second = await rotated(first.id)
    const chain = [first, second, await rotated(second.id)]
    const status = () => Promise.all(chain.map(({ key }) => statusOf(key)))
    expect(await status()).toEqual([200, 200, 200])
    await at.ask(`/api/v1/keys/${chain[revoked]?.id ?? ''}`, { method: 'DELETE' })
    expect(await status()).toEqual([200, 200, 200].with(revoked, 401))
    const ids = chain.map(({ id }) => id)
    const published = (await publishedKeys()).map(({ id }) => id as string)
    expect(ids.filter((id) => published.includes(id))).toEqual(ids.toSpliced(revoked, 1))
  },
)

test('rotate with a span: the old key ends so long after by the server’s clock', async () => {
  const { id } = await create({ name: 'spanned', scopes: ['read'] })
  const rotate = (query: string) => at.ask(`/api/v1/keys/${id}/rotate?${query}`, { method: 'POST' })
  const both = await rotate('overlapSeconds=300&until=2999-01-01T00:00:00Z')
  expect([both.status, both.body.error.field]).toEqual([400, 'overlapSeconds'])
  expect((await rotate('overlapSeconds=0')).status).toBe(400)
  const nowMs = testClock.nowMs()
  expect((await rotate('overlapSeconds=300')).status).toBe(201)
  const lateMs = Date.parse((await at.ask(`/api/v1/keys/${id}`)).body.expiresAt ?? '') - nowMs - 300_000
  expect(lateMs).toBeGreaterThanOrEqual(0)
  expect(lateMs).toBeLessThan(60_000)
})

test('limits, name and end are changed while a key is used, recorded with who did it, and hold at once', async () => {
  const made = await create({ name: 'trial', scopes: ['read'], requestsPerMinute: 5, spendPerDayUsd: 2 })
  const change = (body: object, more: object = {}) =>
    at.ask(`/api/v1/keys/${made.id}`, { method: 'PATCH', body, ...more })
  const changed = await change({ name: 'ward', requestsPerMinute: null, tokensPerMinute: 1_000 })
  expect([changed.status, changed.body]).toMatchObject([
    200,
    { id: made.id, name: 'ward', requestsPerMinute: null, tokensPerMinute: 1_000, spendPerDayUsd: 2 },
  ])
  expect(changed.body.revision).toBeGreaterThan(made.revision)
  const { body: revisions } = await at.ask('/api/v1/revisions?limit=1')
  expect(revisions.data[0]).toMatchObject({
    number: changed.body.revision,
    actor: { kind: 'service' },
  })
  expect(await publishedKeys()).toContainEqual(
    expect.objectContaining({ id: made.id, name: 'ward', tokensPerMinute: 1_000 }),
  )
  // Nothing changed: no revision.
  expect((await change({ name: 'ward' })).body.revision).toBe(changed.body.revision)
  const stale = await change({ name: 'x' }, { headers: { 'if-match': `"${made.revision}"` } })
  expect(stale.status).toBe(412)
  for (const [body, status] of [
    [{ requestsPerMinute: 0 }, 400],
    [{ scopes: ['admin'] }, 400],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 400],
    [{ routes: ['use-case/nowhere'] }, 404],
    [{ models: ['nobody'] }, 404],
  ] as const)
    expect((await change(body)).status).toBe(status)
  expect(await statusOf(made.key)).toBe(200)
  const end = new Date(testClock.nowMs() + aheadMs + 60_000).toISOString()
  expect((await change({ expiresAt: end })).body).toMatchObject({ expiresAt: end })
  await at.ask(`/api/v1/keys/${made.id}`, { method: 'DELETE' })
  expect((await change({ name: 'late' })).status).toBe(409)
})

test('null takes away each limit that a key can have, and leaves what makes the key itself', async () => {
  const limits = {
    ...{ routes: ['use-case/clinical'], models: [pro], requestsPerMinute: 5, tokensPerMinute: 1_000 },
    ...{ concurrentRequests: 3, spendPerDayUsd: 2, spendPerMonthUsd: 20 },
    expiresAt: new Date(testClock.nowMs() + aheadMs + 60_000).toISOString(),
  }
  const first = await create({ name: 'unlimited', scopes: ['read'], ...limits })
  const made = (await at.ask(`/api/v1/keys/${first.id}/rotate`, { method: 'POST' })).body
  expect(made).toMatchObject(limits)
  let left: Record<string, unknown> = limits
  for (const limit of Object.keys(limits)) {
    left = { ...left, [limit]: null }
    const changed = await at.ask(`/api/v1/keys/${made.id}`, { method: 'PATCH', body: { [limit]: null } })
    expect([limit, changed.status, changed.body]).toMatchObject([limit, 200, left])
  }
  const { data } = (await at.ask('/api/v1/keys')).body
  expect(data).toContainEqual(expect.objectContaining({ id: made.id, ...left }))
  const published = (await publishedKeys()).find(({ id }) => id === made.id)
  expect(published).toMatchObject({ budget: first.id, requestsPerMinute: null })
  expect(published).not.toHaveProperty('tokensPerMinute')
  expect(await statusOf(made.key)).toBe(200)
})
