import { modelId, replicaId } from '@pointsman/contract'
import { renewReplica, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Condition } from '../ports.ts'
import { expectDocumentedEvent } from '../testing/documented-answers.ts'
import { openEvents, type ReadEvent } from '../testing/read-events.ts'
import {
  anyDatabase,
  joinReplica,
  openTestDatabase,
  serviceKey,
  startControl,
  type TestControl,
} from '../testing/start-control.ts'
import { signedInUsers } from '../testing/signed-in-users.ts'

const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

/** Whose tokens have ended. */
const signedOut = new Set<string>()

let at: TestControl
let database: Database
let conditions: readonly Condition[] = []
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  database = opened.database
  at = await startControl(database, {
    tokenVerifier: signedInUsers(signedOut),
    conditions: () => conditions,
    host: 'this-host',
  })
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const switchTo = async (modelId: string, scope: object) =>
  (await at.ask('/api/v1/switches', { body: { modelId, ...scope } })).body
const isSettled = ({ data }: ReadEvent) => data['kind'] === 'revision' && data['state'] === 'published'

describe('events', () => {
  test('one switch is told as its revision recorded, the switch, the revision published, each replica with its lag', async () => {
    const stream = await openEvents(at.control, '/api/v1/events')
    const replica = await joinReplica(at.control, 'replica-e')
    const joined = (await stream.until(({ data }) => data['kind'] === 'replica')).at(-1)
    expect(joined?.data).toMatchObject({ state: 'joined', replica: { id: 'replica-e', kind: 'leased' } })
    const made = await switchTo(lite, { useCase: 'operations' })
    const told = (
      await stream.until(
        ({ data }) => data['kind'] === 'acknowledgement' && data['revision'] === made.revision,
      )
    ).filter(({ data }) => data['kind'] !== 'acknowledgement' || data['revision'] === made.revision)
    for (const event of told) expectDocumentedEvent('/events', event)
    expect(told.map(({ data }) => [data['kind'], data['state']])).toEqual([
      ['revision', 'recorded'],
      ['switch', undefined],
      ['revision', 'published'],
      ['acknowledgement', undefined],
    ])
    expect(told[1]?.data).toMatchObject({ switch: { id: made.switchId, scopeText: 'use-case/operations' } })
    expect(told[3]?.data).toMatchObject({ replica: 'replica-e', lagMs: expect.any(Number) as number })
    const held = { modelId: modelId(lite), region: 'eu-central-1', cause: 'failures' } as const
    await replica.renew([{ ...held, sinceMs: 1_000, untilMs: 6_000 }])
    const opened = (await stream.until(({ data }) => data['kind'] === 'circuit')).at(-1)
    expect(opened?.data).toEqual({
      ...{ kind: 'circuit', state: 'opened', replica: 'replica-e', ...held },
      ...{ since: '1970-01-01T00:00:01.000Z', until: '1970-01-01T00:00:06.000Z' },
    })
    if (opened !== undefined) expectDocumentedEvent('/events', opened)
    await replica.renew([])
    const closed = (await stream.until(({ data }) => data['kind'] === 'circuit')).at(-1)
    expect(closed?.data).toMatchObject({ state: 'closed', replica: 'replica-e', modelId: lite })
    await replica.leave()
    const left = (await stream.until(({ data }) => data['kind'] === 'replica')).at(-1)
    expect(left?.data).toMatchObject({ state: 'left', replica: { id: 'replica-e' } })

    // Somebody who had seen the first of them comes back, and is told of the rest.
    const again = await openEvents(at.control, '/api/v1/events', { lastEventId: told[0]?.id ?? '' })
    const rest = await again.until(({ data }) => data['kind'] === 'acknowledgement')
    expect(rest.map(({ data }) => data['kind'])).toEqual(['switch', 'revision', 'acknowledgement'])
    await again.leave()
    await stream.leave()
  })

  test('refused attempts, edits by SQL and alarms are told, too', async () => {
    const stream = await openEvents(at.control, '/api/v1/events')
    await at.ask('/api/v1/switches', { body: { modelId: 'no.such-model' } })
    const refused = (await stream.until(({ data }) => data['kind'] === 'switch')).at(-1)
    expect(refused?.data).toMatchObject({
      switch: { state: 'refused', refusal: { code: 'model_not_found' } },
    })
    await database.query(
      `UPDATE ai_assistants SET model_version = '${micro}' WHERE assistant_type = 'health'`,
    )
    const edited = await stream.until(isSettled)
    expect(edited.find(({ data }) => data['kind'] === 'switch')?.data).toMatchObject({
      switch: { scopeText: 'use-case/health', toId: micro, actor: { kind: 'database-role' } },
    })
    conditions = [{ kind: 'journal_closed', subject: 'this-host', message: 'The journal is full.' }]
    await at.control.services.reviewAlarms()
    const raised = (await stream.until(({ data }) => data['kind'] === 'alarm')).at(-1)
    expect(raised?.data).toMatchObject({
      state: 'raised',
      alarm: { kind: 'journal_closed', clearedAt: null },
    })
    if (raised !== undefined) expectDocumentedEvent('/events', raised)
    const standing = (await at.ask('/api/v1/alarms')).body.data
    expect(standing).toMatchObject([{ kind: 'journal_closed', subject: 'this-host' }])
    conditions = []
    await at.control.services.reviewAlarms()
    const cleared = (await stream.until(({ data }) => data['kind'] === 'alarm')).at(-1)
    expect(cleared?.data).toMatchObject({ state: 'cleared', alarm: { id: standing[0].id } })
    expect((await at.ask('/api/v1/alarms')).body.data).toEqual([])
    expect((await at.ask('/api/v1/alarms?includeCleared=true')).body.data).toMatchObject([
      { id: standing[0].id, clearedAt: expect.any(String) as string },
    ])
    await stream.leave()
  })

  test('a stream that has told nothing yet goes on from where it began: what came while it was away is told', async () => {
    const paths = ['/api/v1/events', '/api/v1/notifications/stream?conversationId=conv-away']
    const places: string[] = []
    for (const path of paths) {
      const stream = await openEvents(at.control, path)
      places.push(await stream.place())
      await stream.leave()
    }
    const made = await switchTo(lite, { conversationId: 'conv-away', showNotification: false })
    for (const [index, path] of paths.entries()) {
      const stream = await openEvents(at.control, path, { lastEventId: places[index] ?? '' })
      const told = await stream.until(({ data }) => JSON.stringify(data).includes(made['switchId']))
      expect(told.length).toBeGreaterThan(0)
      await stream.leave()
    }
  })

  test('a join that is read together with a switch has no id that covers the switch', async () => {
    const stream = await openEvents(at.control, '/api/v1/events')
    await database.transaction({ purpose: 'plain' }, async (transaction) => {
      const [id, title] = [replicaId('replica-j'), 'replica-j']
      await renewReplica(transaction, { id, host: 'test', title, kind: 'pull', startedAtMs: 1 })
      await transaction.query(
        `UPDATE ai_assistants SET model_version = '${lite}' WHERE assistant_type = 'health'`,
      )
    })
    const joined = (await stream.until(({ data }) => data['kind'] === 'replica')).at(-1)
    await stream.until(isSettled)
    await stream.leave()
    const again = await openEvents(at.control, '/api/v1/events', { lastEventId: joined?.id ?? '' })
    const told = (await again.until(isSettled)).find(({ data }) => data['kind'] === 'switch')
    expect(told?.data).toMatchObject({ switch: { scopeText: 'use-case/health', toId: lite } })
    await again.leave()
    await at.control.services.replicas.leave(replicaId('replica-j'))
  })

  test('an id that is none of ours is refused', async () => {
    const headers = { 'last-event-id': '17' }
    const refused = await at.ask('/api/v1/events', { headers })
    expect([refused.status, refused.body.error.field]).toEqual([400, 'Last-Event-ID'])
    expect((await at.ask('/api/v1/notifications/stream', { headers: { 'last-event-id': 'x' } })).status).toBe(
      400,
    )
    // A HEAD has no reader: it opens nothing that would have to be closed.
    const head = new Request('http://127.0.0.1/api/v1/events', {
      method: 'HEAD',
      headers: { authorization: `Bearer ${serviceKey}` },
    })
    expect((await at.control.app.fetch(head)).headers.get('content-type')).toMatch(/event-stream/)
  })
})

describe('alarms', () => {
  test('a rejected revision, a replica that keeps its last good one and a broken chain stand until they are over', async () => {
    const replica = await joinReplica(at.control, 'replica-a')
    const { number } = (await at.ask('/api/v1/revisions?limit=1')).body.data[0]
    const revision = { epoch: 1, number }
    const acknowledge = (problem?: string) =>
      at.control.services.replicas.acknowledge({
        replica: replica.id,
        revision,
        ...(problem === undefined ? {} : { problem }),
      })
    const standing = async () => {
      await at.control.services.reviewAlarms()
      return (await at.ask('/api/v1/alarms')).body.data.map((alarm) => [
        'kind' in alarm && alarm.kind,
        'subject' in alarm && alarm.subject,
      ])
    }
    await acknowledge('a part is damaged')
    expect(await standing()).toEqual([['replica_refused', 'replica-a']])
    await acknowledge()
    expect(await standing()).toEqual([])
    await database.query('ALTER TABLE pointsman.switches DISABLE TRIGGER USER')
    const { rows } = await database.query(
      'SELECT id, reason FROM pointsman.switches ORDER BY recorded_at LIMIT 1',
    )
    const set = (reason: unknown) =>
      database.query('UPDATE pointsman.switches SET reason = $2 WHERE id = $1', [
        String(rows[0]?.['id']),
        reason as string | null,
      ])
    await set('altered')
    expect((await at.ask('/api/v1/switches/verify')).body.valid).toBe(false)
    expect(await standing()).toEqual([['chain_broken', 'switches']])
    await set(rows[0]?.['reason'])
    await database.query('ALTER TABLE pointsman.switches ENABLE TRIGGER USER')
    expect((await at.ask('/api/v1/switches/verify')).body.valid).toBe(true)
    expect(await standing()).toEqual([])
    await replica.leave()
  })

  test('an edit past the triggers stands until somebody clears it', async () => {
    await database.query('ALTER TABLE pointsman.roles DISABLE TRIGGER USER')
    await database.query("UPDATE pointsman.roles SET use_case = 'clinical' WHERE name = 'patient'")
    await database.query('ALTER TABLE pointsman.roles ENABLE TRIGGER USER')
    await at.control.services.lookForUnrecorded()
    await at.control.services.reviewAlarms()
    const [alarm] = (await at.ask('/api/v1/alarms')).body.data
    expect(alarm).toMatchObject({ kind: 'unrecorded_edit', clearedAt: null })
    const tag = async () => (await at.ask(`/api/v1/alarms/${alarm.id}`)).headers.get('etag') ?? ''
    const clear = (etag: string) =>
      at.ask(`/api/v1/alarms/${alarm.id}/clear`, { method: 'POST', headers: { 'if-match': etag } })
    const asRead = await tag()
    const { message } = alarm
    const reword = (words: string) =>
      database.query('UPDATE pointsman.alarms SET message = $2 WHERE id = $1', [alarm.id, words])
    await reword('It says something else now.')
    const refused = await clear(asRead)
    expect([refused.status, refused.headers.get('etag')]).toEqual([412, await tag()])
    await reword(message)
    expect(await tag()).toBe(asRead)
    const writers = await Promise.all(Array.from({ length: 4 }, () => clear(asRead)))
    expect(writers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412])
    for (const { headers } of writers) expect(headers.get('etag')).toBe(await tag())
    expect((await clear(await tag())).status).toBe(200)
    const cleared = await at.ask(`/api/v1/alarms/${alarm.id}/clear`, { method: 'POST' })
    expect([cleared.status, cleared.body]).toEqual([
      200,
      expect.objectContaining({ id: alarm.id, clearedAt: expect.any(String) as string }),
    ])
    await at.control.services.reviewAlarms()
    expect((await at.ask('/api/v1/alarms')).body.data).toEqual([])
    expect((await at.ask('/api/v1/alarms/none')).status).toBe(404)
  })
})

test('a stream ends once its key is revoked, and says why; another goes on', async () => {
  const made = await at.ask('/api/v1/keys', { body: { name: 'a screen', scopes: ['read'] } })
  const { id, key } = made.body as { id: string; key: string }
  const events = await openEvents(at.control, '/api/v1/events', { key })
  const notices = await openEvents(at.control, '/api/v1/notifications/stream', { key })
  const other = await openEvents(at.control, '/api/v1/events')
  const startedMs = performance.now()
  expect((await at.ask(`/api/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(200)
  for (const stream of [events, notices]) {
    const last = (await stream.until(({ event }) => event === 'end')).at(-1)
    expect(last?.data).toEqual({ reason: 'access_ended' })
    expect(await stream.next()).toBeNull()
  }
  expect(performance.now() - startedMs).toBeLessThan(10_000)
  const made2 = await switchTo(micro, { useCase: 'operations' })
  await other.until(({ data }) => data['kind'] === 'switch' && JSON.stringify(data).includes(made2.switchId))
  await other.leave()
})

test('a stream ends with the time of the token that opened it', async () => {
  const stream = await openEvents(at.control, '/api/v1/notifications/stream', { key: 'user:grace' })
  signedOut.add('grace')
  const last = (await stream.until(({ event }) => event === 'end')).at(-1)
  expect(last?.data).toEqual({ reason: 'access_ended' })
})

test('a stop ends the streams, and says why', async () => {
  const stream = await openEvents(at.control, '/api/v1/events')
  at.control.services.endStreams()
  const last = (await stream.until(({ event }) => event === 'end')).at(-1)
  expect(last?.data).toEqual({ reason: 'shutting_down' })
  expect(await stream.next()).toBeNull()
  expect((await at.ask('/api/v1/events')).status).toBe(503)
})
