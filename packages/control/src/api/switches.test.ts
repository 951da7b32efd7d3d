import {
  conversationId,
  defaultWorkspace,
  journalId,
  modelId,
  replicaId,
  requestId,
} from '@pointsman/contract'
import { claimPin, findPins, ingestBatch, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  databaseKinds,
  joinReplica,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import type { Told } from '../testing/told.ts'
import { usageRecord } from '../testing/usage-record.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const sonnet = 'eu.anthropic.claude-sonnet-5-5'

describe.each(databaseKinds)('switches on %s', (kind) => {
  let at: TestControl
  let database: Database
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    database = opened.database
    at = await startControl(database)
    const replica = await joinReplica(at.control, 'replica-1')
    ends.push(
      () => replica.leave(),
      () => at.stop(),
      opened.drop,
    )
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })
  const target = async (useCase: string) => (await at.ask(`/api/v1/use-cases/${useCase}`)).body

  test('a switch is live when it is answered, and a revert restores what it found', async () => {
    const done = await at.ask('/api/v1/switches', {
      body: { modelId: lite, useCase: 'clinical', reason: 'trial' },
    })
    expect(done.status).toBe(200)
    expect(done.body).toMatchObject({
      switched: true,
      fromId: sonnet,
      toId: lite,
      pending: [],
      scope: { kind: 'use-case', name: 'clinical' },
    })
    const manifest = await at.control.snapshotSource.latest()
    expect(manifest?.revision.number).toBe(done.body.revision)
    expect(done.headers.get('etag')).toBe(`"${done.body.revision}"`)
    expect(await target('clinical')).toMatchObject({
      target: lite,
      switchId: done.body.switchId,
      serves: lite,
    })
    const back = await at.ask(`/api/v1/switches/${done.body.switchId}/revert`, { body: { reason: 'worse' } })
    expect(back.body).toMatchObject({ switched: true, fromId: lite, toId: sonnet })
    expect(back.body.notification.message).toContain('Switched back')
    expect(await target('clinical')).toMatchObject({ target: sonnet })
    const shown = await at.ask(`/api/v1/switches/${done.body.switchId}`)
    expect(shown.body.state).toBe('reverted')
    expect((await at.ask(`/api/v1/switches/${back.body.switchId}`)).body).toMatchObject({
      reverts: done.body.switchId,
      action: 'manual_switch',
      state: 'active',
    })
    const twice = await at.ask(`/api/v1/switches/${done.body.switchId}/revert`, { body: {} })
    expect([twice.status, twice.body.error.code]).toEqual([409, 'refused'])
  })

  test('reverting the first switch of a use case that inherited makes it inherit again', async () => {
    const done = await at.ask('/api/v1/switches', { body: { modelId: micro, useCase: 'platform' } })
    expect(done.body).toMatchObject({ fromId: pro, toId: micro })
    expect(await target('platform')).toMatchObject({ inherits: false, serves: micro })
    await at.ask(`/api/v1/switches/${done.body.switchId}/revert`, { method: 'POST' })
    expect(await target('platform')).toMatchObject({ target: null, inherits: true, serves: pro })
  })

  test('a conversation and a user return to what they had', async () => {
    const chat = { conversationId: 'conv-7', userId: 'ada', useCase: 'health' }
    const first = await at.ask('/api/v1/switches', { body: { modelId: pro, ...chat } })
    expect(first.body).toMatchObject({ fromId: lite, toId: pro })
    const second = await at.ask('/api/v1/switches', { body: { modelId: micro, ...chat } })
    expect(second.body).toMatchObject({ fromId: pro, toId: micro })
    const back = await at.ask(`/api/v1/switches/${second.body.switchId}/revert`, { body: {} })
    expect(back.body).toMatchObject({ fromId: micro, toId: pro })
    expect(back.body.warnings).toEqual([])
    const further = await at.ask(`/api/v1/switches/${first.body.switchId}/revert`, { body: {} })
    expect(further.body).toMatchObject({ fromId: pro, toId: lite, warnings: [] })
    const user = await at.ask('/api/v1/switches', { body: { modelId: micro, userId: 'ada' } })
    const gone = await at.ask(`/api/v1/switches/${user.body.switchId}/revert`, { body: {} })
    expect(gone.body).toMatchObject({ fromId: micro, toId: pro })
    const listed = await at.ask('/api/v1/switches?conversationId=conv-7')
    expect(listed.body.data).toHaveLength(4)
  })

  test('a first switch of a user or a conversation tells what it replaces in every use case', async () => {
    const user = await at.ask('/api/v1/switches', { body: { modelId: pro, userId: 'u9' } })
    expect(user.body).toMatchObject({ switched: true, from: 'Amazon Nova Pro', to: 'Amazon Nova Pro' })
    expect(user.body.notification.message).toMatch(
      /^Replaced .*Nova Lite.* with Amazon Nova Pro for every use case of this user/,
    )
    const again = await at.ask('/api/v1/switches', { body: { modelId: pro, userId: 'u9' } })
    expect(again.body.switched).toBe(false)
    const back = await at.ask(`/api/v1/switches/${user.body.switchId}/revert`, { body: {} })
    expect(back.body.notification.message).toMatch(/each use case of this user has its own model again/)
    const chat = { conversationId: 'conv-u9', userId: 'u9' }
    const first = await at.ask('/api/v1/switches', { body: { modelId: micro, ...chat, useCase: 'health' } })
    expect(first.body.notification.message).not.toMatch(/every use case/)
    const general = await at.ask('/api/v1/switches', { body: { modelId: micro, ...chat } })
    expect(general.body).toMatchObject({ switched: true, fromId: micro })
    expect(general.body.notification.message).toMatch(/^Now using .*Micro for every use case of this conv/)
    const settled = await at.ask('/api/v1/switches', { body: { modelId: micro, ...chat } })
    expect(settled.body.switched).toBe(false)
  })

  test('reverting a switch that a later one replaced names the later one', async () => {
    const scope = { agent: 'reverting_agent' }
    await at.ask('/api/v1/agents/reverting_agent', { method: 'PUT', body: {} })
    const first = await at.ask('/api/v1/switches', { body: { modelId: lite, ...scope } })
    const second = await at.ask('/api/v1/switches', { body: { modelId: micro, ...scope } })
    const path = `/api/v1/switches/${first.body.switchId}/revert`
    const look = await at.ask(`${path}?dryRun=true`, { body: {} })
    expect(look.body.warnings.join()).toContain(second.body.switchId)
    const back = await at.ask(path, { body: {} })
    expect(back.body).toMatchObject({ switched: true, fromId: micro, toId: pro })
    expect(back.body.warnings.join()).toMatch(new RegExp(`${second.body.switchId}.*is undone`))
  })

  test('applyTo "all" moves the conversations that keep their model', async () => {
    await at.ask('/api/v1/switches', {
      body: { modelId: micro, conversationId: 'conv-8', useCase: 'health' },
    })
    const gentle = await at.ask('/api/v1/switches', { body: { modelId: pro, useCase: 'health' } })
    expect(gentle.body.switched).toBe(true)
    const look = { conversationId: 'conv-8', useCase: 'health', modelId: lite }
    expect((await at.ask('/api/v1/switches?dryRun=true', { body: look })).body.fromId).toBe(micro)
    const all = await at.ask('/api/v1/switches', {
      body: { modelId: pro, useCase: 'health', applyTo: 'all' },
    })
    expect(all.body.switched).toBe(true)
    expect((await at.ask('/api/v1/switches?dryRun=true', { body: look })).body.fromId).toBe(pro)
    const nothing = await at.ask('/api/v1/switches', {
      body: { modelId: pro, useCase: 'health', applyTo: 'all' },
    })
    expect(nothing.body).toMatchObject({ switched: false, switchId: null })
  })

  test('applyTo "all" moves a conversation that was switched for all its use cases, in this one', async () => {
    const chat = { conversationId: 'conv-9', userId: 'u1' }
    await at.ask('/api/v1/switches', { body: { modelId: micro, ...chat } })
    const all = await at.ask('/api/v1/switches', {
      body: { modelId: pro, useCase: 'operations', applyTo: 'all' },
    })
    const serves = async (useCase: string) =>
      (await at.ask('/api/v1/switches?dryRun=true', { body: { modelId: lite, useCase, ...chat } })).body
        .fromId
    expect([await serves('operations'), await serves('clinical')]).toEqual([pro, micro])
    await at.ask(`/api/v1/switches/${all.body.switchId}/revert`, { body: {} })
    expect([await serves('operations'), await serves('clinical')]).toEqual([micro, micro])
  })

  test('the ETag of a conversation rises with each switch of a route that moves it, and with its revert', async () => {
    const path = '/api/v1/conversations/conv-12'
    const tag = async () => Number(JSON.parse((await at.ask(path)).headers.get('etag') ?? ''))
    const body = { conversationId: 'conv-12', userId: 'u1', modelId: micro }
    const first = await at.ask('/api/v1/switches', { body })
    const tags = [await tag()]
    const toAll = { modelId: pro, useCase: 'operations', applyTo: 'all' }
    const all = await at.ask('/api/v1/switches', { body: toAll })
    tags.push(await tag())
    const back = await at.ask(`/api/v1/switches/${all.body.switchId}/revert`, { body: {} })
    tags.push(await tag())
    const again = await at.ask(`/api/v1/switches/${back.body.switchId}/revert`, { body: {} })
    tags.push(await tag())
    expect(tags).toEqual([first, all, back, again].map(({ body: { revision } }) => revision))
    const serves = async (useCase: string) =>
      (await at.ask('/api/v1/switches?dryRun=true', { body: { ...body, modelId: lite, useCase } })).body
        .fromId
    expect([await serves('operations'), await serves('clinical')]).toEqual([pro, micro])
    await at.ask(`/api/v1/switches/${again.body.switchId}/revert`, { body: {} })
    expect([await serves('operations'), await serves('clinical')]).toEqual([micro, micro])
  })

  test('a switch of the default with applyTo "all" moves conversations of the agents that inherit it, too', async () => {
    await at.ask('/api/v1/agents/keeping_agent', { method: 'PUT', body: {} })
    const asked = { workspace: defaultWorkspace, conversationId: conversationId('conv-10'), userId: null }
    const useCase = 'agent/keeping_agent'
    await claimPin(database, {
      ...{ ...asked, useCase, modelId: modelId(pro), claimedAtMs: 1, requestId: requestId('request-10') },
    })
    const serves = async () => (await findPins(database, { ...asked, useCase })).conversation?.modelId
    const all = await at.ask('/api/v1/switches', { body: { modelId: micro, applyTo: 'all' } })
    expect(await serves()).toBe(micro)
    await at.ask(`/api/v1/switches/${all.body.switchId}/revert`, { body: {} })
    expect(await serves()).toBe(pro)
  })

  test('a conversation’s ETag is that of its last switch, whichever use case it was of', async () => {
    const body = { conversationId: 'conv-11', userId: 'ada' }
    const path = '/api/v1/conversations/conv-11'
    await at.ask('/api/v1/switches', { body: { ...body, modelId: micro } })
    const read = (await at.ask(path)).headers.get('etag') ?? ''
    const narrow = { ...body, modelId: lite, useCase: 'clinical' }
    const done = await at.ask('/api/v1/switches', { body: narrow, headers: { 'if-match': read } })
    expect(done.status).toBe(200)
    const now = (await at.ask(path)).headers.get('etag') ?? ''
    expect([now, done.headers.get('etag')]).toEqual([`"${done.body.revision}"`, now])
    const write = (etag: string) =>
      at.ask('/api/v1/switches', { body: { ...body, modelId: pro }, headers: { 'if-match': etag } })
    expect(await write(read)).toMatchObject({ status: 412, body: { error: { code: 'stale' } } })
    expect((await write(now)).status).toBe(200)
  })

  test('a conversation that a switch of its route moved has another ETag', async () => {
    const path = '/api/v1/conversations/conv-12'
    const chat = { conversationId: 'conv-12', useCase: 'platform' }
    await at.ask('/api/v1/switches', { body: { modelId: micro, ...chat } })
    const read = (await at.ask(path)).headers.get('etag') ?? ''
    const body = { modelId: lite, useCase: 'platform', applyTo: 'all' }
    const { revision, switchId } = (await at.ask('/api/v1/switches', { body })).body
    const moved = await at.ask(path)
    expect([moved.body.revision, moved.headers.get('etag')]).toEqual([revision, `"${revision}"`])
    const stale = { body: { modelId: pro, ...chat }, headers: { 'if-match': read } }
    expect(await at.ask('/api/v1/switches', stale)).toMatchObject({ status: 412 })
    const back = await at.ask(`/api/v1/switches/${switchId}/revert`, { body: {} })
    expect((await at.ask(path)).body.revision).toBe(back.body.revision)
  })

  test('an automatic switch of a user is to the best of the use case that it names, by its rule', async () => {
    const ranking = async (body: object) =>
      (await at.orchestrate({ action: 'auto-switch', dryRun: true, ...body })).body.data.ranking
    const named = { useCase: 'clinical' }
    expect(await ranking({ ...named, userId: 'ranked' })).toEqual(await ranking(named))
    await at.ask('/api/v1/use-cases/operations', { method: 'PUT', body: { autoSwitch: 'off' } })
    const body = { action: 'auto-switch', useCase: 'operations', userId: 'ranked' }
    const refused = await at.orchestrate(body)
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'refused' } } })
    expect(refused.body.error.message).toContain('off for use-case/operations')
    await at.ask('/api/v1/use-cases/operations', { method: 'PUT', body: { autoSwitch: 'propose' } })
    const proposed = await at.orchestrate(body)
    expect(proposed.body.data.switched).toBe(false)
    expect(proposed.body.data.warnings[0]).toContain('use-case/operations only proposes')
    await at.ask('/api/v1/use-cases/operations', { method: 'PUT', body: { autoSwitch: 'on' } })
  })

  test('a fallback switch of a user goes down the list of the use case that it names', async () => {
    const fallback = async (body: object) =>
      (await at.orchestrate({ action: 'fallback-switch', dryRun: true, reason: 'Slow', ...body })).body.data
        .toId
    const named = { useCase: 'clinical' }
    expect(await fallback(named)).not.toBe(await fallback({}))
    expect(await fallback({ ...named, userId: 'falling' })).toBe(await fallback(named))
  })

  test('masks name the routes that a global switch does not reach', async () => {
    const { body } = await at.ask('/api/v1/switches?dryRun=true', { body: { modelId: lite } })
    expect(body.masks).toEqual(['use-case/clinical', 'use-case/health', 'use-case/operations'])
  })

  test('If-Match: of two operators who read the same state, one wins', async () => {
    const read = await at.ask('/api/v1/use-cases/clinical')
    const etag = read.headers.get('etag') ?? ''
    const both = await Promise.all(
      [pro, micro].map((modelId) =>
        at.ask('/api/v1/switches', { body: { modelId, useCase: 'clinical' }, headers: { 'if-match': etag } }),
      ),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
    const [won, lost] = both[0]?.status === 200 ? both : [both[1], both[0]]
    expect(lost?.body.error).toMatchObject({ code: 'stale' })
    expect(lost?.headers.get('etag')).toBe(won?.headers.get('etag'))
    const recorded = await at.ask('/api/v1/switches?includeRefused=true&limit=1')
    expect(recorded.body.data[0]).toMatchObject({ state: 'refused', refusal: { code: 'stale' } })
    const again = await at.ask('/api/v1/switches', {
      body: { modelId: sonnet, useCase: 'clinical' },
      headers: { 'if-match': lost?.headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(200)
  })

  test('a refused attempt changes nothing and is on record with its actor and reason', async () => {
    const before = (await at.control.snapshotSource.latest())?.revision
    const refused = await at.ask('/api/v1/switches', { body: { modelId: 'no.such-model', reason: 'typo' } })
    expect(refused.status).toBe(404)
    expect((await at.control.snapshotSource.latest())?.revision).toEqual(before)
    const { body } = await at.ask('/api/v1/switches?includeRefused=true&limit=1')
    expect(body.data[0]).toMatchObject({
      revision: null,
      actor: { kind: 'service', id: 'service' },
      reason: 'typo',
      evidence: { asked: 'no.such-model', environment: 'dev' },
    })
    expect((await at.ask('/api/v1/switches?limit=1')).body.data[0].refusal).toBeNull()
  })

  test('the impact is what the traffic of the last seven days would have saved', async () => {
    const twoHoursAgo = testClock.nowMs() - 2 * 3_600_000
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [usageRecord('request-1', twoHoursAgo)],
        position: { journal: journalId('journal-1'), segment: 1, offset: 100 },
      }),
    )
    const { body } = await at.ask('/api/v1/switches?dryRun=true', { body: { modelId: lite } })
    // A day is 1 M input and 0.1 M output tokens: Nova Pro $1.05 + $0.42, Nova Lite $0.078 + $0.0312.
    expect(body.costImpactEstimated).toBeCloseTo(1.47 - 0.1092, 6)
    const dearer = await at.ask('/api/v1/switches?dryRun=true', { body: { modelId: sonnet } })
    expect(dearer.body.costImpactEstimated).toBeLessThan(0)
    const conversation = await at.ask('/api/v1/switches?dryRun=true', {
      body: { modelId: lite, conversationId: 'conv-1' },
    })
    expect(conversation.body.costImpactEstimated).toBeCloseTo(1.47 - 0.1092, 6)
    const user = await at.ask('/api/v1/switches?dryRun=true', { body: { modelId: lite, userId: 'ada' } })
    expect(user.body.costImpactEstimated).toBeCloseTo(1.47 - 0.1092, 6)
    const made = await at.ask('/api/v1/switches', { body: { modelId: lite, userId: 'ada' } })
    const { rows } = await database.query(
      'SELECT cost_impact_estimated FROM bedrock_model_switches WHERE id::text = $1',
      [made.body.switchId],
    )
    expect(Number(rows[0]?.['cost_impact_estimated'])).toBeCloseTo(1.3608, 6)
  })

  test('a model that cannot do what recent requests needed is told', async () => {
    const needs = { ...usageRecord('x', 0).needs, images: true }
    const record = usageRecord('request-2', testClock.nowMs() - 3_600_000, {
      needs,
      route: 'use-case/clinical',
      useCase: 'clinical',
    })
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [record],
        position: { journal: journalId('journal-1'), segment: 1, offset: 200 },
      }),
    )
    const { body } = await at.ask('/api/v1/switches?dryRun=true', {
      body: { modelId: micro, useCase: 'clinical' },
    })
    expect(body.warnings.join()).toMatch(/image/)
  })

  test('a replica that is late is named as pending, and the switch becomes active when it has come', async () => {
    const hasty = await startControl(database, { acknowledgeWithinMs: 300 })
    const { replicas } = hasty.control.services
    const late = replicaId('late')
    const lease = { host: 'test', title: 'late', kind: 'leased', startedAtMs: testClock.nowMs() } as const
    await replicas.renewLease({ id: late, ...lease })
    const done = await hasty.ask('/api/v1/switches', { body: { modelId: pro, useCase: 'operations' } })
    expect(done.body.switched).toBe(true)
    expect(done.body.pending).toContain('late')
    const state = async () => (await hasty.ask(`/api/v1/switches/${done.body.switchId}`)).body.state
    expect(await state()).toBe('published')
    await replicas.acknowledge({ replica: late, revision: { epoch: 1, number: done.body.revision } })
    await expect.poll(state).toBe('active')
    await replicas.leave(late)
    await hasty.stop()
  })

  test('a list tells the switches of a time', async () => {
    const all: readonly Told[] = (await at.ask('/api/v1/switches?limit=1000')).body.data
    const [newest, second] = all
    const from = (text: string | undefined) => encodeURIComponent(text ?? '')
    const since = await at.ask(`/api/v1/switches?limit=1000&from=${from(second?.recordedAt)}`)
    expect(since.body.data.slice(0, 2).map(({ id }) => id)).toEqual([newest?.id, second?.id])
    const before = await at.ask(`/api/v1/switches?limit=1000&to=${from(second?.recordedAt)}`)
    expect(before.body.data.map(({ id }) => id)).not.toContain(newest?.id)
    expect(since.body.data.length + before.body.data.length).toBe(all.length)
    const wrong = await at.ask('/api/v1/switches?from=soon')
    expect(wrong).toMatchObject({ status: 400, body: { error: { field: 'from' } } })
  })

  test('taking back the move of a disabled model gives the operator’s fixed target back, not the strategy', async () => {
    const path = '/api/v1/use-cases/weighing'
    const weighted = {
      strategy: 'weighted',
      candidates: [lite, pro].map((id) => ({ modelId: id, weight: 1 })),
    }
    expect((await at.ask(path, { method: 'PUT', body: weighted })).body).toMatchObject({ name: 'weighing' })
    const set = await at.ask('/api/v1/switches', { body: { modelId: lite, useCase: 'weighing' } })
    expect((await target('weighing')).switchId).toBe(set.body.switchId)
    const off = await at.ask(`/api/v1/models/${lite}`, { method: 'PATCH', body: { enabled: false } })
    expect(off.status).toBe(200)
    const { switchId: moved } = await target('weighing')
    expect(moved).not.toBe(set.body.switchId)
    await at.ask(`/api/v1/models/${lite}`, { method: 'PATCH', body: { enabled: true } })
    const back = await at.ask(`/api/v1/switches/${moved}/revert`, { body: {} })
    expect(back.body).toMatchObject({ switched: true, toId: lite })
    expect(await target('weighing')).toMatchObject({ target: lite, switchId: back.body.switchId })
  })

  test('lists page, and the chain verifies to the end', async () => {
    const whole = await at.ask('/api/v1/switches?includeRefused=true')
    const ids: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await at.ask(
        `/api/v1/switches?includeRefused=true&limit=3${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      ids.push(...page.body.data.map(({ id }) => id))
      cursor = page.body.nextCursor
    }
    expect(ids).toEqual(whole.body.data.map(({ id }) => id))
    expect((await at.ask('/api/v1/switches/verify')).body).toMatchObject({ valid: true, count: ids.length })
  })
})
