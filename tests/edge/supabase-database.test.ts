import { migrate, readMigrations } from '@pointsman/registry'
import { openServer } from '@pointsman/registry/server'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { SignJWT } from 'jose'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { createEdge, type Edge } from '../../packages/pointsman/src/edge/index.ts'
import { startOwnPostgres, type OwnPostgres } from '../../tools/own-postgres.ts'
import { serverVariable } from '../../tools/postgres-for-tests.ts'
import { api, eventually, pendingAtLast, removeFolder, startServer, type RunningServer } from '../server.ts'
import { supabaseShape } from './supabase-shape.ts'

const ada = '11111111-1111-4111-8111-111111111111'
const bob = '22222222-2222-4222-8222-222222222222'
const novaLite = 'eu.amazon.nova-lite-v1:0'
const masterKey = 'a master key for tests of 32 chars'
const serviceRoleKey = 'the service role key of tests'
const jwtSecret = 'a secret of users’ tokens for tests'

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(process.env[serverVariable])('a database shaped like Supabase', () => {
  let postgres: OwnPostgres
  let databaseUrl = ''
  let owner: pg.Client
  let simulator: Simulator
  let edge: Edge
  const log: string[] = []
  beforeAll(async () => {
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
      latency: { firstTokenMs: 1, perTokenMs: 0 },
    })
    edge = createEdge({
      schemaVersion: (await readMigrations()).at(-1)?.version ?? '',
      write: (line) => void log.push(line),
      environment: {
        SUPABASE_DB_URL: databaseUrl,
        SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
        POINTSMAN_MASTER_KEY: masterKey,
        POINTSMAN_JWT_SECRET: jwtSecret,
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
        AWS_BEARER_TOKEN_BEDROCK: 'ABSKsimulated',
      },
    })
    for (const user of [ada, bob]) {
      const key = await tokenOf(user)
      expect(await ask('chat', { conversationId: `of ${user}`, message: 'Hello' }, key)).toMatchObject({
        success: true,
      })
      const own = { action: 'switch', modelId: novaLite, conversationId: `of ${user}`, reason: 'Mine' }
      expect(await ask('orchestrate', own, key)).toMatchObject({ success: true })
    }
  }, 120_000)
  afterAll(async () => {
    await edge.close()
    await owner.end()
    await simulator.close()
    await postgres.end()
  })

  const tokenOf = (user: string): Promise<string> =>
    new SignJWT({ role: 'authenticated', sub: user })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(jwtSecret))

  async function ask(name: 'orchestrate' | 'chat', body: object, key = serviceRoleKey): Promise<object> {
    const path = { orchestrate: 'orchestrate-bedrock-models', chat: 'bedrock-ai-chat' }[name]
    const response = await edge[name](
      new Request(`https://edge.example/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      }),
    )
    return (await response.json()) as object
  }

  /** As PostgREST asks for somebody. */
  async function as(role: string, user: string | null, sql: string): Promise<Record<string, unknown>[]> {
    await owner.query('BEGIN')
    try {
      const claims = user === null ? '' : JSON.stringify({ role, sub: user })
      await owner.query("SELECT set_config('request.jwt.claims', $1, true), set_config('role', $2, true)", [
        claims,
        role,
      ])
      const { rows } = await owner.query<Record<string, unknown>>(sql)
      await owner.query('COMMIT')
      return rows
    } catch (error) {
      await owner.query('ROLLBACK')
      throw error
    }
  }

  test('takes the migrations by an owner who is no superuser, and leaves its roles as they were', async () => {
    const { rows } = await owner.query<{ rolname: string; bypasses: boolean }>(
      "SELECT rolname, rolbypassrls AS bypasses FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role') ORDER BY 1",
    )
    expect(rows.map(({ rolname, bypasses }) => [rolname, bypasses])).toEqual([
      ['anon', false],
      ['authenticated', false],
      ['service_role', true],
    ])
  })

  const ownTables = ['ai_conversations', 'ai_messages', 'bedrock_model_switches'] as const
  test.each(ownTables)(
    'a signed-in user reads only their own of %s, by the id that auth.uid() names',
    async (table) => {
      for (const user of [ada, bob]) {
        const rows = await as('authenticated', user, `SELECT user_id, auth.uid()::text AS me FROM ${table}`)
        expect(rows.length, table).toBeGreaterThan(0)
        for (const row of rows) expect([row['user_id'], row['me']]).toEqual([user, user])
      }
      expect(
        await as('authenticated', '33333333-3333-4333-8333-333333333333', `SELECT FROM ${table}`),
      ).toEqual([])
      const all = await as(
        'service_role',
        null,
        `SELECT DISTINCT user_id FROM ${table} WHERE user_id IS NOT NULL`,
      )
      expect(all.map((row) => row['user_id']).sort()).toEqual([ada, bob])
      await expect(as('anon', null, `SELECT FROM ${table}`)).rejects.toThrow('permission denied')
    },
  )

  test('nobody but the service changes anything, and no secret can be read, whatever a project grants by default', async () => {
    const moves = `UPDATE ai_assistants SET model_version = '${novaLite}' WHERE assistant_type = 'clinical'`
    for (const role of ['authenticated', 'anon']) {
      for (const sql of [
        moves,
        'UPDATE bedrock_models SET is_available = false',
        'DELETE FROM ai_conversations',
        'INSERT INTO ai_messages (conversation_id) VALUES (1)',
        'SELECT FROM pointsman.keys',
        'SELECT FROM pointsman.provider_keys',
        'SELECT FROM pointsman.settings',
      ])
        await expect(as(role, ada, sql), `${role}: ${sql}`).rejects.toThrow(
          /permission denied|cannot (?:delete from|insert into) view/,
        )
    }
    await as('service_role', null, moves)
    const [last] = await as(
      'service_role',
      null,
      'SELECT new_model_id, switch_action FROM bedrock_model_switches ORDER BY timestamp DESC LIMIT 1',
    )
    expect(last).toMatchObject({ new_model_id: novaLite, switch_action: 'manual_switch' })
  })

  describe('with a host beside the functions', () => {
    let host: RunningServer
    beforeAll(async () => {
      host = await startServer({
        command: 'serve',
        environment: {
          DATABASE_URL: databaseUrl,
          POINTSMAN_MASTER_KEY: masterKey,
          POINTSMAN_SERVICE_KEY: 'the service key of the host',
          AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
          AWS_BEARER_TOKEN_BEDROCK: 'ABSKsimulated',
        },
      })
    }, 120_000)
    afterAll(async () => {
      await host.kill('SIGTERM')
      await removeFolder(host.dataDir)
    })

    test('a switch of a function is live on it when it answers, and it waits for no function', async () => {
      const to = { action: 'switch', modelId: novaLite, reason: 'Cost' }
      expect(await ask('orchestrate', to)).toMatchObject({ success: true })
      expect(await pendingAtLast(host)).toEqual([])
      const answer = await api(host, '/v1/chat/completions', {
        body: { model: 'default', messages: [{ role: 'user', content: 'Hello' }] },
      })
      expect(answer.headers.get('x-pointsman-model')).toBe(novaLite)
    })

    test('its own switch moves the functions, and it lists them', async () => {
      await api(host, '/api/v1/switches', { body: { modelId: 'eu.amazon.nova-micro-v1:0', reason: 'Cost' } })
      expect(await pendingAtLast(host)).toEqual([])
      const chat = async () =>
        (await ask('chat', { userId: 'u', message: 'Hello' })) as { data: { model: string } }
      const answer = await eventually(chat, ({ data }) => data.model === 'eu.amazon.nova-micro-v1:0')
      expect(answer.data.model).toBe('eu.amazon.nova-micro-v1:0')
      const { body } = await api<{ data: { kind: string; title: string }[] }>(host, '/api/v1/replicas')
      expect(body.data.map(({ kind }) => kind).sort()).toEqual(['leased', 'pull'])
    })
  })
})
