import { execFile } from 'node:child_process'
import { cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  api,
  cleanEnvironment,
  patientWithRegistry,
  removeFolder,
  root,
  startServer,
  type RunningServer,
} from './server.ts'

/**
 * Every command and curl line of the three documents that the project was asked for in, as they stand there; only host and
 * key are exchanged, by the variables that the documents themselves use.
 */
let server: RunningServer
beforeAll(async () => {
  server = await startServer({ environment: patientWithRegistry })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function shell(
  command: string,
  environment: { readonly [name: string]: string } = {},
  cwd = root,
): Promise<Ran> {
  const variables = {
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: server.key,
    SUPABASE_KEY: server.key,
    ...environment,
  }
  return new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', command],
      { cwd, env: cleanEnvironment(variables), timeout: 60_000 },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err })
      },
    )
  })
}

interface Answer {
  readonly success: boolean
  readonly action: string
  readonly data: Record<string, unknown> & { models: Record<string, unknown>[]; total: number }
  readonly notification?: Record<string, unknown>
  readonly error?: { code: string; message: string }
}
async function curl(command: string): Promise<Answer> {
  const { code, err, out } = await shell(command)
  expect({ code, err }).toMatchObject({ code: 0 })
  return JSON.parse(out) as Answer
}

/** As the documents write it. */
const orchestrateCurl = (
  body: string,
  key = 'SUPABASE_KEY',
): string => `curl -s -X POST "$SUPABASE_URL/functions/v1/orchestrate-bedrock-models" \\
  -H "Authorization: Bearer $${key}" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`
const manageCurl = (
  body: string,
): string => `curl -s -X POST "$SUPABASE_URL/functions/v1/manage-bedrock-models" \\
  -H "Authorization: Bearer $SUPABASE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`

const novaPro = 'eu.amazon.nova-pro-v1:0'
const novaLite = 'eu.amazon.nova-lite-v1:0'
const claude35 = 'anthropic.claude-3-5-sonnet-20241022-v2:0'

beforeEach(async () => {
  await api(server, '/functions/v1/manage-bedrock-models', {
    body: { action: 'set-default', model_id: novaPro },
  })
})

describe('the orchestration endpoint', () => {
  test('lists all models', async () => {
    const answer = await curl(orchestrateCurl('{"action":"list-all"}'))
    expect(answer).toMatchObject({ success: true, action: 'list-all' })
    expect(answer.data.total).toBe(answer.data.models.length)
    const nova = answer.data.models.find((model) => model['id'] === novaPro)
    expect(nova).toMatchObject({
      name: 'Amazon Nova Pro',
      provider: 'amazon',
      servedBy: 'bedrock',
      isDefault: true,
      isAvailable: true,
      inputCostPerMTok: 1.05,
      outputCostPerMTok: 4.2,
      model_id: novaPro,
    })
    expect(nova?.['maxTokens']).toBeGreaterThan(0)
    const ends = answer.data.models.map((model) => model['lifecycle'] === 'eol')
    expect(ends.indexOf(true)).toBeGreaterThan(ends.lastIndexOf(false))
  })

  test('lists the models of a use case, ranked', async () => {
    const answer = await curl(
      orchestrateCurl('{\n    "action": "get-for-use-case",\n    "useCase": "clinical"\n  }'),
    )
    expect(answer.data.models.map((model) => model['id'])).toEqual([
      'eu.anthropic.claude-sonnet-5-5',
      'eu.anthropic.claude-haiku-5-5',
      novaPro,
      claude35,
    ])
  })

  test('switches the default, with the notification of the document', async () => {
    await curl(orchestrateCurl(`{"action":"switch","modelId":"${claude35}"}`))
    const answer = await curl(
      orchestrateCurl(
        '{\n    "action": "switch",\n    "modelId": "eu.amazon.nova-lite-v1:0",\n    "reason": "Cost optimization"\n  }',
        'SUPABASE_SERVICE_KEY',
      ),
    )
    expect(answer).toMatchObject({
      success: true,
      action: 'switch',
      data: { switched: true, from: 'Claude 3.5 Sonnet', to: 'Amazon Nova Lite' },
      notification: {
        title: 'Switching AI Model',
        type: 'manual',
        modelName: 'Amazon Nova Lite',
        modelId: novaLite,
      },
    })
    expect(answer.notification?.['message']).toMatch(
      /Claude 3\.5 Sonnet.*Amazon Nova Lite.*Cost optimization/,
    )
  })

  test('switches a conversation, which then keeps its model', async () => {
    const answer = await curl(
      orchestrateCurl(`{
    "action": "switch",
    "modelId": "eu.amazon.nova-lite-v1:0",
    "conversationId": "conv-123",
    "userId": "user-456",
    "reason": "Cost optimization",
    "showNotification": true
  }`),
    )
    expect(answer).toMatchObject({
      success: true,
      data: { switched: true, to: 'Amazon Nova Lite' },
      notification: { modelId: novaLite },
    })
    const chat = await api(server, '/v1/chat/completions', {
      body: { model: 'default', messages: [{ role: 'user', content: 'Hello' }] },
      headers: {
        'x-pointsman-conversation': 'conv-123',
        'x-pointsman-user': 'user-456',
        'x-pointsman-use-case': 'clinical',
      },
    })
    expect(Object.fromEntries(chat.headers)).toMatchObject({
      'x-pointsman-model': novaLite,
      'x-pointsman-reason': 'conversation',
      'x-pointsman-sandbox': 'true',
    })
    expect(chat.headers.get('x-pointsman-switch')).toBe(answer.data['switchId'])
  })

  test('auto-switches, alone and for a conversation', async () => {
    await curl(orchestrateCurl(`{"action":"switch","modelId":"${novaPro}","useCase":"clinical"}`))
    const answer = await curl(
      orchestrateCurl(
        '{\n    "action": "auto-switch",\n    "useCase": "clinical"\n  }',
        'SUPABASE_SERVICE_KEY',
      ),
    )
    expect(answer).toMatchObject({
      success: true,
      data: { switched: true, from: 'Amazon Nova Pro', toId: 'eu.anthropic.claude-sonnet-5-5' },
      notification: { title: 'Auto-Switching AI Model', type: 'auto' },
    })
    expect(answer.data['ranking']).toBeInstanceOf(Array)
    const again = await curl(orchestrateCurl('{"action":"auto-switch","useCase":"clinical"}'))
    expect(again.data).toMatchObject({ switched: false })
    const conversation = await curl(
      orchestrateCurl(
        '{"action": "auto-switch","useCase": "clinical","conversationId": "conv-124","userId": "user-456","showNotification": true}',
      ),
    )
    expect(conversation).toMatchObject({ success: true, action: 'auto-switch' })
  })

  test('validates, clears the cache, falls back', async () => {
    expect(await curl(orchestrateCurl(`{"action":"validate","modelId":"${novaPro}"}`))).toMatchObject({
      data: { valid: true, exists: true, available: true },
    })
    expect(await curl(orchestrateCurl('{"action":"clear-cache"}'))).toMatchObject({
      success: true,
      data: { cleared: true },
    })
    expect(
      await curl(
        orchestrateCurl('{"action":"fallback-switch","reason":"Rate limit exceeded on primary model"}'),
      ),
    ).toMatchObject({ success: true, data: { switched: true } })
  })

  test('says what is wrong in the words of the documents', async () => {
    expect(
      await curl(orchestrateCurl('{"action":"switch","modelId":"eu.amazon.nova-por-v1:0"}')),
    ).toMatchObject({
      success: false,
      error: { message: expect.stringMatching(/^Model not found: eu\.amazon\.nova-por-v1:0/) as unknown },
    })
  })
})

describe('the management endpoint', () => {
  test('lists, sets the default, enables, validates', async () => {
    expect((await curl(manageCurl('{"action": "list"}'))).data.models.length).toBeGreaterThan(50)
    expect(
      await curl(manageCurl(`{\n    "action": "set-default",\n    "model_id": "${claude35}"\n  }`)),
    ).toMatchObject({
      data: { model_id: claude35, model_name: 'Claude 3.5 Sonnet', previous: novaPro, is_default: true },
    })
    expect(await curl(manageCurl('{"action":"default"}'))).toMatchObject({
      data: { model_id: claude35, model_name: 'Claude 3.5 Sonnet' },
    })
    expect(await curl(manageCurl(`{"action": "enable", "model_id": "${novaLite}"}`))).toMatchObject({
      data: { model_id: novaLite, is_available: true },
    })
    expect(await curl(manageCurl(`{"action": "validate", "model_id": "${claude35}"}`))).toMatchObject({
      data: { valid: true, exists: true },
    })
  })
})

describe('the scripts', () => {
  const orchestrate = (line: string): Promise<Ran> => shell(`./scripts/orchestrate-bedrock.sh ${line}`)
  const manage = (line: string): Promise<Ran> => shell(`./scripts/switch-bedrock-model.sh ${line}`)

  test('need a key, and say so in the words of the document', async () => {
    for (const script of ['orchestrate-bedrock.sh', 'switch-bedrock-model.sh']) {
      const { code, err } = await shell(`./scripts/${script} list`, { SUPABASE_SERVICE_KEY: '' })
      expect({ code, err: err.trim() }).toEqual({
        code: 1,
        err: '❌ Error: SUPABASE_SERVICE_KEY environment variable not set',
      })
    }
  })

  test('work from their own folder and from a copy without the rest of the repository', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'pointsman-scripts-'))
    await cp(join(root, 'scripts'), copy, { recursive: true })
    expect(await shell('./orchestrate-bedrock.sh list', {}, copy)).toMatchObject({ code: 0 })
    await removeFolder(copy)
  })

  test('list models with their costs', async () => {
    for (const { code, out } of [await orchestrate('list'), await manage('list')]) {
      expect(code).toBe(0)
      expect(out).toMatch(/eu\.amazon\.nova-pro-v1:0 +Amazon Nova Pro +amazon .*\$1\.05\/\$4\.2/)
    }
  })

  test('show the models of each use case', async () => {
    for (const useCase of ['clinical', 'health', 'operations', 'platform']) {
      expect(await orchestrate(`use-case ${useCase}`)).toMatchObject({
        code: 0,
        out: expect.stringContaining('Nova') as unknown,
      })
    }
  })

  test('validate, switch with a reason, auto-switch, clear the cache', async () => {
    expect(await orchestrate('validate eu.amazon.nova-pro-v1:0')).toMatchObject({
      code: 0,
      out: expect.stringContaining('valid') as unknown,
    })
    expect(await orchestrate('switch eu.amazon.nova-lite-v1:0 "Cost optimization"')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Amazon Nova Lite') as unknown,
    })
    expect(await manage('default')).toEqual({ code: 0, out: `${novaLite}\n`, err: '' })
    expect(await orchestrate('auto-switch clinical')).toMatchObject({ code: 0 })
    expect(await orchestrate('auto-switch health')).toMatchObject({ code: 0 })
    expect(await orchestrate('clear-cache')).toMatchObject({ code: 0 })
    expect(await orchestrate('switch no-such-model')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Model not found: no-such-model') as unknown,
    })
  })

  test('go through the complete workflow of the second document and print what it shows', async () => {
    expect((await manage('default')).out.trim()).toBe(novaPro)
    const switched = await manage(`${claude35} switch`)
    expect(switched).toEqual({
      code: 0,
      err: '',
      out: `🔄 Switching to model: ${claude35}...\n✅ Successfully switched to ${claude35}\n\nModel details:\nClaude 3.5 Sonnet\nCost: $3/$15\nFormat: claude\n`,
    })
    expect((await manage('default')).out.trim()).toBe(claude35)
    expect(await manage(`${novaPro} switch`)).toMatchObject({ code: 0 })
    expect(await manage('eu.amazon.nova-micro-v1:0 disable')).toMatchObject({ code: 0 })
    expect(await manage('eu.amazon.nova-micro-v1:0 enable')).toMatchObject({ code: 0 })
    expect(await manage('eu.amazon.nova-lite-v1:0 enable')).toMatchObject({ code: 0 })
  })
})
