import { afterAll, beforeAll, describe } from 'vitest'
import { createDatabase, serverVariable } from '../../../../tools/postgres-for-tests.ts'
import type { Database } from '../database.ts'
import { openEmbedded } from '../embedded/index.ts'
import { migrate } from '../migrate.ts'
import { openServer } from '../server/index.ts'
import { openMigrated } from './migrated.ts'
import { fillRegistry } from './sample-registry.ts'

export interface OpenedForTest {
  readonly database: Database
  /** Address of the PostgreSQL database; null when embedded. */
  readonly url: string | null
  readonly close: () => Promise<void>
}

/** One in memory, or an empty database on the run's PostgreSQL. */
export async function openForTest(kind: Database['kind']): Promise<OpenedForTest> {
  if (kind === 'embedded') {
    // A loaded machine must not make the watchdog bark.
    const database = await openEmbedded({ dataDir: null, watchdogMs: 60_000 })
    return { database, url: null, close: () => database.close() }
  }
  const made = await createDatabase()
  if (made === null) throw new Error('this run has no PostgreSQL')
  const database = await openServer({ url: made.url, connections: 4 })
  return {
    database,
    url: made.url,
    close: async () => {
      await database.close()
      await made.drop()
    },
  }
}

async function openMigratedForTest(kind: Database['kind']): Promise<OpenedForTest> {
  if (kind === 'embedded') {
    const database = await openMigrated()
    return { database, url: null, close: () => database.close() }
  }
  const opened = await openForTest(kind)
  await migrate(opened.database)
  return opened
}

export interface TestRegistry {
  readonly kind: Database['kind']
  /** Migrated, with the sample registry in it unless told otherwise. */
  database(): Database
  /** Address of the PostgreSQL database; null when embedded. */
  url(): string | null
}

/** The same tests on both databases; on PostgreSQL only where the run has one. */
export function onBothDatabases(
  name: string,
  body: (registry: TestRegistry) => void,
  options: { readonly filled?: boolean } = {},
): void {
  for (const kind of ['embedded', 'server'] as const) {
    // Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
    describe.runIf(kind === 'embedded' || process.env[serverVariable])(`${name} (${kind})`, () => {
      let opened: OpenedForTest | undefined
      beforeAll(async () => {
        opened = await openMigratedForTest(kind)
        if (options.filled !== false) await fillRegistry(opened.database)
      })
      afterAll(() => opened?.close())
      const present = (): OpenedForTest => {
        if (opened === undefined) throw new Error('the database is opened in beforeAll')
        return opened
      }
      body({ kind, database: () => present().database, url: () => present().url })
    })
  }
}
