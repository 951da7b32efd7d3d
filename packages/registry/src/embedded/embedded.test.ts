import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { PointsmanError } from '@pointsman/contract'
import type { Database } from '../database.ts'
import { migrate } from '../migrate.ts'
import { verifyChain } from '../switch-chain.ts'
import { startChild, type TestChild } from '../testing/child.ts'
import { fillRegistry } from '../testing/sample-registry.ts'
import { openEmbedded, type EmbeddedEvent } from './open-embedded.ts'
import { matching } from '../testing/matching.ts'

// The machine may be busy; what a watchdog does is tested on its own below.
const watchdogMs = 60_000
const longTest = 120_000

let directory = ''
const children: TestChild[] = []
const child = (script: string): TestChild => {
  const started = startChild(script)
  children.push(started)
  return started
}

/** A folder that was made once: a new one costs seconds of initdb, its copy does not. */
let template = ''

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'pointsman-embedded-'))
  const database = await openEmbedded({ dataDir: template, watchdogMs })
  await database.close()
}, longTest)
afterAll(() => rm(template, { recursive: true, force: true }))

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pointsman-embedded-'))
  await cp(template, directory, { recursive: true })
})
afterEach(async () => {
  await Promise.all(children.splice(0).map((started) => started.kill()))
  await rm(directory, { recursive: true, force: true })
})

async function untilReady(database: Database): Promise<void> {
  expect(database.state().state).toBe('away')
  await expect.poll(() => database.state().state).toBe('ready')
}

const opened = (): string =>
  `const database = await openEmbedded({ dataDir: ${JSON.stringify(directory)}, watchdogMs: ${watchdogMs} })`

test(
  'proves its fsync, keeps its rows over a close, and holds its folder meanwhile',
  async () => {
    const events: EmbeddedEvent[] = []
    const options = {
      dataDir: directory,
      watchdogMs,
      onEvent: (event: EmbeddedEvent) => void events.push(event),
    }
    const database = await openEmbedded(options)
    expect(database).toMatchObject({ kind: 'embedded', durable: true })
    expect(database.state()).toEqual({ state: 'ready' })
    expect((await migrate(database)).applied.length).toBeGreaterThan(5)
    await fillRegistry(database)
    const refusedAt = performance.now()
    await expect(openEmbedded(options)).rejects.toMatchObject({
      code: 'refused',
      details: { data: { pid: process.pid } },
    })
    expect(performance.now() - refusedAt).toBeLessThan(10_000)
    await database.close()
    expect(database.state()).toEqual({ state: 'closed' })
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'registry_unavailable' })
    const again = await openEmbedded(options)
    expect((await migrate(again)).applied).toEqual([])
    expect((await again.query('SELECT count(*) AS count FROM bedrock_models')).rows).toEqual([{ count: 6 }])
    await again.close()
    expect(events).toEqual([])
  },
  longTest,
)

test(
  'loses no acknowledged row to kill -9, while it writes and while it opens',
  async () => {
    let acknowledged = 0
    for (const round of [1, 2, 3]) {
      const writer = child(`${opened()}
        if (${round} === 1) await migrate(database)
        await database.query('CREATE TABLE IF NOT EXISTS rows (id int PRIMARY KEY)')
        for (let id = ${round * 100_000}; ; id += 1) {
          await database.query('INSERT INTO rows VALUES ($1)', [id])
          console.log(id)
        }`)
      const count = 20 + round * 17
      for (let line = 0; line < count; line += 1) expect(await writer.line()).not.toBeNull()
      await writer.kill()
      acknowledged += count
    }
    const opening = child(opened())
    await sleep(150)
    await opening.kill()
    const database = await openEmbedded({ dataDir: directory, watchdogMs })
    const { rows } = await database.query(
      'SELECT count(*) AS count, count(DISTINCT id / 100000) AS rounds FROM rows',
    )
    expect(rows[0]?.['rounds']).toBe(3)
    expect(Number(rows[0]?.['count'])).toBeGreaterThanOrEqual(acknowledged)
    expect(await verifyChain(database)).toMatchObject({ valid: true })
    await database.close()
  },
  longTest,
)

test(
  'refuses a second process by the first one’s pid, and opens at once after that one’s kill -9',
  async () => {
    const owner = child(`${opened()}
      console.log('open')
      setInterval(() => {}, 1000)`)
    expect(await owner.line()).toBe('open')
    await expect(openEmbedded({ dataDir: directory })).rejects.toMatchObject({
      code: 'refused',
      message: matching(new RegExp(`open in process ${owner.process.pid} .*DATABASE_URL`)),
    })
    await owner.kill()
    const database = await openEmbedded({ dataDir: directory, watchdogMs })
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await database.close()
  },
  longTest,
)

test('refuses a folder that another version wrote, and leaves it as it is', async () => {
  await writeFile(
    join(directory, 'format.json'),
    '{"engine":"pglite","engineVersion":"0.4","postgresVersion":17}\n',
  )
  await expect(openEmbedded({ dataDir: directory })).rejects.toMatchObject({
    code: 'refused',
    message: matching(/0\.4.*backup/),
  })
  expect(await readFile(join(directory, 'format.json'), 'utf8')).toContain('0.4')
  await rm(join(directory, 'format.json'))
  await expect(openEmbedded({ dataDir: directory })).rejects.toMatchObject({
    message: matching(/does not say/),
  })
})

test(
  'a statement that never answers ends the worker; the next one answers, and listeners are told',
  async () => {
    const events: string[] = []
    const database = await openEmbedded({
      dataDir: directory,
      watchdogMs: 10_000,
      onEvent: ({ event }) => void events.push(event),
    })
    await database.query('CREATE TABLE kept (id int)')
    await database.query('INSERT INTO kept VALUES (1)')
    const heard: (string | null)[] = []
    await database.listen('pointsman_revision', (payload) => heard.push(payload))
    const spinning = database.transaction(
      { purpose: 'plain', statementTimeoutMs: 300 },
      async (transaction) => {
        await transaction.query('INSERT INTO kept VALUES (2)')
        await transaction
          .query('SELECT count(*) FROM generate_series(1, 1e10::bigint)')
          .catch(() => untilReady(database))
        // By now another worker is there, and knows nothing of this transaction.
        await transaction.query('INSERT INTO kept VALUES (3)')
      },
    )
    await expect(spinning).rejects.toMatchObject({ code: 'registry_unavailable' })
    expect((await database.query('SELECT id FROM kept')).rows).toEqual([{ id: 1 }])
    expect(heard).toEqual([null])
    await database.query(`SELECT pg_notify('pointsman_revision', '1.2')`)
    expect(heard).toEqual([null, '1.2'])
    expect(events).toEqual(['worker-lost', 'worker-restarted'])
    await database.close()
  },
  longTest,
)

test(
  'with the reserve touched it reads on and refuses writes',
  async () => {
    const events: EmbeddedEvent[] = []
    const onEvent = (event: EmbeddedEvent) => void events.push(event)
    const database = await openEmbedded({
      dataDir: directory,
      watchdogMs,
      reserveBytes: Number.MAX_SAFE_INTEGER,
      onEvent,
    })
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(
      await database.transaction({ purpose: 'read' }, (transaction) => transaction.query('SELECT 1')),
    ).toBeTruthy()
    await expect(database.query('CREATE TABLE more (id int)')).rejects.toMatchObject({ code: 'storage_full' })
    await expect(
      database.transaction({ purpose: 'plain' }, (transaction) => transaction.query('SELECT 1')),
    ).rejects.toBeInstanceOf(PointsmanError)
    expect(database.state()).toMatchObject({ state: 'full' })
    expect(events.map(({ event }) => event)).toEqual(['disk-full'])
    await database.close()
  },
  longTest,
)

test('in memory it is not durable and says so; transactions take turns, whole', async () => {
  const database = await openEmbedded({ dataDir: null, watchdogMs })
  expect(database.durable).toBe(false)
  await database.query('CREATE TABLE turns (id int)')
  const slow = database.transaction({ purpose: 'plain' }, async (transaction) => {
    await transaction.query('INSERT INTO turns VALUES (1)')
    await sleep(50)
    await transaction.query('INSERT INTO turns VALUES (2)')
    return 'done'
  })
  const between = database.query('SELECT count(*) AS count FROM turns')
  expect(await slow).toBe('done')
  expect((await between).rows).toEqual([{ count: 2 }])
  let kept: { query(text: string): Promise<unknown> } | undefined
  await expect(
    database.transaction({ purpose: 'plain' }, async (transaction) => {
      kept = transaction
      await transaction.query('INSERT INTO turns VALUES (3)')
      await transaction.query('SELECT broken')
    }),
  ).rejects.toMatchObject({ name: 'SqlError', facts: { code: '42703' } })
  await expect(kept?.query('SELECT 1')).rejects.toMatchObject({ code: 'internal' })
  expect((await database.query('SELECT count(*) AS count FROM turns')).rows).toEqual([{ count: 2 }])
  await database.close()
})
