import { expect, test } from 'vitest'
import type { Database } from '../database.ts'
import { migrate, readMigrations } from '../migrate.ts'
import { openForTest } from '../testing/databases.ts'
import { fillAsBefore } from '../testing/database-of-before.ts'
import { edit, novaPro } from '../testing/sample-registry.ts'
import type { GivenTable } from './load-rows.ts'
import { loadBackup, type GivenBackup } from './load-backup.ts'
import { readBackup } from './read-backup.ts'
import type { BackupRow } from './tables.ts'

/** A backup that stands in memory. */
async function take(database: Database): Promise<GivenBackup> {
  const known = (await readMigrations()).map(({ version }) => version)
  return readBackup(database, known, async (opened) => {
    const { facts, tables } = opened
    const read: { name: string; columns: readonly string[]; rows: BackupRow[] }[] = []
    for (const table of tables) {
      const taken: BackupRow[] = []
      for await (const page of opened.rows(table)) taken.push(...page)
      read.push({ name: table.name, columns: table.columns.map(({ name }) => name), rows: taken })
    }
    async function* given(): AsyncGenerator<GivenTable> {
      for (const { name, columns, rows: taken } of read) {
        yield {
          name,
          columns,
          pages: (async function* () {
            yield taken
          })(),
        }
      }
    }
    return { ...facts, tables: given, reason: 'Restored for a test', evidence: {} }
  })
}

test.each([
  ['of before it was migrated', false],
  ['of after it was migrated', true],
])(
  'a database with rows that its constraints were never held to is restored from a backup %s',
  async (_, isMigrated) => {
    const [source, target] = [await openForTest('embedded'), await openForTest('embedded')]
    await fillAsBefore(source.database)
    if (isMigrated) await migrate(source.database)
    // As it is where the database's role is called so, in our own files for Compose and Kubernetes.
    await target.database.query('SET search_path = pointsman, public')
    await loadBackup(target.database, await take(source.database))
    const { rows } = await target.database.query(
      `SELECT provider, length(format) AS format, ends_on::text FROM bedrock_models WHERE model_id = '${novaPro}'`,
    )
    expect(rows).toEqual([{ provider: '', format: 600, ends_on: 'infinity' }])
    const always = await target.database.query(
      `SELECT count(*) AS n FROM pg_trigger WHERE tgname = 'z_check_readable' AND tgenabled = 'A'`,
    )
    expect(always.rows).toEqual([{ n: 5 }])
    // What stood there is taken; the next edit is held to the rules.
    for (const [change, message] of [
      [`tier = ''`, 'tier of model'],
      [`ends_on = '-infinity'`, 'ends_on of model'],
    ] as const) {
      await expect(
        edit(target.database, `UPDATE bedrock_models SET ${change} WHERE model_id = '${novaPro}'`),
      ).rejects.toThrow(message)
    }
    await Promise.all([source.close(), target.close()])
  },
)
