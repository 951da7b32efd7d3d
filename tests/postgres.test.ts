import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase } from '../tools/postgres-for-tests.ts'
import { api, eventually, removeFolder, startServer, type RunningServer } from './server.ts'

/** The same program on a PostgreSQL server, where operators reach the registry by SQL. Where this machine has none, .ci/run brings one. */
const database = await createDatabase()

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(database !== null)('on a PostgreSQL server', () => {
  const environment = {
    DATABASE_URL: database?.url ?? '',
    POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
  }
  let server: RunningServer
  let client: pg.Client
  beforeAll(async () => {
    server = await startServer({ environment })
    client = new pg.Client({ connectionString: database?.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
    await database?.drop()
  })

  const serving = async (model: string): Promise<string | null> => {
    const answer = await api(server, '/v1/chat/completions', {
      body: { model, messages: [{ role: 'user', content: 'Hello' }] },
    })
    expect(answer.status).toBe(200)
    return answer.headers.get('x-pointsman-model')
  }
  const sql = async (text: string): Promise<Record<string, unknown>[]> =>
    (await client.query<Record<string, unknown>>(text)).rows

  test("the documents' UPDATE is live within a second, recorded with the role that made it, and reverted like any switch", async () => {
    expect(await serving('use-case/clinical')).toBe('eu.anthropic.claude-sonnet-5-5')
    await sql(`UPDATE ai_assistants
SET model_version = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
WHERE assistant_type = 'clinical';`)
    const found = await eventually(
      () => serving('use-case/clinical'),
      (model) => model === 'anthropic.claude-3-5-sonnet-20241022-v2:0',
    )
    expect(found).toBe('anthropic.claude-3-5-sonnet-20241022-v2:0')
    const { body } = await api<{ data: { id: string; actor: unknown; toId: string; state: string }[] }>(
      server,
      '/api/v1/switches?limit=1',
    )
    expect(body.data[0]).toMatchObject({
      actor: { kind: 'database-role' },
      toId: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
    })
    await api(server, `/api/v1/switches/${body.data[0]?.id ?? ''}/revert`, { body: { reason: 'back' } })
    expect(await serving('use-case/clinical')).toBe('eu.anthropic.claude-sonnet-5-5')
    expect(await api(server, '/api/v1/switches/verify')).toMatchObject({ body: { valid: true } })
  })

  test('the two UPDATEs of the second document move the default, one statement a transaction', async () => {
    await sql(`UPDATE bedrock_models
SET is_available = FALSE, is_default = FALSE
WHERE model_id = 'eu.amazon.nova-pro-v1:0';`)
    await sql(`UPDATE bedrock_models
SET is_available = TRUE, is_default = TRUE
WHERE model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0';`)
    const found = await eventually(
      () => serving('default'),
      (model) => model === 'anthropic.claude-3-5-sonnet-20241022-v2:0',
    )
    expect(found).toBe('anthropic.claude-3-5-sonnet-20241022-v2:0')
    const rows = await sql(
      'SELECT model_id, model_name, is_default FROM bedrock_models WHERE is_available = TRUE AND is_default;',
    )
    expect(rows).toEqual([
      {
        model_id: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
        model_name: 'Claude 3.5 Sonnet',
        is_default: true,
      },
    ])
  })

  test('answers stand in ai_messages, with cost, and everything is there after kill -9', async () => {
    const count = async (): Promise<number> =>
      Number((await sql('SELECT COUNT(*) AS n FROM ai_messages WHERE cost_usd > 0'))[0]?.['n'])
    expect(await eventually(count, (n) => n >= 3)).toBeGreaterThanOrEqual(3)
    const before = await sql(
      'SELECT new_model_id, reason, switch_type FROM bedrock_model_switches ORDER BY timestamp DESC LIMIT 20',
    )
    await server.kill('SIGKILL')
    server = await startServer({ environment, dataDir: server.dataDir })
    expect(await serving('default')).toBe('anthropic.claude-3-5-sonnet-20241022-v2:0')
    expect(
      await sql(
        'SELECT new_model_id, reason, switch_type FROM bedrock_model_switches ORDER BY timestamp DESC LIMIT 20',
      ),
    ).toEqual(before)
  })
})
