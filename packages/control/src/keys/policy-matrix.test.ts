import {
  conversationId,
  journalId,
  keyId,
  modelId,
  requestId,
  userId,
  workspaceId,
  type KeyScope,
  type Principal,
  type SwitchScope,
} from '@pointsman/contract'
import { compileSnapshot, servicePrincipal } from '@pointsman/core'
import { claimPin, ingestBatch, insertKey, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manageActions } from '../compat/manage-actions.ts'
import { orchestrateActions } from '../compat/orchestrate-actions.ts'
import type { ControlHouse } from '../house.ts'
import type { TokenVerifier } from '../ports.ts'
import { propose } from '../switches/propose.ts'
import { noTraffic } from '../switches/traffic.ts'
import {
  anyDatabase,
  digestOf,
  openTestDatabase,
  serviceKey,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import { usageRecord } from '../testing/usage-record.ts'
import { reportFigure } from '../../../../tests/faults/figures.ts'
import { routeScopes, type Operation } from './route-scopes.ts'

/*
 * T31: every route of the control plane with every kind of key in every header that may carry one, held against the
 * policy table. Whoever lacks the scope is refused before anything else is looked at; whoever has it is not.
 */

const lite = 'eu.amazon.nova-lite-v1:0'
const hourMs = 3_600_000

/** The roles of a Supabase token, as the verifier makes principals of them. */
const tokens: { readonly [token: string]: Principal } = {
  'jwt-service_role': servicePrincipal,
  'jwt-authenticated': {
    ...servicePrincipal,
    kind: 'user',
    id: 'ada',
    scopes: ['self'],
    userId: userId('ada'),
  },
  'jwt-anon': { ...servicePrincipal, kind: 'user', id: 'anon', scopes: [] },
}
const tokenVerifier: TokenVerifier = { verify: (token) => Promise.resolve(tokens[token] ?? null) }

let at: TestControl
let database: Database
let passedMs = 0
const clock = { ...testClock, nowMs: () => testClock.nowMs() + passedMs }
const ends: (() => Promise<void>)[] = []
/** Every kind of key: what it is called, itself, and the scopes that it has; null = it is none. */
const callers: {
  readonly name: string
  readonly key: string | null
  readonly scopes: readonly KeyScope[] | null
}[] = []
const create = async (body: object): Promise<{ readonly id: string; readonly key: string }> =>
  (await at.ask('/api/v1/keys', { body })).body

beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  database = opened.database
  // Asked for by who may; it lists nothing, which is refused.
  const listed = { modelSummaries: [], inferenceProfileSummaries: [] }
  const bedrockLists = { ask: () => Promise.resolve(JSON.stringify(listed)) }
  at = await startControl(database, { tokenVerifier, clock, bedrockLists })
  ends.push(() => at.stop(), opened.drop)
  const all = ['invoke', 'read', 'switch', 'admin']
  const expired = await create({
    ...{ name: 'expired', scopes: all },
    expiresAt: new Date(clock.nowMs() + hourMs).toISOString(),
  })
  const revoked = await create({ name: 'revoked', scopes: all })
  await at.ask(`/api/v1/keys/${revoked.id}`, { method: 'DELETE' })
  passedMs = 2 * hourMs
  callers.push(
    { name: 'no key', key: null, scopes: null },
    { name: 'a wrong key', key: 'pm_nobody_knows_it', scopes: null },
    { name: 'an expired key', key: expired.key, scopes: null },
    { name: 'a revoked key', key: revoked.key, scopes: null },
    { name: 'the service key', key: serviceKey, scopes: servicePrincipal.scopes },
  )
  for (const scope of ['invoke', 'read', 'switch', 'admin'] as const) {
    callers.push({
      name: `a key with ${scope}`,
      key: (await create({ name: scope, scopes: [scope] })).key,
      scopes: [scope],
    })
  }
  for (const [name, { scopes }] of Object.entries(tokens)) callers.push({ name, key: name, scopes })
})
afterAll(async () => {
  for (const end of ends) await end()
})

const headersOf = (key: string | null): readonly { readonly [name: string]: string }[] =>
  key === null
    ? [{}, { authorization: 'Basic eDp5' }, { 'x-api-key': '' }]
    : [
        { authorization: `Bearer ${key}` },
        { 'x-api-key': key },
        { 'api-key': key },
        { 'x-goog-api-key': key },
      ]

async function statusOf(
  { method, path, body }: Route,
  headers: { readonly [name: string]: string },
): Promise<number> {
  const response = await at.control.app.fetch(
    new Request(`http://127.0.0.1:7070${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    }),
  )
  await response.body?.cancel()
  return response.status
}

interface Route {
  readonly method: string
  readonly path: string
  readonly operation: Operation
  readonly body?: object
}

/** From the document that callers read, not from our own table of endpoints. */
async function describedRoutes(): Promise<readonly Route[]> {
  const { body } = await at.ask('/api/v1/openapi.json')
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'x'),
      operation: operationId as Operation,
    })),
  )
}

const ownConversation = { conversationId: 'c-matrix', useCase: 'health', dryRun: true }

const seedRoutes = (): readonly (Route & { readonly body: { readonly action: string } })[] => {
  const noHouse = {} as ControlHouse
  const endpoints = {
    'orchestrate-bedrock-models': orchestrateActions(noHouse),
    'manage-bedrock-models': manageActions(noHouse),
  }
  return Object.entries(endpoints).flatMap(([name, actions]) =>
    Object.entries(actions).map(([action, { operation }]) => ({
      ...{ method: 'POST', path: `/functions/v1/${name}`, operation },
      // A signed-in user switches its own conversations only; nothing is to be moved by anybody.
      body: { action, ...(/^(auto|fallback)-/.test(action) ? ownConversation : {}) },
    })),
  )
}

/** What the table says: 401 without a key that is one, 403 without one of the scopes; anything else is the operation's own answer. */
function expected(operation: Operation, scopes: readonly KeyScope[] | null): 401 | 403 | 'let in' {
  if (scopes === null) return 401
  return routeScopes[operation].some((scope) => scopes.includes(scope)) ? 'let in' : 403
}

test('T31: every route × every kind of key × every header that may carry it', async () => {
  const routes = [...(await describedRoutes()), ...seedRoutes()]
  expect(routes.length).toBeGreaterThan(60)
  const wrong: string[] = []
  let asked = 0
  for (const route of routes) {
    const answers = callers.flatMap(({ name, key, scopes }) =>
      headersOf(key).map(async (headers) => {
        const status = await statusOf(route, headers)
        const told = status === 401 || status === 403 ? status : 'let in'
        if (told === expected(route.operation, scopes) && status < 500) return
        const action = JSON.stringify(route.body ?? '')
        wrong.push(
          `${route.method} ${route.path} ${action} with ${name} in ${Object.keys(headers)[0] ?? 'none'}: ${status}`,
        )
      }),
    )
    await Promise.all(answers)
    asked += answers.length
  }
  expect(wrong).toEqual([])
  reportFigure(
    'T31',
    `${asked} requests for ${routes.length} routes: each let in or refused as the table says`,
  )
})

/*
 * The contract's words for a signed-in user, not the table's: "list models, chat, switch its own conversations and stream
 * its own notices". Beside them stand the reading of its own conversations and of the document itself.
 */
const openToSelf: readonly Operation[] = [
  ...(['models.list', 'models.show'] as const),
  ...(['switches.create', 'conversations.list', 'conversations.show'] as const),
  ...(['notifications.list', 'notifications.stream', 'notifications.shown'] as const),
  'openapi.show',
]
const actionsOpenToSelf = ['list-all', 'get-for-use-case', 'switch', 'auto-switch', 'fallback-switch']
const managingOpenToSelf = ['list', 'default']

test('a signed-in user is let in where the contract says so, and nowhere else', async () => {
  const open = Object.entries(routeScopes).flatMap(([name, scopes]) =>
    scopes.some((scope) => scope === 'self') ? [name] : [],
  )
  expect(open.toSorted()).toEqual(openToSelf.toSorted())
  const user = { authorization: 'Bearer jwt-authenticated' }
  const letIn: string[] = []
  for (const route of seedRoutes()) {
    if ((await statusOf(route, user)) !== 403)
      letIn.push(`${route.path.split('/').at(-1)} ${route.body.action}`)
  }
  expect(letIn).toEqual([
    ...actionsOpenToSelf.map((action) => `orchestrate-bedrock-models ${action}`),
    ...managingOpenToSelf.map((action) => `manage-bedrock-models ${action}`),
  ])
})

const reachingFurther = [
  {},
  { useCase: 'health' },
  { role: 'patient' },
  { assistantType: 'clinical' },
  { agent: 'matrix_agent' },
  { userId: 'ada' },
  { userId: 'grace' },
]

test('a signed-in user moves nothing but its own conversations, through any face', async () => {
  await at.ask('/api/v1/agents/matrix_agent', { method: 'PUT', body: {} })
  const before = await at.ask('/api/v1/use-cases?limit=1000')
  const wrong: string[] = []
  const tried = async (path: string, body: object): Promise<void> => {
    const { status } = await at.ask(path, { body, key: 'jwt-authenticated' })
    if (status !== 403) wrong.push(`${path} ${JSON.stringify(body)}: ${status}`)
  }
  for (const scope of reachingFurther) {
    await tried('/api/v1/switches', { modelId: lite, ...scope })
    for (const action of ['switch', 'auto-switch', 'fallback-switch']) {
      const model = action === 'switch' ? { modelId: lite } : {}
      await tried('/functions/v1/orchestrate-bedrock-models', { action, ...model, ...scope })
    }
  }
  for (const action of ['set-default', 'enable', 'disable'])
    await tried('/functions/v1/manage-bedrock-models', { action, model_id: lite })
  expect(wrong).toEqual([])
  expect((await at.ask('/api/v1/use-cases?limit=1000')).body).toEqual(before.body)
})

test('an order is refused by its scope, whichever face forgot to ask who may', async () => {
  const [user] = [tokens['jwt-authenticated']].flatMap((principal) => principal ?? [])
  const manifest = await at.control.snapshotSource.latest()
  if (user === undefined || manifest === null)
    throw new Error('There is no user or no snapshot to test with.')
  const parts = await at.control.snapshotSource.parts(manifest.parts.map(({ hash }) => hash))
  const proposedFor = (scope: SwitchScope) =>
    propose(
      database,
      compileSnapshot({ manifest, parts }),
      {
        ...{
          action: 'manual_switch',
          type: 'manual',
          scope,
          asked: lite,
          unchangedWhen: 'own',
          reason: null,
        },
        ...{ applyTo: 'new', dryRun: true, ifMatch: null },
        choose: () => ({ modelId: lite, evidence: {} }),
      },
      {
        ...{ principal: user, traffic: noTraffic, nowMs: clock.nowMs(), homeRegion: 'eu-central-1' },
        ...{ environment: 'dev', providers: null },
      },
    )
  const { workspace } = user
  const conversation = {
    kind: 'conversation',
    workspace,
    id: conversationId('c-order'),
    useCase: null,
  } as const
  const further: readonly SwitchScope[] = [
    { kind: 'global' },
    { kind: 'use-case', name: 'health' },
    { kind: 'user', workspace, id: userId('grace') },
    { ...conversation, userId: userId('grace') },
    { ...conversation, userId: null },
  ]
  for (const scope of further)
    await expect(proposedFor(scope), JSON.stringify(scope)).rejects.toMatchObject({ code: 'forbidden' })
  expect((await proposedFor({ ...conversation, userId: userId('ada') })).to.id).toBe(lite)
})

test('what the document tells of scopes is the table, and the table has no entry that nothing uses', async () => {
  const { body } = await at.ask('/api/v1/openapi.json')
  const told = new Map(
    Object.values(body.paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId, description }) => [operationId, description]),
  )
  for (const [operation, description] of told) {
    const scopes = (routeScopes as { readonly [name: string]: readonly string[] })[operation]
    expect(description, operation).toBe(`Key scope: ${scopes?.join(' or ') ?? 'none'}.`)
  }
  // A probe calls a model: asked for by a member of another operation's body.
  expect(Object.keys(routeScopes).filter((operation) => !told.has(operation))).toEqual(['models.probe'])
})

/** Changes that reach every route, with what would let a key without limits make them. */
const wide: readonly Route[] = [
  { operation: 'models.put', method: 'PATCH', path: `/api/v1/models/${lite}`, body: { priority: 3 } },
  { operation: 'models.change', method: 'PATCH', path: `/api/v1/models/${lite}`, body: { enabled: false } },
  { operation: 'use-cases.put', method: 'PUT', path: '/api/v1/use-cases/platform', body: { capture: true } },
  { operation: 'use-cases.delete', method: 'DELETE', path: '/api/v1/use-cases/platform' },
  { operation: 'agents.put', method: 'PUT', path: '/api/v1/agents/sql_agent', body: {} },
  { operation: 'roles.put', method: 'PUT', path: '/api/v1/roles/patient', body: { useCase: 'clinical' } },
  { operation: 'roles.delete', method: 'DELETE', path: '/api/v1/roles/patient' },
  { operation: 'aliases.put', method: 'PUT', path: '/api/v1/aliases/gpt-4', body: { target: lite } },
  { operation: 'keys.create', method: 'POST', path: '/api/v1/keys', body: { name: 'more' } },
  { operation: 'cache.clear', method: 'POST', path: '/api/v1/cache/clear' },
  {
    ...{ operation: 'prices.create', method: 'POST', path: '/api/v1/prices' },
    body: { modelId: lite, inputPicoUsd: 1, outputPicoUsd: 1, source: 'a test' },
  },
  { operation: 'switches.create', method: 'POST', path: '/api/v1/switches', body: { modelId: lite } },
]

test('a key that is limited to routes or models makes no change that reaches beyond them', async () => {
  const scopes = ['invoke', 'read', 'switch', 'admin']
  const limited = [
    await create({ name: 'by route', scopes, routes: ['use-case/health'] }),
    await create({ name: 'by model', scopes, models: ['eu.amazon.nova-micro-v1:0'] }),
  ]
  for (const route of wide) {
    for (const { key } of limited) {
      const status = await statusOf(route, { authorization: `Bearer ${key}` })
      expect(status, `${route.method} ${route.path}`).toBe(403)
    }
  }
})

test('another workspace’s ids are told like ids that do not exist, on every route that takes one', async () => {
  const elsewhere = workspaceId('elsewhere')
  await database.query("INSERT INTO pointsman.workspaces (id, name) VALUES ('elsewhere', 'Elsewhere')")
  await database.transaction(
    { purpose: 'registry', actor: { kind: 'service', id: 'service' } },
    (transaction) =>
      insertKey(transaction, {
        lastFour: 'wher',
        key: {
          ...{
            id: keyId('k-elsewhere'),
            name: 'elsewhere',
            workspace: elsewhere,
            digest: digestOf('key-elsewhere'),
          },
          ...{ scopes: ['read', 'switch'], routes: null, models: null, requestsPerMinute: null },
          ...{ spendPerDayNanoUsd: null, expiresAtMs: null },
        },
      }),
  )
  await at.control.services.look()
  await claimPin(database, {
    ...{ workspace: elsewhere, conversationId: conversationId('c-elsewhere'), userId: userId('ada') },
    ...{ useCase: 'clinical', modelId: modelId(lite), requestId: requestId('of-elsewhere'), claimedAtMs: 0 },
  })
  const body = { modelId: lite, conversationId: 'c-elsewhere', reason: 'of elsewhere' }
  const made = await at.ask('/api/v1/switches', { body, key: 'key-elsewhere' })
  expect(made.status).toBe(200)
  const record = usageRecord('r-elsewhere', clock.nowMs(), { workspace: elsewhere })
  await database.transaction({ purpose: 'plain' }, (transaction) =>
    ingestBatch(transaction, {
      records: [record],
      captured: [
        {
          ...{ requestId: record.requestId, workspace: record.workspace, conversationId: null, userId: null },
          ...{ useCase: null, modelId: null, createdAtMs: 1, prompt: 'x', answer: 'y', truncated: false },
        },
      ],
      position: { journal: journalId('elsewhere'), segment: 1, offset: 1 },
    }),
  )
  const { switchId } = made.body
  const paths: readonly (readonly [string, string, string])[] = [
    ['GET', '/api/v1/conversations/', 'c-elsewhere'],
    ['GET', '/api/v1/switches/', switchId],
    ['POST', '/api/v1/switches/{id}/revert', switchId],
    ['POST', '/api/v1/notifications/{id}/shown', switchId],
    ['GET', '/api/v1/requests/{id}/explain', 'r-elsewhere'],
    ['GET', '/api/v1/requests/{id}/captured', 'r-elsewhere'],
    ['PATCH', '/api/v1/keys/{id}', 'k-elsewhere'],
    ['POST', '/api/v1/keys/{id}/rotate', 'k-elsewhere'],
    ['DELETE', '/api/v1/keys/', 'k-elsewhere'],
  ]
  for (const [method, path, id] of paths) {
    const told = async (named: string) => {
      const answer = await at.ask(path.includes('{id}') ? path.replace('{id}', named) : path + named, {
        method,
        ...(method === 'PATCH' ? { body: { name: 'x' } } : {}),
      })
      return { status: answer.status, message: answer.body.error.message.replaceAll(named, 'ID') }
    }
    const theirs = await told(id)
    expect(theirs.status, `${method} ${path}`).toBe(404)
    expect(theirs, `${method} ${path}`).toEqual(await told('not-there'))
  }
  for (const list of ['conversations', 'switches', 'notifications', 'keys', 'usage/records']) {
    const answer = await at.ask(`/api/v1/${list}?limit=1000`)
    expect(JSON.stringify(answer.body), list).not.toMatch(/elsewhere/)
  }
  const theirs = await at.ask('/api/v1/conversations/c-elsewhere', { key: 'key-elsewhere' })
  expect(theirs.status).toBe(200)
})
