import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { migrate } from '@pointsman/registry'
import { openServer } from '@pointsman/registry/server'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { startOwnPostgres, type OwnPostgres } from '../../tools/own-postgres.ts'
import { freePort } from '../../tools/free-port.ts'
import { cleanEnvironment, patientWithRegistry, root } from '../server.ts'
import { curlLines } from './curl-lines.ts'
import { supabaseShape } from './supabase-shape.ts'

/**
 * The three functions as they are deployed: their own files, the built bundle, the real Deno, a PostgreSQL that looks like a
 * project's. A second server, and Deno: what CI brings.
 */
const denos = [
  ['the platform’s Deno', process.env['POINTSMAN_TEST_DENO_PLATFORM']],
  ['the current Deno', process.env['POINTSMAN_TEST_DENO']],
] as const
const novaPro = 'eu.amazon.nova-pro-v1:0'
const serviceRoleKey = 'the service role key of tests'

let postgres: OwnPostgres
let databaseUrl = ''
let simulator: Simulator
let owner: pg.Client
const hasDeno = denos.some(([, path]) => path !== undefined)

beforeAll(async () => {
  if (!hasDeno) return
  const started = await startOwnPostgres()
  if (started === null) throw new Error('this machine has no PostgreSQL')
  postgres = started
  await postgres.run(supabaseShape)
  const url = new URL(postgres.url)
  url.username = 'project_owner'
  databaseUrl = url.href
  const database = await openServer({ url: databaseUrl })
  await migrate(database)
  await database.close()
  owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  simulator = await startSimulator({
    models: catalogue.models as unknown as readonly SimulatedModel[],
    credentials: { bearerTokens: ['ABSKsimulated'] },
    latency: { firstTokenMs: 5, perTokenMs: 2 },
  })
}, 120_000)
afterAll(async () => {
  if (!hasDeno) return
  await owner.end()
  await simulator.close()
  await postgres.end()
})

interface Host {
  readonly url: string
  readonly output: () => string
  readonly stop: () => Promise<void>
}

async function startHost(deno: string): Promise<Host> {
  const port = await freePort()
  const child: ChildProcess = spawn(
    deno,
    // What a worker of the platform may do: no file is written, no program started.
    [
      'run',
      '--no-lock',
      '--allow-net',
      '--allow-env',
      '--allow-sys',
      '--allow-read',
      join(root, 'tests/edge/host.js'),
      `${port}`,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment({
        SUPABASE_DB_URL: databaseUrl,
        SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
        POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
        AWS_BEARER_TOKEN_BEDROCK: 'ABSKsimulated',
        NO_COLOR: '1',
        ...patientWithRegistry,
      }),
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const deadline = Date.now() + 110_000
  while (!output.includes('Listening')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`Deno did not start:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

function shell(command: string, url: string): Promise<string> {
  const env = cleanEnvironment({
    SUPABASE_URL: url,
    SUPABASE_KEY: serviceRoleKey,
    SUPABASE_SERVICE_KEY: serviceRoleKey,
  })
  return promisify(execFile)('sh', ['-c', command], { cwd: root, env, timeout: 80_000 }).then(
    ({ stdout }) => stdout,
  )
}

describe.each(denos)('on %s', (_name, path) => {
  // Where a machine has no such Deno; CI brings both.
  describe.skipIf(path === undefined)('the functions', () => {
    let host: Host
    beforeAll(async () => {
      host = await startHost(path ?? '')
    }, 120_000)
    afterAll(() => host.stop())
    const curl = async (command: string): Promise<Record<string, unknown>> =>
      JSON.parse(await shell(command, host.url)) as Record<string, unknown>
    const chat = (body: object): string =>
      `curl -s -i -N -X POST "$SUPABASE_URL/functions/v1/bedrock-ai-chat" -H "Authorization: Bearer $SUPABASE_KEY" -d '${JSON.stringify(body)}'`
    beforeEach(async () => {
      await curl(
        `curl -s -X POST "$SUPABASE_URL/functions/v1/manage-bedrock-models" -H "Authorization: Bearer $SUPABASE_KEY" -d '{"action":"set-default","model_id":"${novaPro}"}'`,
      )
    })

    test.each(curlLines)('answer the documents’ curl line: $name', async ({ answers, line }) => {
      expect(await curl(line)).toMatchObject(answers)
    })

    test('chat, whole, recorded when the answer is there', async () => {
      const id = `whole-${host.url}`
      const answer = await shell(
        chat({ conversationId: id, userId: 'u', message: 'Hello', useCase: 'clinical' }),
        host.url,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      expect(answer).toMatch(/x-pointsman-model: eu\.anthropic\.claude/)
      const { rows } = await owner.query(
        'SELECT model_used, cost_usd FROM ai_messages WHERE conversation_id = $1',
        [id],
      )
      expect(rows).toMatchObject([{ model_used: expect.stringContaining('claude') as string }])
      expect(Number((rows as { cost_usd: string }[])[0]?.cost_usd)).toBeGreaterThan(0)
    })

    test('stream, and keep the model of a conversation over a switch', async () => {
      const id = `stream-${host.url}`
      const say = () =>
        shell(chat({ conversationId: id, userId: 'u', message: 'Hello', stream: true }), host.url)
      const first = await say()
      expect(first).toContain('content-type: text/event-stream')
      expect(first.match(/^event: delta$/gm)?.length).toBeGreaterThan(5)
      expect(first.match(/^event: done$/gm)).toHaveLength(1)
      await curl(
        `curl -s -X POST "$SUPABASE_URL/functions/v1/orchestrate-bedrock-models" -H "Authorization: Bearer $SUPABASE_KEY" -d '{"action":"switch","modelId":"eu.amazon.nova-lite-v1:0"}'`,
      )
      const modelOf = (answer: string) => /x-pointsman-model: (\S+)/.exec(answer)?.[1]
      expect(modelOf(await say())).toBe(novaPro)
      const fresh = () => shell(chat({ userId: 'u', message: 'Hello' }), host.url).then(modelOf)
      await expect.poll(fresh, { interval: 200 }).toBe('eu.amazon.nova-lite-v1:0')
    })

    test('record what a client had that left', async () => {
      const id = `left-${host.url}`
      const leave = new AbortController()
      // Else a host that is late would have all of the answer before its client leaves.
      simulator.script({ effect: { stallAfterChunks: 3 } })
      onTestFinished(() => simulator.clear())
      const response = await fetch(`${host.url}/functions/v1/bedrock-ai-chat`, {
        method: 'POST',
        headers: { authorization: `Bearer ${serviceRoleKey}` },
        body: JSON.stringify({ conversationId: id, userId: 'u', message: 'Hello', stream: true }),
        signal: leave.signal,
      })
      await response.body?.getReader().read()
      leave.abort()
      const outcomes = async () =>
        (
          await owner.query<{ outcome: string }>(
            'SELECT outcome FROM pointsman.usage_records WHERE conversation_id = $1',
            [id],
          )
        ).rows.map(({ outcome }) => outcome)
      await expect.poll(outcomes, { interval: 100 }).toEqual(['partial'])
    })

    test('let pages ask, say who may not, and write no key anywhere', async () => {
      const preflight = await fetch(`${host.url}/functions/v1/bedrock-ai-chat`, { method: 'OPTIONS' })
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
      const refused = await fetch(`${host.url}/functions/v1/manage-bedrock-models`, {
        method: 'POST',
        body: '{}',
      })
      expect(refused.status).toBe(401)
      expect(host.output()).not.toContain(serviceRoleKey)
      expect(host.output()).not.toContain('ABSK')
    })
  })
})
