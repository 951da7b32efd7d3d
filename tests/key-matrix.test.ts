import { SignJWT } from 'jose'
import type { KeyScope } from '@pointsman/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manageActions } from '../packages/control/src/compat/manage-actions.ts'
import { orchestrateActions } from '../packages/control/src/compat/orchestrate-actions.ts'
import type { ControlHouse } from '../packages/control/src/house.ts'
import { routeScopes } from '../packages/control/src/keys/route-scopes.ts'
import { dataPlanePaths, matchRoute, pathScopes } from '../packages/gateway/src/routes.ts'
import { api, eventually, migratedFolder, removeFolder, startServer, type RunningServer } from './server.ts'

/*
 * The whole server, in one process and in several: every route that the tables of both planes and the served document name,
 * each with every kind of key. Each plane's own matrix (policy-matrix.test.ts in gateway and control) tries every header.
 */

const model = 'no.such-model'
const jwtSecret = 'a-secret-of-tokens-that-has-32-characters'
const all: readonly KeyScope[] = ['invoke', 'read', 'switch', 'admin']

interface Route {
  readonly method: string
  readonly path: string
  readonly body: object
  /** Any one of them opens it; null = it needs no key. */
  readonly scopes: readonly KeyScope[] | null
}

/** `scopes` null = it is nobody's. */
interface Caller {
  readonly name: string
  readonly headers: { readonly [name: string]: string }
  readonly scopes: readonly KeyScope[] | null
}

const chat = { model, messages: [{ role: 'user', content: 'x' }], max_tokens: 1, input: 'x' }

const dataPlaneRoutes = (): readonly Route[] =>
  dataPlanePaths(model).map(([method, path]) => {
    const { kind } = matchRoute(method, path, 'openai-chat') ?? { kind: 'unknown' as const }
    if (kind === 'unknown' || kind === 'wrong-method' || kind === 'preflight')
      throw new Error(`${path} is ${kind}`)
    return { method, path, body: chat, scopes: pathScopes[kind] }
  })

interface Document {
  readonly paths: { readonly [path: string]: { readonly [method: string]: { readonly operationId: string } } }
}

async function controlRoutes(server: RunningServer): Promise<readonly Route[]> {
  const { body } = await api<Document>(server, '/api/v1/openapi.json')
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      ...{ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, 'x'), body: {} },
      scopes: routeScopes[operationId as keyof typeof routeScopes],
    })),
  )
}

/** A signed-in user switches its own conversations only; nothing is to be moved by anybody. */
const ownConversation = { conversationId: 'c-matrix', useCase: 'health', dryRun: true }

function seedRoutes(): readonly Route[] {
  const house = {} as ControlHouse
  const endpoints = {
    'orchestrate-bedrock-models': orchestrateActions(house),
    'manage-bedrock-models': manageActions(house),
  }
  return Object.entries(endpoints).flatMap(([name, actions]) =>
    Object.entries(actions).map(([action, { operation }]) => ({
      ...{ method: 'POST', path: `/functions/v1/${name}`, scopes: routeScopes[operation] },
      body: { action, ...(/^(auto|fallback)-/.test(action) ? ownConversation : {}) },
    })),
  )
}

async function ask({ url }: RunningServer, route: Route, headers: Caller['headers']): Promise<number> {
  const { body, method, path } = route
  const response = await fetch(url + path, {
    ...{ method, headers: { 'content-type': 'application/json', ...headers } },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  })
  // An answer that is not read to its end is one under way, and holds up the server's stop. A stream of events has no end.
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  await (isEndless ? response.body?.cancel() : response.arrayBuffer())
  return response.status
}

function expected({ scopes: wanted }: Route, { scopes }: Caller): 401 | 403 | 'let in' {
  if (wanted === null) return 'let in'
  if (scopes === null) return 401
  return wanted.some((scope) => scopes.includes(scope)) ? 'let in' : 403
}

/** What is let in may still be told that there is no such thing; a fault of ours it may not. */
async function wrongAnswers(
  server: RunningServer,
  routes: readonly Route[],
  callers: readonly Caller[],
): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const route of routes)
    await Promise.all(
      callers.map(async (caller) => {
        const status = await ask(server, route, caller.headers)
        const told = status === 401 || status === 403 ? status : 'let in'
        if (told === expected(route, caller) && status !== 500) return
        wrong.push(`${route.method} ${route.path} ${JSON.stringify(route.body)}, ${caller.name}: ${status}`)
      }),
    )
  return wrong
}

const bearer = (key: string): Caller['headers'] => ({ authorization: `Bearer ${key}` })

const tokenOf = (role: string, secret = jwtSecret): Promise<string> =>
  new SignJWT({ sub: 'ada', role, aud: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))

/** No key of ours, in every header that could carry one: none of them opens anything. */
const strangers = (): readonly Caller[] => [
  { name: 'no key', headers: {}, scopes: null },
  { name: 'another scheme', headers: { authorization: 'Basic eDp5' }, scopes: null },
  ...['x-api-key', 'api-key', 'x-goog-api-key'].flatMap((header) => [
    { name: `a wrong ${header}`, headers: { [header]: 'pm_nobody_knows_it' }, scopes: null },
    { name: `an empty ${header}`, headers: { [header]: '' }, scopes: null },
  ]),
  { name: 'a wrong key', headers: bearer('pm_nobody_knows_it'), scopes: null },
  {
    name: 'another host',
    headers: { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' },
    scopes: null,
  },
]

async function users(): Promise<readonly Caller[]> {
  const roles: readonly (readonly [string, readonly KeyScope[]])[] = [
    ['service_role', all],
    ['authenticated', ['self']],
    ['anon', []],
  ]
  const known = roles.map(async ([role, scopes]) => ({
    ...{ name: `a token of ${role}`, headers: bearer(await tokenOf(role)), scopes },
  }))
  const forged = { name: 'a forged token', headers: bearer(await tokenOf('service_role', 'x'.repeat(40))) }
  return [...(await Promise.all(known)), { ...forged, scopes: null }]
}

interface MadeKey {
  readonly id: string
  readonly key: string
}

async function make(server: RunningServer, scopes: readonly KeyScope[], more: object = {}): Promise<MadeKey> {
  const body = { name: `${scopes.join(' ')} key`, scopes, ...more }
  const made = await api<MadeKey>(server, '/api/v1/keys', { body })
  expect(made.body.key).toMatch(/^pm_/)
  return made.body
}

const lookAt = { method: 'GET', path: '/v1/models', body: {}, scopes: null } as const

/** Each process of the server has to know; a new connection meets any of them. */
async function ended(server: RunningServer, { key }: MadeKey): Promise<void> {
  const headers = { ...bearer(key), connection: 'close' }
  const statuses = await eventually(
    () => Promise.all(Array.from({ length: 8 }, () => ask(server, lookAt, headers))),
    (told) => told.every((status) => status === 401),
  )
  expect(new Set(statuses)).toEqual(new Set([401]))
}

async function keys(server: RunningServer): Promise<readonly Caller[]> {
  const revoked = await make(server, all)
  await api(server, `/api/v1/keys/${revoked.id}`, { method: 'DELETE' })
  const expired = await make(server, all, { expiresInSeconds: 2 })
  await Promise.all([ended(server, revoked), ended(server, expired)])
  const single = all.map(async (scope) => ({
    ...{ name: `a key with ${scope}`, headers: bearer((await make(server, [scope])).key), scopes: [scope] },
  }))
  return [
    { name: 'a revoked key', headers: bearer(revoked.key), scopes: null },
    { name: 'an expired key', headers: bearer(expired.key), scopes: null },
    { name: 'the service key', headers: bearer(server.key), scopes: all },
    ...(await Promise.all(single)),
  ]
}

const ownPage = { 'x-pointsman-console': '1' }

/** A session of the console, as its page has one. */
async function signIn({ url }: RunningServer, key: string): Promise<{ readonly cookie: string }> {
  const answer = await fetch(`${url}/console/api/session`, {
    ...{ method: 'POST', body: JSON.stringify({ key }) },
    headers: { 'content-type': 'application/json', ...ownPage },
  })
  expect(answer.status).toBe(200)
  return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
}

async function sessions(server: RunningServer): Promise<readonly Caller[]> {
  const kinds: readonly (readonly KeyScope[])[] = [
    ['read'],
    ['read', 'switch'],
    ['read', 'admin'],
    ['read', 'invoke'],
  ]
  const known = kinds.map(async (scopes) => {
    const cookie = await signIn(server, (await make(server, scopes)).key)
    return { name: `a session with ${scopes.join(', ')}`, headers: { ...cookie, ...ownPage }, scopes }
  })
  const signedOut = await signIn(server, server.key)
  const out = { method: 'DELETE', path: '/console/api/session', body: {}, scopes: null }
  expect(await ask(server, out, { ...signedOut, ...ownPage })).toBe(200)
  const revoked = await make(server, all)
  const ofRevoked = await signIn(server, revoked.key)
  await api(server, `/api/v1/keys/${revoked.id}`, { method: 'DELETE' })
  await ended(server, revoked)
  const service = await signIn(server, server.key)
  return [
    ...(await Promise.all(known)),
    { name: 'a session of the service key', headers: { ...service, ...ownPage }, scopes: all },
    { name: 'nobody', headers: ownPage, scopes: null },
    { name: 'a key without a session', headers: { ...bearer(server.key), ...ownPage }, scopes: null },
    { name: 'a session that was ended', headers: { ...signedOut, ...ownPage }, scopes: null },
    { name: 'a session of a revoked key', headers: { ...ofRevoked, ...ownPage }, scopes: null },
    {
      name: 'a made-up session',
      headers: { cookie: 'pointsman_session=AAAA.BBBB', ...ownPage },
      scopes: null,
    },
  ]
}

const nowhere = [
  '/',
  '/api',
  '/api/v1',
  '/api/v1/nothing',
  '/api/v2/models',
  '/functions/v1/other',
  '/v1/other',
]
  .concat(['/v1beta/other', '/model/x/other', '/admin', '/debug', '/internal', '/console/api/other', '/.env'])
  .concat(['//api/v1/models', '/api/v1/models/../models', '/API/V1/MODELS', '/api/v1/models/', '/metrics/'])

describe.each([
  ['one process', {}],
  ['several processes', { POINTSMAN_WORKERS: '2' }],
])('in %s', (_, environment: { readonly [name: string]: string }) => {
  let server: RunningServer
  let control: readonly Route[]
  beforeAll(async () => {
    const dataDir = await migratedFolder()
    server = await startServer({ dataDir, environment: { SUPABASE_JWT_SECRET: jwtSecret, ...environment } })
    control = [...(await controlRoutes(server)), ...seedRoutes()]
  }, 180_000)
  afterAll(async () => {
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
  })

  test('every route lets in the keys that its table names, and no other', async () => {
    const routes = [...dataPlaneRoutes(), ...control]
    expect(routes.length).toBeGreaterThan(110)
    const callers = [...strangers(), ...(await users()), ...(await keys(server))]
    expect(await wrongAnswers(server, routes, callers)).toEqual([])
  }, 600_000)

  test('every route of the console lets in the sessions of such keys, and no key', async () => {
    const routes = control.map((route) => ({ ...route, path: `/console${route.path}` }))
    const callers = await sessions(server)
    expect(await wrongAnswers(server, routes, callers)).toEqual([])
    // A page elsewhere that makes a browser send the cookie along.
    const service = callers.find(({ name }) => name === 'a session of the service key')
    const elsewhere = { cookie: service?.headers['cookie'] ?? '' }
    const told = await Promise.all(routes.map((route) => ask(server, route, elsewhere)))
    expect(new Set(told)).toEqual(new Set([403]))
  }, 600_000)

  test('a path that is none gives nothing away to who has no key', async () => {
    const told: string[] = []
    for (const path of nowhere)
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        const status = await ask(server, { method, path, body: {}, scopes: [] }, {})
        if (status < 400 || status >= 500) told.push(`${method} ${path}: ${status}`)
      }
    expect(told).toEqual([])
  })
})
