import { readCatalogue, seedCatalogue, type CatalogueFile } from '@pointsman/control'
import { lockHolder, migrate, type Database } from '@pointsman/registry'
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import models from '../../../../catalogue/models.json' with { type: 'json' }
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import routes from '../../../../catalogue/routes.json' with { type: 'json' }
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import type { Closers } from './closers.ts'
import { nodeDigests } from './digests.ts'
import { checkMasterKey } from './check-master-key.ts'
import type { HostKeys } from './host-keys.ts'
import type { Log } from './log.ts'
import { openDatabase } from './open-database.ts'

/** What this release ships, read anew each time: nobody keeps half a megabyte for the day of a sync. */
export const shippedCatalogue = (): CatalogueFile => readCatalogue(models, routes)

/** The database, migrated, known to be ours, and with a catalogue in it. Closed by the closers, whatever becomes of it. */
export async function openRegistry(
  settings: Settings,
  log: Log,
  given: { readonly keys: HostKeys; readonly closers: Closers },
): Promise<Database> {
  const database = await openDatabase(settings, log)
  given.closers.add('database', () => database.close())
  await migrate(database, {
    onApplied: (version, name) => log('info', 'migrated', { version, name }),
    onWaiting: (version, name) =>
      log('warn', 'migration_waits', {
        ...{ version, name },
        problem: `Another session holds a lock that it needs; it is tried again. ${lockHolder}`,
      }),
  })
  await checkMasterKey(database, given.keys)
  const parts = { digests: nodeDigests, nowMs: systemClock.nowMs, region: settings.region }
  const seeded = await seedCatalogue(database, shippedCatalogue, parts)
  if (seeded !== null) log('info', 'catalogue_seeded', { revision: seeded.number })
  return database
}
