import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Model } from '@pointsman/contract'
import { startSimulator, type Simulator } from '@pointsman/simulator'
import {
  configure,
  createClient,
  getModelsForUseCase,
  orchestrate,
  orchestrateModelSwitch,
} from '@pointsman/sdk'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDatabase } from '../tools/postgres-for-tests.ts'
import {
  patientWithRegistry,
  api,
  cleanEnvironment,
  eventually,
  removeFolder,
  root,
  startServer,
  type RunningServer,
} from './server.ts'

/**
 * The four use cases of the first seed (`000…`) and the four workflows of the second (`001…`), step by step as they stand
 * there: their commands, bodies and queries verbatim, only host and key exchanged. Their SQL runs where there is a
 * PostgreSQL that takes it.
 */
const novaPro = 'eu.amazon.nova-pro-v1:0'
const novaLite = 'eu.amazon.nova-lite-v1:0'
const novaMicro = 'eu.amazon.nova-micro-v1:0'
const sonnet = 'eu.anthropic.claude-sonnet-5-5'
const haiku = 'eu.anthropic.claude-haiku-5-5'

const jwtSecret = 'a secret of a Supabase project in a test'
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A signed-in user's token, as Supabase signs it. */
function tokenOf(sub: string): string {
  const claims = { sub, role: 'authenticated', exp: Math.floor(Date.now() / 1_000) + 600 }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', jwtSecret).update(signed).digest('base64url')}`
}

const database = await createDatabase()
let simulator: Simulator
let server: RunningServer
let client: pg.Client | null = null

beforeAll(async () => {
  const catalogue = JSON.parse(await readFile(join(root, 'catalogue/models.json'), 'utf8')) as {
    readonly models: readonly Model[]
  }
  simulator = await startSimulator({
    models: catalogue.models.filter(({ provider }) => provider === 'bedrock'),
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
  server = await startServer({
    command: 'serve',
    environment: {
      ...patientWithRegistry,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
      AWS_BEARER_TOKEN_BEDROCK: 'token',
      SUPABASE_JWT_SECRET: jwtSecret,
      ...(database === null
        ? {}
        : { DATABASE_URL: database.url, POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars' }),
    },
  })
  configure({ url: server.url, key: server.key })
  if (database === null) return
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
  await simulator.close()
  await database?.drop()
})

/** Every test begins with the seeded routes. */
beforeEach(async () => {
  simulator.reset()
  const targets: readonly (readonly [object, string])[] = [
    [{}, novaPro],
    [{ useCase: 'clinical' }, sonnet],
    [{ useCase: 'health' }, novaLite],
    [{ useCase: 'operations' }, novaMicro],
  ]
  for (const [scope, modelId] of targets) {
    await api(server, '/functions/v1/orchestrate-bedrock-models', {
      body: { action: 'switch', modelId, ...scope },
    })
  }
})

/** A line of the documents, typed in the folder `scripts`. */
function typed(command: string): Promise<string> {
  const env = cleanEnvironment({ SUPABASE_URL: server.url, SUPABASE_SERVICE_KEY: server.key })
  return new Promise((resolve, reject) => {
    execFile(
      'sh',
      ['-c', command],
      { cwd: join(root, 'scripts'), env, timeout: 60_000 },
      (error, out, err) => {
        if (error === null) resolve(out)
        else reject(new Error(`${command}: ${err}`))
      },
    )
  })
}

interface Chatted {
  readonly success: boolean
  readonly data: {
    readonly conversationId: string
    readonly message: string
    readonly model: string
    readonly reason: string
    readonly switched: boolean
    readonly cost: number | null
    readonly usage: { readonly inputTokens: number; readonly outputTokens: number }
  }
  readonly notification?: { readonly title: string; readonly type: string; readonly modelId: string }
}
const chat = async (body: object): Promise<Chatted> =>
  (await api<Chatted>(server, '/functions/v1/bedrock-ai-chat', { body: { userId: 'user-456', ...body } }))
    .body

/** The rows of a query of the documents; null where there is no PostgreSQL to ask. */
const sql = async (text: string): Promise<readonly Record<string, unknown>[] | null> =>
  client === null ? null : (await client.query<Record<string, unknown>>(text)).rows

/** Until the query's answer is enough: records are taken in a moment after the answers that they are of. */
async function sqlUntil(text: string, enough: (rows: readonly Record<string, unknown>[]) => boolean) {
  if (client === null) return
  const rows = await eventually(
    () => sql(text),
    (found) => enough(found ?? []),
  )
  expect(enough(rows ?? []), JSON.stringify(rows)).toBe(true)
}

describe('the workflows of the second document', () => {
  test('1, manual model switching: list, pick a cheaper model, validate, switch; the user sees it', async () => {
    expect(await typed('./orchestrate-bedrock.sh list')).toContain('Amazon Nova Lite')
    expect(await typed('./orchestrate-bedrock.sh validate eu.amazon.nova-lite-v1:0')).toContain(novaLite)
    const switched = await typed('./orchestrate-bedrock.sh switch eu.amazon.nova-lite-v1:0 "Cost reduction"')
    expect(switched).toContain('Switching AI Model')
    expect(switched).toContain('Amazon Nova Lite')
    const { data } = await chat({ message: 'Hello' })
    expect(data).toMatchObject({ model: novaLite, reason: 'default' })
    await sqlUntil(
      'SELECT user_id, new_model_id, switch_type, reason, timestamp\nFROM bedrock_model_switches\nORDER BY timestamp DESC\nLIMIT 20;',
      ([latest]) => latest?.['new_model_id'] === novaLite && latest['reason'] === 'Cost reduction',
    )
  })

  test('2, auto-switching by use case: a clinical chat moves to the clinical model, tells its user, and is logged', async () => {
    // The patient chats without a use case first.
    const before = await chat({ conversationId: 'conv-w2', message: 'Good morning' })
    expect(before.data).toMatchObject({ model: novaPro, switched: false })
    // bedrock-ai-chat detects use case = 'clinical', and auto-switches.
    const clinical = await chat({ conversationId: 'conv-w2', message: 'My chest hurts', useCase: 'clinical' })
    expect(clinical).toMatchObject({
      success: true,
      data: { conversationId: 'conv-w2', model: sonnet, switched: true },
      notification: { title: 'Auto-Switching AI Model', type: 'auto', modelId: sonnet },
    })
    // The user chats on with that model, without naming the use case again, and is not told twice.
    const after = await chat({ conversationId: 'conv-w2', message: 'Since this morning' })
    expect(after.data).toMatchObject({ model: sonnet, switched: false })
    expect(after.notification).toBeUndefined()
    const logged = await eventually(
      // The claim may be ingested by itself, and that its notification went out with the record of the answer.
      () =>
        api<{ data: { notificationShown: boolean }[] }>(server, '/api/v1/switches?conversationId=conv-w2'),
      ({ body }) => body.data[0]?.notificationShown === true,
    )
    expect(logged.body.data).toMatchObject([
      { action: 'auto_switch', type: 'auto', fromId: novaPro, toId: sonnet, notificationShown: true },
    ])
    await sqlUntil(
      `SELECT use_case, model_id FROM ai_conversations WHERE id = 'conv-w2'`,
      ([row]) => row?.['use_case'] === 'clinical' && row['model_id'] === sonnet,
    )
    await sqlUntil(
      `SELECT model_used, cost_usd, response_time_ms FROM ai_messages WHERE conversation_id = 'conv-w2'`,
      (rows) => rows.length === 3 && rows.every((row) => Number(row['cost_usd']) > 0),
    )
    expect(await api(server, '/api/v1/switches/verify')).toMatchObject({ body: { valid: true } })
  })

  test('3, cost optimization: the use case’s models, the cheaper one by itself, the day’s switches', async () => {
    expect(await typed('./orchestrate-bedrock.sh use-case health')).toContain('Amazon Nova Micro')
    expect(await typed('./orchestrate-bedrock.sh auto-switch health')).toContain('Amazon Nova Micro')
    expect((await chat({ message: 'How much should I sleep?', useCase: 'health' })).data.model).toBe(
      novaMicro,
    )
    await sqlUntil(
      `SELECT
  new_model_id,
  COUNT(*) as switches,
  switch_type
FROM bedrock_model_switches
WHERE DATE(timestamp) = CURRENT_DATE
GROUP BY new_model_id, switch_type
ORDER BY switches DESC;`,
      (rows) => rows.some((row) => row['new_model_id'] === novaMicro && row['switch_type'] === 'auto'),
    )
  })

  test('4, fallback handling: the primary model is rate limited, and the fallback takes over', async () => {
    simulator.script({ match: { model: novaPro }, effect: { throttle: true } })
    // What serves meanwhile is a fallback, before anybody has switched anything.
    expect((await chat({ message: 'Hello' })).data).toMatchObject({ reason: 'fallback' })
    const { data, notification } = await orchestrateModelSwitch({
      action: 'fallback-switch',
      reason: 'Rate limit exceeded on primary model',
    })
    expect(data).toMatchObject({ switched: true, fromId: novaPro, toId: sonnet })
    expect(notification?.message).toContain('(Rate limit exceeded on primary model)')
    expect((await chat({ message: 'Hello' })).data).toMatchObject({ model: sonnet, reason: 'default' })
  })
})

describe('the use cases of the first document', () => {
  test('1, cost optimization', async () => {
    expect(await typed('./orchestrate-bedrock.sh list')).toContain('Amazon Nova Pro')
    await typed('./orchestrate-bedrock.sh switch \\\n  eu.amazon.nova-lite-v1:0 \\\n  "Cost optimization"')
    const { data } = await chat({ message: 'Hello' })
    expect(data.model).toBe(novaLite)
    expect(data.cost).toBeGreaterThan(0)
    await sqlUntil(
      `SELECT
  new_model_id,
  COUNT(*) as switches,
  SUM(cost_impact_estimated) as total_savings
FROM bedrock_model_switches
WHERE timestamp > NOW() - INTERVAL '7 days'
GROUP BY new_model_id;`,
      (rows) => rows.some((row) => row['new_model_id'] === novaLite),
    )
  })

  test('2, quality improvement', async () => {
    await orchestrate({ action: 'switch', modelId: novaLite, useCase: 'clinical' })
    expect(await typed('./orchestrate-bedrock.sh auto-switch clinical')).toContain('Claude Sonnet 5.5')
    expect((await chat({ message: 'A rash', useCase: 'clinical' })).data.model).toBe(sonnet)
  })

  test('3, load balancing: a switch to any of the models, or a share of the conversations for each', async () => {
    const availableModels = await getModelsForUseCase('clinical')
    const randomModel = availableModels[Math.floor(Math.random() * availableModels.length)]
    const result = await orchestrate({
      action: 'switch',
      modelId: randomModel?.model_id ?? '',
      reason: 'Load balancing',
    })
    expect(result).toMatchObject({ success: true, data: { toId: randomModel?.model_id } })
    // What the loop in the document is for, without the loop: weights.
    const candidates = [
      { modelId: sonnet, weight: 1 },
      { modelId: haiku, weight: 1 },
      { modelId: novaPro, weight: 0 },
    ]
    const shared = await api(server, '/api/v1/use-cases/clinical', {
      method: 'PUT',
      body: { candidates, strategy: 'weighted', target: null },
    })
    expect(shared.body).toMatchObject({ strategy: 'weighted', target: null })
    const ids = Array.from({ length: 16 }, (_, index) => `conv-balanced-${index}`)
    const ask = async (conversationId: string) =>
      (await chat({ conversationId, message: 'Hello', useCase: 'clinical' })).data.model
    const models = await Promise.all(ids.map(ask))
    expect(new Set(models)).toEqual(new Set([sonnet, haiku]))
    // Each conversation keeps the model that it began with.
    expect(await Promise.all(ids.map(ask))).toEqual(models)
    await api(server, '/api/v1/use-cases/clinical', { method: 'PUT', body: { strategy: 'priority' } })
  })

  test('4, emergency fallback: inside bedrock-ai-chat, and the conversation keeps its model', async () => {
    expect((await chat({ conversationId: 'conv-w4', message: 'Hi', useCase: 'clinical' })).data.model).toBe(
      sonnet,
    )
    simulator.script({ match: { model: sonnet }, effect: { throttle: true } })
    const during = await chat({ conversationId: 'conv-w4', message: 'Are you there?' })
    expect(during.data).toMatchObject({ reason: 'fallback', switched: false })
    expect(during.data.model).not.toBe(sonnet)
    const { data } = await orchestrate({
      action: 'auto-switch',
      useCase: 'clinical',
      reason: 'Primary model rate-limited',
    })
    expect(data.ranking?.[0]?.passed).toBe(true)
    simulator.reset()
    expect((await chat({ conversationId: 'conv-w4', message: 'And now?' })).data).toMatchObject({
      model: sonnet,
      reason: 'conversation',
    })
  })
})

test('the chat of an app: what it says wrong is told in the seeds’ words, and a stream ends with everything', async () => {
  const refused = async (body: object) => {
    const { status, body: answer } = await api<{ success: boolean; error: { code: string; field?: string } }>(
      server,
      '/functions/v1/bedrock-ai-chat',
      { body },
    )
    return [status, answer.success, answer.error.code, answer.error.field]
  }
  expect(await refused({ message: 'Hi' })).toEqual([400, false, 'invalid_request', 'userId'])
  expect(await refused({ userId: 'u' })).toEqual([400, false, 'invalid_request', 'message'])
  expect(await refused({ userId: 'u', message: 'Hi', use_case: 'clinicl' })).toEqual([
    404,
    false,
    'route_not_found',
    'use_case',
  ])
  const preflight = await fetch(`${server.url}/functions/v1/bedrock-ai-chat`, { method: 'OPTIONS' })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  const events = []
  const app = createClient({ url: server.url, key: server.key })
  for await (const event of app.bedrockAiChatStream({
    userId: 'u',
    message: 'Hi',
    role: 'medical_provider',
  })) {
    events.push(event)
  }
  const text = events.flatMap((event) => (event.type === 'delta' ? [event.text] : [])).join('')
  expect(events[0]).toMatchObject({ type: 'start', switched: true, model: sonnet })
  expect(events.at(-1)).toMatchObject({
    type: 'done',
    data: { message: text, model: sonnet, useCase: 'clinical' },
  })
  // An answer that breaks off has no such end.
  simulator.script({ match: { model: sonnet }, effect: { cutAfterChunks: 2 } })
  const cut = async () => {
    for await (const event of app.bedrockAiChatStream({ userId: 'u', message: 'Hi', useCase: 'clinical' })) {
      expect(event.type).not.toBe('done')
    }
  }
  await expect(cut()).rejects.toMatchObject({ code: 'upstream_broken' })
})

test('an agent’s model is live at its next invocation, on every face that can name it', async () => {
  const put = await api(server, '/api/v1/agents/sql_agent', {
    method: 'PUT',
    body: { llm_provider: 'bedrock', llm_model: novaMicro },
  })
  expect(put.body).toMatchObject({ llm_provider: 'bedrock', llm_model: novaMicro })
  const messages = [{ role: 'user', content: 'Hello' }]
  const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }
  const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }]
  const faces: readonly (readonly [string, object])[] = [
    ['/v1/chat/completions', { model: 'agent/sql_agent', messages }],
    ['/v1/chat/completions', { model: 'sql_agent', messages }],
    ['/v1/responses', { model: 'agent/sql_agent', input: 'Hello' }],
    ['/v1/messages', { model: 'agent/sql_agent', max_tokens: 50, messages }],
    ['/model/agent%2Fsql_agent/converse', converse],
    ['/model/agent/sql_agent/converse', converse],
    ['/v1beta/models/agent%2Fsql_agent:generateContent', { contents }],
    ['/v1beta/models/agent/sql_agent:generateContent', { contents }],
    ['/functions/v1/bedrock-ai-chat', { userId: 'u', message: 'Hello', agent: 'sql_agent' }],
  ]
  for (const model of [novaMicro, novaLite]) {
    await api(server, '/api/v1/agents/sql_agent', { method: 'PUT', body: { llm_model: model } })
    for (const [path, body] of faces) {
      const { headers, status } = await api(server, path, { body })
      expect([path, status, headers.get('x-pointsman-model')]).toEqual([path, 200, model])
    }
  }
  // Pinned only where the request asks for it.
  const served = async (headers: Record<string, string>) => {
    const body = { model: 'agent/sql_agent', messages }
    return (await api(server, '/v1/chat/completions', { body, headers })).headers.get('x-pointsman-model')
  }
  const keeping = { 'x-pointsman-conversation': 'conv-agent', 'x-pointsman-pin-agent': 'true' }
  expect(await served(keeping)).toBe(novaLite)
  await api(server, '/api/v1/agents/sql_agent', { method: 'PUT', body: { llm_model: novaPro } })
  expect(await served(keeping)).toBe(novaLite)
  expect(await served({ 'x-pointsman-conversation': 'conv-agent' })).toBe(novaPro)
})

test('of many first messages at once one makes the switch, and all get its model', async () => {
  const say = () => chat({ conversationId: 'conv-burst', message: 'Hello', useCase: 'operations' })
  const answers = await Promise.all(Array.from({ length: 8 }, say))
  expect(new Set(answers.map(({ data }) => data.model))).toEqual(new Set([novaMicro]))
  const logged = await eventually(
    () => api<{ data: object[] }>(server, '/api/v1/switches?conversationId=conv-burst'),
    ({ body }) => body.data.length > 0,
  )
  expect(logged.body.data).toMatchObject([{ action: 'auto_switch', toId: novaMicro }])
})

test('a signed-in user chats as itself, and in nobody else’s conversation', async () => {
  const as = (sub: string) => ({ authorization: `Bearer ${tokenOf(sub)}` })
  const say = (sub: string, body: object) =>
    api<Chatted & { readonly error?: { readonly code: string } }>(server, '/functions/v1/bedrock-ai-chat', {
      body: { message: 'Hello', ...body },
      headers: as(sub),
    })
  const own = await say('ada', { conversationId: 'conv-ada', useCase: 'health', userId: 'somebody-else' })
  expect([own.status, own.body.data.switched]).toEqual([200, true])
  const known = await eventually(
    () => api<{ data: { scope: object }[] }>(server, '/api/v1/switches?conversationId=conv-ada'),
    ({ body }) => body.data.length > 0,
  )
  expect(known.body.data[0]?.scope).toMatchObject({ id: 'conv-ada', userId: 'ada' })
  const foreign = await say('grace', { conversationId: 'conv-ada' })
  expect([foreign.status, foreign.body.success, foreign.body.error?.code]).toEqual([404, false, 'not_found'])
  const onOtherFace = await api(server, '/v1/chat/completions', {
    body: { model: 'use-case/health', messages: [{ role: 'user', content: 'Hello' }] },
    headers: { ...as('grace'), 'x-pointsman-conversation': 'conv-ada' },
  })
  expect(onOtherFace.status).toBe(404)
  expect((await say('ada', { conversationId: 'conv-ada' })).body.data.switched).toBe(false)
})
