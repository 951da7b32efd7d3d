import type { Database } from '@pointsman/registry'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { expectDocumentedEvent } from '../testing/documented-answers.ts'
import { openEvents } from '../testing/read-events.ts'
import { signedInUsers } from '../testing/signed-in-users.ts'
import { anyDatabase, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

/** Whose tokens have ended. */
const signedOut = new Set<string>()

let at: TestControl
let database: Database
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  database = opened.database
  at = await startControl(database, { tokenVerifier: signedInUsers(signedOut) })
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const switchTo = async (modelId: string, scope: object) =>
  (await at.ask('/api/v1/switches', { body: { modelId, ...scope } })).body
const of = (query: string, asked: { key?: string; lastEventId?: string } = {}) =>
  openEvents(at.control, `/api/v1/notifications/stream${query}`, asked)
const hidden = { showNotification: false }
const isShown = async (id: string) => (await at.ask(`/api/v1/switches/${id}`)).body

test('reach those whose next answer changes, and nobody else', async () => {
  const [ada, bob, conversation, other, everybody] = [
    await of('?userId=ada'),
    await of('?userId=bob'),
    await of('?conversationId=conv-1'),
    await of('?conversationId=conv-2'),
    await of(''),
  ]
  const one = await switchTo(lite, {
    conversationId: 'conv-1',
    userId: 'ada',
    useCase: 'clinical',
    ...hidden,
  })
  expect(await isShown(one.switchId)).toMatchObject({ id: one.switchId })
  const notice = await ada.next()
  expect(notice).toMatchObject({
    event: 'notification',
    data: { switchId: one.switchId, modelId: lite, modelName: 'Amazon Nova Lite', type: 'manual' },
  })
  if (notice !== null) expectDocumentedEvent('/notifications/stream', notice)
  expect((await conversation.next())?.data).toMatchObject({
    switchId: one.switchId,
    conversationId: 'conv-1',
  })
  const two = await switchTo(micro, { userId: 'bob', ...hidden })
  expect((await bob.next())?.data).toMatchObject({ switchId: two.switchId, userId: 'bob' })
  // Of a conversation that has not begun, the default decides; `ada`'s own has a pin in its use case.
  const three = await switchTo(lite, hidden)
  expect((await other.next())?.data).toMatchObject({ switchId: three.switchId, scopeText: 'default' })
  const four = await switchTo(pro, { useCase: 'clinical', applyTo: 'all', ...hidden })
  expect((await conversation.next())?.data).toMatchObject({ switchId: four.switchId })
  expect((await ada.next())?.data).toMatchObject({ switchId: four.switchId })
  const seen = [
    await everybody.next(),
    await everybody.next(),
    await everybody.next(),
    await everybody.next(),
  ]
  expect(seen.map((event) => event?.data['switchId'])).toEqual(
    [one, two, three, four].map(({ switchId }) => switchId),
  )
  for (const stream of [ada, bob, conversation, other, everybody]) await stream.leave()
})

test('delivery counts as shown; a stream goes on after the last one that was seen', async () => {
  const first = await switchTo(lite, { conversationId: 'conv-3', ...hidden })
  const second = await switchTo(pro, { conversationId: 'conv-3', ...hidden })
  const before = (await at.ask('/api/v1/notifications?conversationId=conv-3')).body.data
  expect(before).toMatchObject([
    { id: second.switchId, shown: false },
    { id: first.switchId, shown: false },
  ])
  const { sequence } = (await at.ask(`/api/v1/switches/${first.switchId}`)).body as unknown as {
    sequence: number
  }
  const stream = await of('?conversationId=conv-3', { lastEventId: String(sequence) })
  expect((await stream.next())?.data).toMatchObject({ id: second.switchId })
  await stream.leave()
  const marked = await at.ask(`/api/v1/notifications/${first.switchId}/shown`, { method: 'POST' })
  expect(marked.body).toMatchObject({ id: first.switchId, shown: true })
  await expect
    .poll(async () => (await at.ask('/api/v1/notifications?conversationId=conv-3')).body.data)
    .toMatchObject([{ shown: true }, { shown: true }])
})

test('a notice says who made the model, what served before and why, as far as that is known', async () => {
  const stream = await of('?conversationId=conv-why')
  await switchTo(lite, { conversationId: 'conv-why', reason: 'first' })
  await switchTo(pro, { conversationId: 'conv-why', reason: 'Second opinion' })
  expect((await stream.next())?.data).toMatchObject({ provider: 'amazon', reason: 'first' })
  const second = await stream.next()
  expect(second?.data).toMatchObject({
    ...{ provider: 'amazon', from: 'Amazon Nova Lite', reason: 'Second opinion' },
  })
  if (second !== null) expectDocumentedEvent('/notifications/stream', second)
  await stream.leave()
})

test('records that nobody is told of are not read again with each next notice', async () => {
  const [stream, events] = [
    await of('?conversationId=conv-quiet'),
    await openEvents(at.control, '/api/v1/events'),
  ]
  const sequenceOf = async (id: string) => {
    const { body } = await at.ask(`/api/v1/switches/${id}`)
    return (body as unknown as { sequence: number }).sequence
  }
  const first = await switchTo(lite, { conversationId: 'conv-quiet', ...hidden })
  expect((await stream.next())?.data).toMatchObject({ id: first.switchId })
  for (let attempt = 0; attempt < 20; attempt += 1)
    await at.ask('/api/v1/switches', { body: { modelId: `no.such-model-${attempt}` } })
  await events.until(({ data }) => JSON.stringify(data).includes('no.such-model-19'))
  const asked = vi.spyOn(database, 'query')
  const next = await switchTo(pro, { conversationId: 'conv-quiet', ...hidden })
  expect((await stream.next())?.data).toMatchObject({ id: next.switchId })
  const sequence = await sequenceOf(next.switchId)
  const readings = asked.mock.calls.flatMap(([text, values]) =>
    text.includes(`evidence ->> 'episode'`) && Number(values?.[1]) >= sequence ? [Number(values?.[0])] : [],
  )
  asked.mockRestore()
  expect(Math.min(...readings)).toBe(sequence - 1)
  await events.leave()
  await stream.leave()
})

test('pages of other origins may follow notices, and nothing else of the control API', async () => {
  const preflight = (path: string) =>
    at.control.app.fetch(new Request(`http://127.0.0.1${path}`, { method: 'OPTIONS' }))
  for (const path of ['/api/v1/notifications/stream', '/api/v1/notifications/some-id/shown']) {
    const answer = await preflight(path)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/authorization.*last-event-id/)
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  }
  // Why it was refused is readable, too.
  const refused = await at.ask('/api/v1/notifications/stream', { key: 'none-of-ours' })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*'])
  const listed = await at.ask('/api/v1/notifications?limit=1')
  expect(listed.headers.get('access-control-allow-origin')).toBe('*')
  for (const path of ['/api/v1/switches', '/api/v1/events', '/api/v1/notificationsx']) {
    const other = await preflight(path)
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([401, null])
  }
})

test('a signed-in user is told its own only', async () => {
  const key = 'user:eve'
  const mine = await switchTo(lite, { conversationId: 'conv-e', userId: 'eve', ...hidden })
  const theirs = await switchTo(lite, { conversationId: 'conv-f', userId: 'fay', ...hidden })
  const { data } = (await at.ask('/api/v1/notifications?userId=fay', { key })).body
  expect(data.map(({ id }) => id)).toEqual([mine.switchId])
  const shown = (id: string) => at.ask(`/api/v1/notifications/${id}/shown`, { method: 'POST', key })
  expect([(await shown(mine.switchId)).status, (await shown(theirs.switchId)).status]).toEqual([200, 404])
  const refused = await at.ask('/api/v1/notifications/stream?conversationId=conv-f', { key })
  expect(refused.status).toBe(404)
  const stream = await of('?userId=fay', { key })
  await switchTo(pro, { userId: 'fay', ...hidden })
  const own = await switchTo(pro, { userId: 'eve', ...hidden })
  expect((await stream.next())?.data).toMatchObject({ id: own.switchId, userId: 'eve' })
  await stream.leave()
})

test('who follows a conversation that has not begun is told nothing of it once somebody else began it', async () => {
  const [early, owner] = [
    await of('?conversationId=conv-124', { key: 'user:heidi' }),
    await of('?conversationId=conv-124', { key: 'user:ivan' }),
  ]
  const begun = await switchTo(lite, { conversationId: 'conv-124', userId: 'ivan', ...hidden })
  const moved = await switchTo(pro, { conversationId: 'conv-124', reason: 'Second opinion', ...hidden })
  for (const { switchId } of [begun, moved]) {
    expect((await owner.next())?.data).toMatchObject({ switchId })
  }
  signedOut.add('heidi')
  expect(await early.next()).toMatchObject({ event: 'end', data: { reason: 'access_ended' } })
  await owner.leave()
})
