import { PointsmanError } from '@pointsman/contract'
import { readMigrations, usageRecords, type Database } from '@pointsman/registry'
import { openMigrated } from '@pointsman/registry/testing'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import catalogue from '../../../../catalogue/models.json' with { type: 'json' }
import { createEdge, type Edge, type EdgeParts } from './index.ts'

/** The functions as a platform calls them, on the embedded database: under Deno and PostgreSQL they stand in tests/edge. */
const novaPro = 'eu.amazon.nova-pro-v1:0'
const novaLite = 'eu.amazon.nova-lite-v1:0'
const serviceRoleKey = 'service-role-key-for-tests'
const jwtSecret = 'a secret of users’ tokens for tests'

let database: Database
let simulator: Simulator
let schemaVersion = ''
beforeAll(async () => {
  database = await openMigrated()
  schemaVersion = (await readMigrations()).at(-1)?.version ?? ''
  simulator = await startSimulator({
    models: catalogue.models as unknown as readonly SimulatedModel[],
    credentials: { bearerTokens: ['ABSKsimulated'] },
    latency: { firstTokenMs: 1, perTokenMs: 1 },
  })
})
const open: Edge[] = []
afterEach(async () => {
  for (const edge of open.splice(0)) await edge.close()
})
afterAll(async () => {
  await simulator.close()
  await database.close()
})

/** The test's database outlives the processes that use it. */
const lent = (over: Database = database): Database => ({
  kind: over.kind,
  durable: over.durable,
  query: (text, values) => over.query(text, values),
  transaction: (options, work) => over.transaction(options, work),
  listen: (channel, handler) => over.listen(channel, handler),
  state: () => over.state(),
  close: () => Promise.resolve(),
})

function start(environment: EdgeParts['environment'] = {}, parts: Partial<EdgeParts> = {}) {
  const log: string[] = []
  const edge = createEdge({
    schemaVersion,
    write: (line) => void log.push(line),
    openDatabase: () => Promise.resolve(lent()),
    ...parts,
    environment: {
      SUPABASE_DB_URL: 'postgresql://there@is.none/here',
      SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
      POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
      POINTSMAN_JWT_SECRET: jwtSecret,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
      AWS_BEARER_TOKEN_BEDROCK: 'ABSKsimulated',
      ...environment,
    },
  })
  open.push(edge)
  return { edge, log }
}

const functions = {
  orchestrate: 'orchestrate-bedrock-models',
  manage: 'manage-bedrock-models',
  chat: 'bedrock-ai-chat',
} as const
type FunctionName = keyof typeof functions

const ask = (
  edge: Edge,
  name: FunctionName,
  body: object,
  given: { readonly key?: string | null; readonly signal?: AbortSignal } = {},
): Promise<Response> =>
  edge[name](
    new Request(`https://edge.example/${functions[name]}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: given.key === null ? {} : { authorization: `Bearer ${given.key ?? serviceRoleKey}` },
      ...(given.signal === undefined ? {} : { signal: given.signal }),
    }),
  )

interface Told {
  readonly success: boolean
  readonly data: Record<string, unknown>
  readonly error?: { readonly code: string; readonly message: string }
}
const told = async (answer: Promise<Response>): Promise<Told & { readonly status: number }> => {
  const response = await answer
  return { status: response.status, ...((await response.json()) as Told) }
}

const recordsOf = async (conversation: string) =>
  (await usageRecords(database, { limit: 500, cursor: null })).data.filter(
    ({ conversationId }) => conversationId === conversation,
  )

test('an empty registry gets its catalogue, and lists it', async () => {
  const { edge } = start()
  const answer = await told(ask(edge, 'orchestrate', { action: 'list-all' }))
  expect(answer).toMatchObject({ status: 200, success: true })
  expect(answer.data['total']).toBe(catalogue.models.length)
  expect(await told(ask(edge, 'manage', { action: 'default' }))).toMatchObject({
    data: { model_id: novaPro },
  })
})

test('an answer is recorded before its last byte, and counted once', async () => {
  const { edge } = start()
  const message = { conversationId: 'whole', userId: 'somebody', message: 'Hello', useCase: 'clinical' }
  const answer = await told(ask(edge, 'chat', message))
  expect(answer).toMatchObject({ status: 200, data: { conversationId: 'whole' } })
  expect(await recordsOf('whole')).toMatchObject([{ outcome: 'ok', modelId: answer.data['model'] }])
})

test('a stream comes piece by piece and is recorded before its end', async () => {
  const { edge } = start()
  const message = { conversationId: 'streamed', userId: 'somebody', message: 'Hello', stream: true }
  const response = await ask(edge, 'chat', message)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  let text = ''
  let pieces = 0
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) {
    text += new TextDecoder().decode(piece.value)
    pieces += 1
  }
  expect(await recordsOf('streamed')).toMatchObject([{ outcome: 'ok', stream: true }])
  // What ends it waits for the record.
  expect(pieces).toBeGreaterThan(1)
  expect(text.match(/event: done/g)).toHaveLength(1)
})

test('a client that leaves ends the call, and what it had is recorded', async () => {
  const { edge } = start()
  const message = { conversationId: 'left', userId: 'somebody', message: 'Hello', stream: true }
  const response = await ask(edge, 'chat', message)
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  // Waits for what the platform would be asked to wait for.
  await edge.close()
  expect(await recordsOf('left')).toMatchObject([{ outcome: 'partial' }])
})

test('a switch made by one function moves another process’s chat within a second', async () => {
  const { edge: managing } = start()
  const { edge: chatting } = start()
  const model = async (): Promise<unknown> =>
    (await told(ask(chatting, 'chat', { userId: 'another', message: 'Hello' }))).data['model']
  expect(await model()).toBe(novaPro)
  const switched = await told(
    ask(managing, 'orchestrate', { action: 'switch', modelId: novaLite, reason: 'Cost' }),
  )
  expect(switched).toMatchObject({ success: true, data: { switched: true, pending: [] } })
  await expect.poll(model, { interval: 100 }).toBe(novaLite)
  const { rows } = await database.query("SELECT count(*) AS n FROM pointsman.replicas WHERE kind = 'pull'")
  expect(Number(rows[0]?.['n'])).toBeGreaterThan(0)
  await told(ask(managing, 'manage', { action: 'set-default', model_id: novaPro }))
})

test('who asks: both service keys, the role’s token, a user’s own conversations, nobody else', async () => {
  const { edge } = start({ POINTSMAN_SERVICE_KEY: 'a service key of our own' })
  const token = (claims: Record<string, string>): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(jwtSecret))
  const statuses = async (key: string | null) => [
    (await ask(edge, 'orchestrate', { action: 'list-all' }, { key })).status,
    (await ask(edge, 'manage', { action: 'enable', model_id: novaLite }, { key })).status,
    (await ask(edge, 'chat', { message: 'Hello', userId: 'somebody else' }, { key })).status,
  ]
  expect(await statuses('a service key of our own')).toEqual([200, 200, 200])
  expect(await statuses(await token({ role: 'service_role' }))).toEqual([200, 200, 200])
  expect(await statuses(await token({ role: 'authenticated', sub: 'user-1' }))).toEqual([200, 403, 200])
  expect(await statuses(await token({ role: 'anon' }))).toEqual([403, 403, 403])
  expect(await statuses('wrong')).toEqual([401, 401, 401])
  expect(await statuses(null)).toEqual([401, 401, 401])
})

test('pages may ask from anywhere, and read why they were refused', async () => {
  const { edge } = start({ POINTSMAN_MASTER_KEY: '' })
  for (const name of ['orchestrate', 'manage', 'chat'] as const) {
    const preflight = await edge[name](
      new Request(`https://edge.example/${functions[name]}`, { method: 'OPTIONS' }),
    )
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('apikey')
    const refused = await ask(edge, name, {})
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([503, '*'])
    expect(await refused.json()).toMatchObject({
      error: {
        code: 'not_ready',
        message: expect.stringContaining('secrets set POINTSMAN_MASTER_KEY') as string,
      },
    })
  }
})

test('a method or a path that is not the function’s is refused', async () => {
  const { edge } = start()
  const get = await edge.chat(new Request('https://edge.example/bedrock-ai-chat'))
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
  const other = await edge.chat(new Request('https://edge.example/v1/models', { method: 'POST' }))
  expect(await other.json()).toMatchObject({ error: { code: 'not_found' } })
  const began = performance.now()
  const long = await edge.chat(new Request(`https://edge.example/${'/'.repeat(60_000)}x`, { method: 'POST' }))
  expect([long.status, performance.now() - began < 1_000]).toEqual([404, true])
})

test('a database that another version made is left alone, and what to do is told', async () => {
  const older = start({}, { schemaVersion: '29990101000000' })
  expect(await told(ask(older.edge, 'manage', { action: 'list' }))).toMatchObject({
    status: 503,
    error: { message: expect.stringContaining('npx supabase db push') as string },
  })
  const newer = start({}, { schemaVersion: '20200101000000' })
  expect(await told(ask(newer.edge, 'manage', { action: 'list' }))).toMatchObject({
    error: { message: expect.stringContaining('Deploy the functions') as string },
  })
})

test('a database that is away at the first request is tried again by the next', async () => {
  let tries = 0
  const { edge, log } = start(
    {},
    {
      openDatabase: () => {
        tries += 1
        return tries === 1
          ? Promise.reject(new PointsmanError('registry_unavailable', 'connection refused'))
          : Promise.resolve(lent())
      },
    },
  )
  expect((await ask(edge, 'manage', { action: 'list' })).status).toBe(503)
  expect((await ask(edge, 'manage', { action: 'list' })).status).toBe(200)
  expect(log.join('')).toContain('connection refused')
})

test('while the database is away nothing is served unrecorded, and it goes on when it is back', async () => {
  let isAway = false
  const unlessAway = <Result>(work: () => Promise<Result>): Promise<Result> =>
    isAway ? Promise.reject(new PointsmanError('registry_unavailable', 'no answer')) : work()
  const breakable: Database = {
    ...lent(),
    query: (text, values) => unlessAway(() => database.query(text, values)),
    transaction: (options, work) => unlessAway(() => database.transaction(options, work)),
    state: () => (isAway ? { state: 'away', since: new Date(), problem: 'no answer' } : { state: 'ready' }),
  }
  const { edge } = start({}, { openDatabase: () => Promise.resolve(breakable) })
  const message = { conversationId: 'away', userId: 'somebody', message: 'Hello' }
  expect((await ask(edge, 'chat', message)).status).toBe(200)
  isAway = true
  expect(await told(ask(edge, 'chat', message))).toMatchObject({
    status: 503,
    error: { code: 'storage_failing' },
  })
  expect((await ask(edge, 'manage', { action: 'enable', model_id: novaLite })).status).toBe(503)
  isAway = false
  expect((await ask(edge, 'chat', message)).status).toBe(200)
  expect(await recordsOf('away')).toHaveLength(2)
})
