import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, serverVariable, type TestDatabase } from '../../../../tools/postgres-for-tests.ts'
import type { Database } from '../database.ts'
import { migrate } from '../migrate.ts'
import { testActor } from '../testing/sample-registry.ts'
import { openServer, type ServerEvent } from './open-server.ts'
import { matching } from '../testing/matching.ts'

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(process.env[serverVariable])('the server driver', () => {
  let made: TestDatabase | null = null
  let database: Database
  const events: ServerEvent[] = []
  const url = (): string => made?.url ?? ''

  beforeAll(async () => {
    made = await createDatabase()
    database = await openServer({ url: url(), connections: 3, onEvent: (event) => void events.push(event) })
    await migrate(database)
  })
  afterAll(async () => {
    await database.close()
    await made?.drop()
  })

  test('an edit waits at most the lock timeout for another one, and says so', async () => {
    const other = await openServer({ url: url() })
    await other.transaction({ purpose: 'registry', actor: testActor }, async () => {
      await expect(
        database.transaction({ purpose: 'registry', actor: testActor, lockTimeoutMs: 100 }, () =>
          Promise.resolve(),
        ),
      ).rejects.toMatchObject({ code: 'registry_unavailable', message: matching(/lock/) })
      // Reading, pins and usage do not wait for an edit.
      expect((await database.query('SELECT count(*) AS count FROM bedrock_models')).rows).toEqual([
        { count: 0 },
      ])
      await database.transaction({ purpose: 'plain', lockTimeoutMs: 100 }, (transaction) =>
        transaction.query('SELECT 1'),
      )
    })
    await other.close()
  })

  test('a statement that takes too long is given up, and the connection serves on', async () => {
    await expect(
      database.transaction({ purpose: 'plain', statementTimeoutMs: 50 }, (transaction) =>
        transaction.query('SELECT pg_sleep(5)'),
      ),
    ).rejects.toMatchObject({ code: 'registry_unavailable', message: matching(/too long/) })
    expect((await database.query(`SELECT current_setting('statement_timeout') AS limit`)).rows).toEqual([
      { limit: '30s' },
    ])
  })

  test('a statement that may take longer than others is waited for', async () => {
    const quick = await openServer({ url: url(), connections: 1, statementTimeoutMs: 400 })
    const slept = quick.transaction({ purpose: 'plain', statementTimeoutMs: 20_000 }, (transaction) =>
      transaction.query("SELECT 'slept' AS done FROM pg_sleep(5.5)"),
    )
    expect((await slept).rows).toEqual([{ done: 'slept' }])
    expect(quick.state()).toEqual({ state: 'ready' })
    await quick.close()
  })

  test('settings and roles end with their transaction', async () => {
    await database.transaction({ purpose: 'registry', actor: testActor }, () => Promise.resolve())
    const { rows } = await database.query(
      `SELECT coalesce(current_setting('pointsman.actor', true), '') AS actor, current_setting('role') AS role`,
    )
    expect(rows).toEqual([{ actor: '', role: 'none' }])
  })

  test('what a role or a database sets for its sessions changes nothing that is read or written', async () => {
    const odd = await createDatabase()
    const set = await openServer({ url: odd?.url ?? '' })
    const name = new URL(odd?.url ?? '').pathname.slice(1)
    for (const setting of [
      "datestyle = 'SQL, DMY'",
      "timezone = 'Asia/Kolkata'",
      "intervalstyle = 'sql_standard'",
      "search_path = 'nowhere'",
      "default_transaction_isolation = 'serializable'",
      'standard_conforming_strings = off',
    ])
      await set.query(`ALTER DATABASE ${name} SET ${setting}`)
    await set.close()
    const other = await openServer({ url: odd?.url ?? '', connections: 1 })
    await migrate(other)
    const look = `SELECT '2026-11-27T22:04:00Z'::timestamptz AS instant, ('2026-11-27T22:04:00Z'::timestamptz)::text AS told,
      interval '36 hours'::text AS span, current_setting('transaction_isolation') AS isolation,
      (SELECT count(*) FROM bedrock_models) AS models, '\\' AS backslash, current_setting('jit') AS jit`
    const expected = {
      instant: new Date('2026-11-27T22:04:00Z'),
      told: '2026-11-27 22:04:00+00',
      span: '36:00:00',
      isolation: 'read committed',
      models: 0,
      backslash: '\\',
      jit: 'off',
    }
    expect((await other.query(look)).rows).toEqual([expected])
    // The same connection once more, after an operator's statements were cleaned away.
    await other.transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
      transaction.query("SELECT set_config('datestyle', 'German', false)"),
    )
    expect((await other.query(look)).rows).toEqual([expected])
    await other.close()
    await odd?.drop()
  })

  test('a database in another encoding than UTF8 is refused before anything is written, with the way out', async () => {
    const latin = `${new URL(url()).pathname.slice(1)}_latin`
    await database.query(`CREATE DATABASE ${latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`)
    const address = new URL(url())
    address.pathname = `/${latin}`
    const refused: unknown = await openServer({ url: address.href }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'refused', message: matching(/LATIN1.*ENCODING 'UTF8'/) })
    await database.query(`DROP DATABASE ${latin} WITH (FORCE)`)
    const advice = /CREATE DATABASE …(.*), and name/.exec(String(refused))?.[1] ?? ''
    await database.query(`CREATE DATABASE ${latin} ${advice}`)
    const advised = await openServer({ url: address.href })
    // Searches fold by it: the letters of every language, as the embedded database does.
    expect((await advised.query("SELECT lower('ÄRZTE') AS small")).rows).toEqual([{ small: 'ärzte' }])
    await advised.close()
    await database.query(`DROP DATABASE ${latin} WITH (FORCE)`)
  })

  test('a reading transaction refuses writes', async () => {
    await expect(
      database.transaction({ purpose: 'read' }, (transaction) =>
        transaction.query(`INSERT INTO pointsman.settings VALUES ('x', '1')`),
      ),
    ).rejects.toMatchObject({ facts: { code: '25006' } })
  })

  test('after its connections were cut it connects anew, listens again and says that notices may be missing', async () => {
    const heard: (string | null)[] = []
    const stop = await database.listen('pointsman_revision', (payload) => heard.push(payload))
    await database.query(`SELECT pg_notify('pointsman_revision', '1.1')`)
    await expect.poll(() => heard.length).toBeGreaterThanOrEqual(1)
    const other = await openServer({ url: url() })
    await other.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    await expect.poll(() => heard.length).toBeGreaterThanOrEqual(2)
    await other.query(`SELECT pg_notify('pointsman_revision', '1.2')`)
    await expect.poll(() => heard.length).toBeGreaterThanOrEqual(3)
    expect(heard).toEqual(['1.1', null, '1.2'])
    expect(events.map(({ event }) => event)).toContain('listener-lost')
    expect(events.map(({ event }) => event)).toContain('listener-back')
    // However many were cut.
    const lost = events.filter(({ event }) => event === 'connection-failed' || event === 'listener-lost')
    const back = events.filter(({ event }) => event === 'connection-back')
    expect(lost.length - back.length).toBeLessThanOrEqual(1)
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(database.state()).toEqual({ state: 'ready' })
    await stop()
    await other.close()
  })

  test('a server that freezes while its listener connects anew keeps nobody waiting', async () => {
    const { freezing, freeze, stop } = await proxyOf(url())
    const other = await openServer({ url: freezing, connections: 1, connectTimeoutMs: 3_000 })
    await other.query('SELECT 1')
    await other.listen('pointsman_revision', () => undefined)
    freeze()
    const startedMs = performance.now()
    await expect(other.query('SELECT 1')).rejects.toMatchObject({ code: 'registry_unavailable' })
    // It would be half a minute, the limit of a statement.
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    stop()
    await other.close()
  })

  test('a connection that breaks between two statements of a transaction ends that one, and nothing else', async () => {
    const other = await openServer({ url: url(), connections: 1 })
    const broken = database.transaction({ purpose: 'plain' }, async (transaction) => {
      const { rows } = await transaction.query('SELECT pg_backend_pid() AS pid')
      await other.query('SELECT pg_terminate_backend($1)', [Number(rows[0]?.['pid'])])
      // Nobody asks anything when the connection ends: an error that nobody heard would end the process.
      await sleep(100)
      await transaction.query('SELECT 1')
    })
    await expect(broken).rejects.toMatchObject({ code: 'registry_unavailable' })
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await other.close()
  })

  test('a server that takes no connection to the database is a database that is away, and it comes back', async () => {
    const name = new URL(url()).pathname.slice(1)
    const server = await openServer({ url: process.env[serverVariable] ?? '', connections: 1 })
    const mayConnect = (may: boolean) => server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${may}`)
    const other = await openServer({ url: url(), connections: 1 })
    await mayConnect(false)
    try {
      await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
      // The connection that it had ends a little later.
      const refusal = (): Promise<unknown> => other.query('SELECT 1').catch((thrown: unknown) => thrown)
      await expect.poll(refusal).toMatchObject({
        code: 'registry_unavailable',
        message: matching(/^The database refuses the connection: /),
      })
      expect(other.state()).toMatchObject({ state: 'away' })
    } finally {
      await mayConnect(true)
    }
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await other.close()
    await server.close()
  })

  test('a channel’s name that could say more than a name is refused', async () => {
    await expect(database.listen('x; DROP TABLE y', () => undefined)).rejects.toThrow(/not a channel/)
  })

  test('a channel that cannot be listened to leaves no connection behind', async () => {
    const other = await openServer({ url: url(), connections: 1 })
    const listeners = async (): Promise<unknown> => {
      const { rows } = await other.query(
        `SELECT count(*) AS count FROM pg_stat_activity
         WHERE datname = current_database() AND query = 'LISTEN table'`,
      )
      return rows[0]?.['count']
    }
    // A word of the language, which PostgreSQL does not take as a name.
    for (let tries = 0; tries < 3; tries += 1)
      await expect(other.listen('table', () => undefined)).rejects.toThrow(/syntax error/)
    await expect.poll(listeners).toBe(0)
    await other.close()
  })

  test('values arrive as both drivers promise', async () => {
    const { rows, columns } = await database.query(
      `SELECT 1::bigint AS small, 9007199254740993::bigint AS large, 1.50::numeric AS cost, 0.1234567890123456789 AS long,
        DATE '2026-11-21' AS day, $1::text[] AS list, $2::timestamptz AS instant, $3::jsonb AS value, $4::bytea AS bytes`,
      [['a,b', 'c"d', '{}'], new Date(1_000), '{"a":[1]}', new Uint8Array([1, 2])],
    )
    expect(rows).toEqual([
      {
        small: 1,
        large: 9_007_199_254_740_993n,
        cost: 1.5,
        long: '0.1234567890123456789',
        day: '2026-11-21',
        list: ['a,b', 'c"d', '{}'],
        instant: new Date(1_000),
        value: { a: [1] },
        bytes: Buffer.from([1, 2]),
      },
    ])
    expect(columns).toEqual(['small', 'large', 'cost', 'long', 'day', 'list', 'instant', 'value', 'bytes'])
  })
})

/** Between a client and the server: after `freeze` its second connection is cut, and nothing passes on any other. */
async function proxyOf(url: string) {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  let isFrozen = false
  const proxy = createServer((client) => {
    client.on('error', () => undefined)
    sockets.push(client)
    if (isFrozen) return
    const server = connect(Number(port), hostname)
    server.on('error', () => undefined)
    sockets.push(server)
    client.pipe(server).pipe(client)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const freezing = new URL(url)
  Object.assign(freezing, { hostname: '127.0.0.1', port: String((proxy.address() as AddressInfo).port) })
  const stop = (): void => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  }
  const freeze = (): void => {
    isFrozen = true
    const [one, other] = sockets
    if (one !== undefined && other !== undefined) one.unpipe(other)
    sockets[2]?.destroy()
  }
  return { freezing: freezing.href, freeze, stop }
}

test('where nobody answers, the message says so and names no password', async () => {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await new Promise((resolve) => probe.close(resolve))
  const opening = openServer({ url: `postgresql://user:secret@127.0.0.1:${port}/none` })
  await expect(opening).rejects.toMatchObject({
    code: 'registry_unavailable',
    message: matching(/^(?!.*secret).*does not answer/),
  })
})
