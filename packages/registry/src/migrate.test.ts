import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import { defaultWorkspace } from '@pointsman/contract'
import { expect, onTestFinished, test } from 'vitest'
import { erasePerson } from './erasures.ts'
import { migrate } from './migrate.ts'
import { openServer } from './server/index.ts'
import { chainLinks, verifyChain } from './switch-chain.ts'
import { listSwitches } from './switches.ts'
import { edit, fillRegistry, novaLite } from './testing/sample-registry.ts'
import { readSetting, writeSetting } from './settings.ts'
import { onBothDatabases, openForTest } from './testing/databases.ts'
import { createDatabase, serverVariable } from '../../../tools/postgres-for-tests.ts'
import { matching } from './testing/matching.ts'

const migrations = new URL('../../../supabase/migrations/', import.meta.url)
const files = (await readdir(migrations)).sort()

/** A folder of a test's own migrations, for as long as the test lasts. */
async function migrationsFolder(): Promise<{
  readonly directory: URL
  readonly put: (name: string, sql: string) => Promise<void>
}> {
  const folder = await mkdtemp(`${tmpdir()}/pointsman-migrations-`)
  onTestFinished(() => rm(folder, { recursive: true }))
  const directory = pathToFileURL(`${folder}/`)
  return { directory, put: (name, sql) => writeFile(new URL(name, directory), sql) }
}

test('are named as Supabase names them, with the seeds’ among them', () => {
  for (const file of files) expect(file).toMatch(/^\d{14}_[a-z_]+\.sql$/)
  expect(files.some((file) => file.startsWith('20260115160000_'))).toBe(true)
  // Of two with one version only the first would run.
  expect(new Set(files.map((file) => file.slice(0, 14))).size).toBe(files.length)
})

onBothDatabases('migrations', (registry) => {
  test('are recorded where Supabase records them, and run once', async () => {
    const database = registry.database()
    const { rows } = await database.query(
      'SELECT version, name, array_length(statements, 1) AS statements FROM supabase_migrations.schema_migrations ORDER BY version',
    )
    expect(rows.map((row) => `${String(row['version'])}_${String(row['name'])}.sql`)).toEqual(files)
    expect(rows.every((row) => row['statements'] === 1)).toBe(true)
    expect((await migrate(database)).applied).toEqual([])
  })

  test('the newest one names itself, so that an older program sees it', async () => {
    const newest = files.at(-1)?.slice(0, 14)
    expect(await readSetting(registry.database(), 'schema-version')).toBe(newest)
  })

  test('an operator’s own migrations do not disturb, a newer program’s are refused', async () => {
    const database = registry.database()
    await database.query(
      `INSERT INTO supabase_migrations.schema_migrations (version, name) VALUES ('20260101000000', 'own')`,
    )
    await migrate(database)
    const version = (await readSetting(database, 'schema-version')) ?? ''
    await writeSetting(database, 'schema-version', '29990101000000')
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'refused',
      message: matching(/29990101000000.*newer/),
    })
    await writeSetting(database, 'schema-version', version)
  })
})

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
test.runIf(process.env[serverVariable])('starters that race run each migration once', async () => {
  const made = await createDatabase()
  const starters = await Promise.all(
    [1, 2, 3].map(() => openServer({ url: made?.url ?? '', connections: 2 })),
  )
  const reports = await Promise.all(starters.map((database) => migrate(database)))
  expect(reports.flatMap((report) => report.applied).sort()).toEqual(files.map((file) => file.slice(0, 14)))
  await Promise.all(starters.map((database) => database.close()))
  await made?.drop()
})

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
test.runIf(process.env[serverVariable])(
  'run for an owner who is no superuser, and so do the roles',
  async () => {
    const made = await createDatabase()
    const name = `pointsman_owner_${process.pid}_${Date.now()}`
    const admin = await openServer({ url: made?.url ?? '' })
    await admin.query(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD 'x'`)
    const { rows } = await admin.query('SELECT current_database() AS name')
    await admin.query(`ALTER DATABASE ${String(rows[0]?.['name'])} OWNER TO ${name}`)
    await admin.query(`ALTER SCHEMA public OWNER TO ${name}`)
    const url = new URL(made?.url ?? '')
    url.username = name
    url.password = 'x'
    const owner = await openServer({ url: url.href })
    await migrate(owner)
    await fillRegistry(owner)
    await edit(owner, `UPDATE bedrock_models SET is_default = true WHERE model_id = '${novaLite}'`)
    const reader = { purpose: 'sql', role: 'authenticated', claims: { sub: 'ada' } } as const
    const seen = await owner.transaction(reader, (transaction) =>
      transaction.query('SELECT FROM bedrock_models'),
    )
    expect(seen.rowCount).toBe(6)
    expect(
      (await listSwitches(owner, { limit: 5, cursor: null })).data.map(({ record }) => record.to),
    ).toEqual([novaLite])
    await owner.close()
    await admin.query(`REASSIGN OWNED BY ${name} TO CURRENT_USER`)
    await admin.query(`DROP OWNED BY ${name}`)
    await admin.query(`DROP ROLE ${name}`)
    await admin.close()
    await made?.drop()
  },
)

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
test.runIf(process.env[serverVariable])(
  'one that waits for a lock lets edits through, says so, and names itself where it gives up',
  async () => {
    const { database, close } = await openForTest('server')
    const { directory, put } = await migrationsFolder()
    const options = { directory }
    await put('20260101000000_first.sql', 'CREATE TABLE one (id int);')
    await migrate(database, options)
    await put('20260101000001_second.sql', 'ALTER TABLE one ADD COLUMN more int;')
    const waiting = Promise.withResolvers<readonly string[]>()
    const migrating = await database.transaction({ purpose: 'plain' }, async (dump) => {
      await dump.query('LOCK TABLE one IN ACCESS SHARE MODE')
      await expect(migrate(database, { ...options, lockWaitMs: 0 })).rejects.toMatchObject({
        code: 'registry_unavailable',
        message: matching(/20260101000001_second.*another session.*pg_stat_activity/),
      })
      const onWaiting = (...told: readonly string[]): void => waiting.resolve(told)
      const end = migrate(database, { ...options, onWaiting })
      expect(await waiting.promise).toEqual(['20260101000001', 'second'])
      for (const id of [1, 2, 3])
        await database.transaction({ purpose: 'plain' }, (edits) =>
          edits.query('INSERT INTO one VALUES ($1)', [id]),
        )
      return { end }
    })
    expect((await migrating.end).applied).toEqual(['20260101000001'])
    await close()
  },
)

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
test.runIf(process.env[serverVariable])(
  'one that another starter runs is waited for in silence: nobody is told to end it',
  async () => {
    const { database, close } = await openForTest('server')
    const { directory, put } = await migrationsFolder()
    await put('20260101000000_long.sql', 'SELECT pg_sleep(2.5);')
    const told: string[] = []
    const starters = [1, 2].map(() =>
      migrate(database, {
        directory,
        onWaiting: (version) => void told.push(version),
      }),
    )
    const reports = await Promise.all(starters)
    expect(reports.flatMap(({ applied }) => applied)).toEqual(['20260101000000'])
    expect(told).toEqual([])
    await close()
  },
)

test('one that fails leaves nothing of itself, and says which statement', async () => {
  const { database, close } = await openForTest('embedded')
  const { directory, put } = await migrationsFolder()
  await put('20260101000000_first.sql', 'CREATE TABLE one (id int);')
  await put('20260101000001_second.sql', 'CREATE TABLE two (id int); SELECT broken;')
  const options = { directory }
  await expect(migrate(database, options)).rejects.toThrow(/broken/)
  const { rows } = await database.query(
    `SELECT to_regclass('one') IS NOT NULL AS one, to_regclass('two') IS NULL AS no_two`,
  )
  expect(rows).toEqual([{ one: true, no_two: true }])
  await put('20260101000001_second.sql', 'CREATE TABLE two (id int);')
  expect((await migrate(database, options)).applied).toEqual(['20260101000001'])
  await close()
})

test('erasures of before they were chained are links of the chain now', async () => {
  const { database, close } = await openForTest('embedded')
  const { directory } = await migrationsFolder()
  for (const file of files.filter((name) => name < '20260313100000'))
    await cp(new URL(file, migrations), new URL(file, directory))
  await migrate(database, { directory })
  const actor = { kind: 'service', id: 'service' } as const
  await database.transaction({ purpose: 'registry', actor }, (transaction) =>
    transaction.query(`SELECT pointsman.record_switch('{"actor":{"kind":"user","id":"ada"},"action":"manual_switch",
      "type":"manual","scope":{"kind":"user","workspace":"default","id":"ada"},"reason":"Ada asked"}')`),
  )
  const { seal } = await database.transaction({ purpose: 'plain' }, (transaction) =>
    erasePerson(transaction, { workspace: defaultWorkspace, person: 'ada', actor }),
  )
  expect((await migrate(database)).applied).toContain('20260313100000')
  expect(await verifyChain(database)).toMatchObject({ valid: true, count: 2 })
  const [link] = await chainLinks(database, { after: 1, limit: 1 })
  expect(JSON.parse(link?.canonicalText ?? '')).toMatchObject({ kind: 'erasure', seal, actor })
  await close()
})
