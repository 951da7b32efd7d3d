import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'

import { createDatabase } from './postgres-for-tests.ts'

const database = await createDatabase()
afterAll(() => database?.drop())

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

test('code under test never sees DATABASE_URL', () => {
  expect(process.env['DATABASE_URL']).toBeUndefined()
})

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(database !== null)('PostgreSQL for tests', () => {
  const url = database?.url ?? ''

  test('each database is empty, its own, and of a version that the registry supports', async () => {
    const other = await createDatabase()
    await query(url, 'create table here (id int)')
    const found = `select count(*)::int as count from pg_tables where tablename = 'here'`
    expect(await query(url, found)).toEqual([{ count: 1 }])
    expect(await query(other?.url ?? '', found)).toEqual([{ count: 0 }])
    expect(await query(url, `select current_setting('server_version_num')::int >= 150000 as ok`)).toEqual([
      { ok: true },
    ])
    await other?.drop()
    await expect(query(other?.url ?? '', 'select 1')).rejects.toThrow('does not exist')
  })

  test('dropping a database does not wait for those who still use it', async () => {
    const other = await createDatabase()
    const client = new pg.Client({ connectionString: other?.url })
    await client.connect()
    // pg tells of the loss twice: the server's word, then the closed socket.
    const lost = new Promise<Error>((resolve) => client.on('error', resolve))
    await other?.drop()
    expect((await lost).message).toContain('terminating connection')
  })

  test('a killed process takes its server and its folder with it', async () => {
    const script = `import { startPostgres } from './tools/postgres-for-tests.ts'
      const server = await startPostgres()
      console.log(server.url)
      setInterval(() => {}, 1000)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(owner.stdout.setEncoding('utf8'), 'data')) as [string]
    const started = line.trim()
    const rows = (await query(started, 'show unix_socket_directories')) as [
      { unix_socket_directories: string },
    ]
    const folder = rows[0].unix_socket_directories
    expect(existsSync(folder)).toBe(true)
    owner.kill('SIGKILL')
    for (let waited = 0; existsSync(folder) && waited < 200; waited += 1) await sleep(50)
    expect(existsSync(folder)).toBe(false)
    await expect(query(started, 'select 1')).rejects.toThrow('ECONNREFUSED')
  })
})
