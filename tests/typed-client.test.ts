import {
  createClient,
  type CapturedText,
  type Client,
  type ConversationDetail,
  type EndingModel,
  type Explanation,
  type KeyItem,
  type KeyOrder,
  type ListedModel,
  type ModelDetail,
  type ModelItem,
  type NewKey,
  type NotificationItem,
  type RankedModel,
  type ReplicaItem,
  type RevisionDetail,
  type RevisionItem,
  type RouteItem,
  type RouteOrder,
  type SwitchOrder,
  type SwitchOutcome,
  type SwitchMark,
  type SwitchRow,
  type UsageTotal,
  type Validation,
} from '@pointsman/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  drillCounts,
  drillItem,
  drillRecord,
  modelChange,
  names,
  priceItem,
  providerItem,
  priceOrder,
  type Members,
} from './client-members.ts'
import { eventually, patientWithRegistry, removeFolder, startServer, type RunningServer } from './server.ts'

const modelItem: Members<ModelItem> = {
  ...{ id: true, name: true, provider: true, servedBy: true, useCase: true, maxTokens: true },
  ...{ inputCostPerMTok: true, outputCostPerMTok: true, isAvailable: true, isDefault: true },
  ...{ lifecycle: true, endsOn: true, replacement: true, format: true },
  ...{ abilities: true, runsIn: true, contextTokens: true },
}
const modelDetail: Members<ModelDetail> = {
  ...{ ...modelItem, model: true, region: true, prices: true, revision: true },
}
const listedModel: Members<ListedModel> = {
  ...{ ...modelItem, model_id: true, model_name: true, use_case: true, max_tokens: true },
  ...{ input_cost_per_mtok: true, output_cost_per_mtok: true, is_available: true, is_default: true },
}
const rankedModel: Members<RankedModel> = {
  ...{ ...listedModel, score: true, passed: true, serves: true, why: true, reasons: true },
}
const validation: Members<Validation> = {
  ...{ valid: true, exists: true, available: true, lifecycle: true, capabilities: true, problems: true },
  probe: true,
}
const outcome: Members<SwitchOutcome> = {
  ...{ switched: true, dryRun: true, switchId: true, from: true, to: true, fromId: true, toId: true },
  ...{ scope: true, revision: true, costImpactEstimated: true, costExplanation: true, masks: true },
  ...{ warnings: true, pending: true, unheard: true, ranking: true, notification: true, unchanged: true },
}
const switchMark: Members<SwitchMark> = {
  ...{ id: true, recordedAt: true, type: true, scopeText: true, from: true, to: true, count: true },
}
const switchRow: Members<SwitchRow> = {
  ...{ id: true, sequence: true, state: true, revision: true, recordedAt: true, actor: true, action: true },
  ...{ type: true, scope: true, scopeText: true, fromId: true, toId: true, from: true, to: true },
  ...{ reason: true, evidence: true, reverts: true, refusal: true, costImpactEstimated: true },
  ...{ approval: true, notificationShown: true, hash: true, previousHash: true },
}
const routeItem: Members<RouteItem> = {
  ...{ kind: true, name: true, target: true, candidates: true, strategy: true, fallbacks: true },
  ...{
    residency: true,
    lifecycleRule: true,
    objective: true,
    autoSwitch: true,
    capture: true,
    heartbeatMs: true,
  },
  ...{ switchId: true, key: true, serves: true, inherits: true, llm_provider: true, llm_model: true },
  ...{ revision: true, drill: true },
}
const keyItem: Members<KeyItem> = {
  ...{ id: true, name: true, lastFour: true, scopes: true, routes: true, models: true },
  ...{ requestsPerMinute: true, spendPerDayUsd: true, createdAt: true, expiresAt: true, revokedAt: true },
  ...{ tokensPerMinute: true, concurrentRequests: true, spendPerMonthUsd: true, lastUsedAt: true },
  ...{ replacedBy: true, revision: true },
}
const newKey: Members<Omit<NewKey, 'aws'>> = { ...keyItem, key: true, pending: true, unheard: true }
const usageTotal: Members<UsageTotal> = {
  ...{ group: true, start: true, requests: true, errors: true, refused: true, fallbacks: true },
  ...{ errorRate: true, fallbackRate: true, inputTokens: true, outputTokens: true, costUsd: true },
  ...{ cacheReadTokens: true, cacheWriteTokens: true, unpricedRequests: true },
  ...{ latency: true, firstContent: true, overhead: true },
}
const capturedText: Members<CapturedText> = {
  ...{ requestId: true, conversationId: true, userId: true, useCase: true, modelId: true },
  ...{ createdAt: true, prompt: true, answer: true, truncated: true },
}
const explanation: Members<Explanation> = { requestId: true, words: true, record: true }
const revisionItem: Members<RevisionItem> = {
  ...{ epoch: true, number: true, state: true, actor: true, recordedAt: true, settledAt: true },
  ...{ reason: true, error: true, manifestHash: true },
}
const replicaItem: Members<ReplicaItem> = {
  ...{ id: true, host: true, title: true, kind: true, live: true, startedAt: true, leaseUntil: true },
  ...{ revision: true, servedSince: true, lagMs: true, behind: true, problem: true },
}
const endingModel: Members<EndingModel> = {
  ...{ modelId: true, name: true, status: true, endsOn: true, daysLeft: true, replacement: true },
  routes: true,
}
const revisionDetail: Members<RevisionDetail> = {
  ...{ ...revisionItem, replicas: true, pending: true, unheard: true },
}
const conversationDetail: Members<ConversationDetail> = {
  ...{ id: true, userId: true, useCase: true, pins: true, createdAt: true, updatedAt: true },
  ...{ lastActivityAt: true, switches: true, revision: true },
}
const notificationItem: Members<NotificationItem> = {
  ...{ id: true, switchId: true, at: true, scope: true, scopeText: true, userId: true, title: true },
  ...{ conversationId: true, shown: true, message: true, type: true, modelName: true, modelId: true },
  ...{ provider: true, from: true, reason: true },
}
const switchOrder: Members<SwitchOrder> = {
  ...{ modelId: true, reason: true, applyTo: true, showNotification: true, conversationId: true },
  ...{ userId: true, agent: true, useCase: true, role: true, assistantType: true, approval: true },
}
const keyOrder: Members<KeyOrder> = {
  ...{ name: true, scopes: true, routes: true, models: true, requestsPerMinute: true },
  ...{ tokensPerMinute: true, concurrentRequests: true, spendPerDayUsd: true, spendPerMonthUsd: true },
  ...{ expiresAt: true, expiresInSeconds: true, aws: true },
}
const useCaseOrder: Members<Omit<RouteOrder, 'llm_provider' | 'llm_model'>> = {
  ...{ target: true, reason: true, candidates: true, strategy: true, fallbacks: true, residency: true },
  ...{ lifecycleRule: true, objective: true, autoSwitch: true, capture: true, heartbeatMs: true },
}

const agentOrder: Members<RouteOrder> = { ...{ ...useCaseOrder, llm_provider: true, llm_model: true } }

let server: RunningServer
let client: Client
beforeAll(async () => {
  server = await startServer({ environment: patientWithRegistry })
  client = createClient({ url: server.url, key: server.key })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

const nova = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const first = <Item>(items: readonly Item[]): Item => {
  const [item] = items
  if (item === undefined) throw new Error('the list is empty')
  return item
}
/** The etag is a header, put beside the members by the client. */
const members = ({ etag: _etag, ...rest }: object & { readonly etag?: unknown }): readonly string[] =>
  names(rest)

describe('the client knows exactly what the server answers', () => {
  test('of models', async () => {
    expect(members(first((await client.models.list({ limit: 1 })).data))).toEqual(names(modelItem))
    const shown = await client.models.show(nova)
    expect(members(shown)).toEqual(names(modelDetail))
    expect(shown.etag).toBe(shown.revision)
    expect(members(await client.models.validate(nova, { probe: true }))).toEqual(names(validation))
    expect(members(first(await client.getAvailableModels()))).toEqual(names(listedModel))
    expect(members(first(await client.getModelsForUseCase('clinical')))).toEqual(names(rankedModel))
  })

  test('of drills', async () => {
    const order = { route: 'use-case/clinical', fault: '429', reason: 'A test' } as const
    const started = await client.drills.start(order)
    expect(members(started)).toEqual(names({ ...drillItem, warnings: true, pending: true, unheard: true }))
    expect(members(await client.drills.stop(started.id))).toEqual(
      names({ ...drillItem, pending: true, unheard: true }),
    )
    expect(members(first((await client.drills.list({ limit: 1 })).data))).toEqual(names(drillItem))
    const shown = await client.drills.show(started.id)
    expect(members(shown)).toEqual(names({ ...drillItem, record: true }))
    expect(members(shown.record)).toEqual(names(drillRecord))
    expect(members(shown.record.drawn)).toEqual(names(drillCounts))
  })

  test('of switches', async () => {
    const order = { modelId: nova, useCase: 'clinical', reason: 'A test' }
    const dry = await client.switches.dryRun(order)
    expect(dry).toMatchObject({ switched: false, dryRun: true, toId: nova })
    const made = await client.switches.create(order)
    expect(members(made)).toEqual(names(outcome))
    const row = await client.switches.show(made.switchId ?? '')
    expect(members(row)).toEqual(names(switchRow))
    expect(row).toMatchObject({ scopeText: 'use-case/clinical', reason: 'A test', etag: made.revision })
    const listed = await client.switches.list({ useCase: 'clinical' })
    expect(members(first(listed.data))).toEqual(names(switchRow))
    const marks = await client.switches.marks({ from: '2026-01-01', to: '2100-01-01' })
    expect(members(first(marks.data))).toEqual(names(switchMark))
    const reverted = await client.switches.revert(made.switchId ?? '', { ifMatch: made.etag })
    expect(reverted).toMatchObject({ switched: true, toId: made.fromId })
    expect(await client.switches.verify()).toMatchObject({ valid: true })
    expect(members(await client.autoSwitch({ useCase: 'clinical', dryRun: true }))).toEqual(names(outcome))
    expect(members(await client.fallbackSwitch({ useCase: 'health', dryRun: true }))).toEqual(names(outcome))
  })

  test('of routes and names', async () => {
    expect(members(first((await client.useCases.list()).data))).toEqual(names(routeItem))
    const agent = await client.agents.put('sql_agent', { candidates: [{ modelId: nova, weight: 1 }] })
    expect(members(agent)).toEqual(names({ ...routeItem, pending: true, unheard: true }))
    expect(await client.agents.show('sql_agent')).toMatchObject({
      key: 'agent/sql_agent',
      etag: agent.revision,
    })
    expect(await client.agents.delete('sql_agent', { ifMatch: agent.etag })).toMatchObject({ deleted: true })
    expect((await client.roles.list()).data).toContainEqual({
      name: 'patient',
      useCase: 'health',
      revision: expect.any(Number) as number,
    })
    const role = await client.roles.show('patient')
    expect(role).toMatchObject({ useCase: 'health', etag: role.revision })
    await expect(client.roles.put('patient', 'health', { ifMatch: role.revision + 1 })).rejects.toMatchObject(
      {
        statusCode: 412,
      },
    )
    const alias = await client.aliases.put('gpt-in-code', 'use-case/health')
    expect(alias).toMatchObject({ name: 'gpt-in-code', target: 'use-case/health' })
    expect((await client.aliases.list()).data.map(({ name }) => name)).toContain('gpt-in-code')
    expect(await client.aliases.show('gpt-in-code')).toMatchObject({ etag: alias.revision })
    expect(await client.aliases.delete('gpt-in-code')).toMatchObject({ deleted: true })
  })

  test('of keys', async () => {
    const made = await client.keys.create({ name: 'test', scopes: ['invoke'], requestsPerMinute: 60 })
    expect(names(newKey).filter((name) => !(name in made))).toEqual([])
    const listed = (await client.keys.list()).data.find(({ id }) => id === made.id)
    expect(await client.keys.show(made.id)).toEqual({ ...listed, etag: made.etag })
    expect(members(listed ?? {})).toEqual(names(keyItem))
    const rotated = await client.keys.rotate(made.id)
    expect(rotated.key).not.toBe(made.key)
    expect(await client.keys.revoke(rotated.id)).toMatchObject({ revokedAt: expect.any(String) as string })
    expect((await client.keys.list({ includeRevoked: true })).data.length).toBeGreaterThanOrEqual(2)
  })

  test('of requests, as they are answered and as they are counted', async () => {
    const messages = [{ role: 'user', content: 'Hello' }] as const
    const whole = await client.chat({ model: 'use-case/health', messages })
    expect(whole).toMatchObject({
      finishReason: 'stop',
      served: { model: lite, reason: 'use-case', sandbox: true },
    })
    expect(whole.text).not.toBe('')
    const stream = await client.chatStream({ model: nova, messages })
    expect(stream.served).toMatchObject({ model: nova, reason: 'explicit' })
    let text = ''
    for await (const piece of stream) text += piece
    expect(text).not.toBe('')
    expect(stream.end()).toMatchObject({
      finishReason: 'stop',
      usage: { inputTokens: expect.any(Number) as number },
    })

    const records = await eventually(
      () => client.usage.records.list(),
      ({ data }) => data.length >= 2,
    )
    const counted = records.data.find(({ requestId }) => requestId === whole.served.requestId)
    expect(counted).toMatchObject({ modelId: lite, outcome: 'ok' })
    const explained = await client.usage.explain(whole.served.requestId ?? '')
    expect(members(explained)).toEqual(names(explanation))
    const totals = await client.usage.totals({ groupBy: 'route', interval: 'hour' })
    expect(members(first(totals.data))).toEqual(names(usageTotal))
  })

  test('of text that a use case keeps, once it is switched on', async () => {
    await client.useCases.put('health', { capture: true })
    const order = { model: 'use-case/health', messages: [{ role: 'user', content: 'Hello' }] } as const
    const { text, served } = await client.chat(order)
    const captured = await eventually(
      () => client.usage.captured(served.requestId ?? '').catch(() => null),
      (found) => found !== null,
    )
    expect(members(captured ?? {})).toEqual(names(capturedText))
    expect(captured).toMatchObject({ prompt: '[user]\nHello', answer: text, useCase: 'health' })
  })

  test('of prices, providers and conversations', async () => {
    const { data } = await client.prices.list({ modelId: lite, region: 'eu-central-1' })
    expect(members(first(data))).toEqual(names(priceItem))
    const rates = { inputPicoUsd: 70_000, outputPicoUsd: 300_000, cacheReadPicoUsd: 20_000 }
    const order = {
      modelId: lite,
      region: 'eu-central-1',
      source: 'a test',
      cacheWrite5mPicoUsd: 0,
      ...rates,
    }
    const added = await client.prices.add(order)
    expect(await client.prices.show(added.id)).toMatchObject({ ...rates, etag: added.revision })
    await expect(client.prices.putTable([order])).rejects.toMatchObject({ statusCode: 409, code: 'refused' })
    const provider = first((await client.providers.list()).data)
    expect(members(provider)).toEqual(names(providerItem))
    expect(await client.providers.show('bedrock')).toMatchObject({
      ...{ configured: true, baseUrl: expect.stringMatching(/^http:/) as string },
    })
    const conversationId = 'of-typed-client'
    await client.switches.create({ modelId: lite, conversationId, userId: 'ada' })
    const shown = await client.conversations.show(conversationId)
    expect(members(shown)).toEqual(names(conversationDetail))
    expect(first((await client.conversations.list({ userId: 'ada' })).data)).toMatchObject({
      id: conversationId,
    })
  })

  test('of events, notices and alarms', async () => {
    const leaving = new AbortController()
    const events = client.events.follow({ signal: leaving.signal })
    const first = events.next()
    const replayed = client.notifications.follow({ userId: 'bea' }, { lastEventId: '0' })
    const { switchId } = await client.switches.create({
      modelId: lite,
      userId: 'bea',
      showNotification: false,
    })
    const notice = (await replayed.next()).value
    expect(notice).toMatchObject({ switchId, eventId: expect.any(String) as string })
    await replayed.return()
    expect(members((await client.notifications.list({ userId: 'bea' })).data[0] ?? {})).toEqual(
      names(notificationItem),
    )
    expect(await client.notifications.shown(switchId ?? '')).toMatchObject({ shown: true })
    expect((await client.alarms.list({ includeCleared: true })).data).toEqual(expect.any(Array))
    await expect(client.alarms.show('none')).rejects.toMatchObject({ statusCode: 404 })
    // Whichever was the first to happen once the stream was open.
    await client.clearCache()
    expect((await first).value).toMatchObject({
      kind: expect.stringMatching(/^(revision|acknowledgement)$/) as string,
    })
    leaving.abort(new Error('enough'))
    // What had come before the client left is given out first.
    const rest = async (): Promise<void> => {
      while ((await events.next()).done !== true);
    }
    await expect(rest()).rejects.toThrow('enough')
  })

  test('of history, replicas and endings', async () => {
    expect(members(first((await client.revisions.list()).data))).toEqual(names(revisionItem))
    expect(members(first((await client.replicas.list()).data))).toEqual(names(replicaItem))
    expect(members(first((await client.lifecycle.list({ days: 365 })).data))).toEqual(names(endingModel))
    const { revision } = await client.clearCache()
    const shown = () => client.revisions.show(revision)
    await expect.poll(shown).toMatchObject({ pending: [], replicas: [{ revision, problem: null }] })
    expect(members(await shown())).toEqual(names(revisionDetail))
  })
})

test('pages of the real lists lead through all of them, each row once', async () => {
  const ids: string[] = []
  for await (const { id } of client.models.each({ limit: 7 })) ids.push(id)
  expect(new Set(ids).size).toBe(ids.length)
  const whole = await client.models.list({ limit: 1_000 })
  expect(ids).toEqual(whole.data.map(({ id }) => id))
})

test('refusals are told with their status, the nearest names and the present ETag', async () => {
  await expect(client.models.show('eu.amazon.nova-pro-v9:0')).rejects.toMatchObject({
    ...{ statusCode: 404, code: 'model_not_found' },
    suggestions: expect.arrayContaining([nova]) as string[],
  })
  await expect(
    client.switches.create({ modelId: lite, useCase: 'clinical' }, { ifMatch: 0 }),
  ).rejects.toMatchObject({
    ...{ statusCode: 412, code: 'stale' },
    data: expect.objectContaining({ etag: expect.any(String) as string }) as object,
  })
  const other = createClient({ url: server.url, key: 'nobody-knows-this-key' })
  await expect(other.models.list()).rejects.toMatchObject({ statusCode: 401 })
  await expect(client.chat({ model: 'use-case/none', messages: [] })).rejects.toMatchObject({
    statusCode: expect.any(Number) as number,
    message: expect.any(String) as string,
  })
})

/** Names of a request's body, as the server's own description has them. */
async function described(method: string, path: string): Promise<readonly string[]> {
  const document = (await client.openapi()) as {
    readonly paths: {
      readonly [path: string]: {
        readonly [method: string]: {
          readonly requestBody?: {
            readonly content: {
              readonly 'application/json': { readonly schema: { readonly properties?: object } }
            }
          }
        }
      }
    }
  }
  return names(
    document.paths[path]?.[method]?.requestBody?.content['application/json'].schema.properties ?? {},
  )
}

test.each([
  ['post', '/api/v1/switches', switchOrder],
  ['post', '/api/v1/prices', priceOrder],
  ['post', '/api/v1/keys', keyOrder],
  ['patch', '/api/v1/models/{id}', modelChange],
  ['put', '/api/v1/use-cases/{name}', useCaseOrder],
  ['put', '/api/v1/agents/{name}', agentOrder],
])('what the client sends by %s %s is what the server takes', async (method, path, order) => {
  expect(await described(method, path)).toEqual(names(order))
})
