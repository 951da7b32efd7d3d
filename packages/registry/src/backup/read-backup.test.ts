import { expect, test } from 'vitest'
import { readMigrations } from '../migrate.ts'
import { writeSetting } from '../settings.ts'
import { matching } from '../testing/matching.ts'
import { openMigrated } from '../testing/migrated.ts'
import { readBackup } from './read-backup.ts'

test('a database that a newer program has migrated is not read: no version could restore it', async () => {
  const database = await openMigrated()
  const known = (await readMigrations()).map(({ version }) => version)
  const read = () => readBackup(database, known, async ({ facts }) => facts.schemaVersion)
  expect(await read()).toBe(known.at(-1))
  await writeSetting(database, 'schema-version', '29990101000000')
  await expect(read()).rejects.toMatchObject({
    code: 'refused',
    message: matching(/29990101000000.*newer.*Make the backup with the version that migrated it/),
  })
  await database.close()
})
