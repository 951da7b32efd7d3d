import { PointsmanError } from '@pointsman/contract'
import { readCatalogue, seedCatalogue } from '@pointsman/control'
import { readSchemaVersion, type Database } from '@pointsman/registry'
import { openServer } from '@pointsman/registry/server'
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import models from '../../../../catalogue/models.json' with { type: 'json' }
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import routes from '../../../../catalogue/routes.json' with { type: 'json' }
import { systemClock } from '../serve/clock.ts'
import type { Closers } from '../serve/closers.ts'
import { nodeDigests } from '../serve/digests.ts'
import { checkMasterKey } from '../serve/check-master-key.ts'
import type { HostKeys } from '../serve/host-keys.ts'
import type { Log } from '../serve/log.ts'
import { tellDatabase } from '../serve/tell-database.ts'
import type { EdgeSettings } from './edge-settings.ts'

/** Many such processes share one server; idle ones close theirs after ten seconds. */
const connections = 3

/** How the database is reached; another one stands in where tests run without a server. */
export type OpenDatabase = (settings: EdgeSettings, log: Log) => Promise<Database>

export const openServerDatabase: OpenDatabase = (settings, log) =>
  openServer({
    url: settings.databaseUrl,
    connections,
    onEvent: tellDatabase(log),
  })

export interface EdgeRegistryParts {
  readonly settings: EdgeSettings
  readonly log: Log
  readonly keys: HostKeys
  readonly closers: Closers
  readonly schemaVersion: string
  readonly openDatabase: OpenDatabase
}

/** The database, as the migrations of this version made it, known to be ours, and with a catalogue in it. */
export async function openEdgeRegistry(parts: EdgeRegistryParts): Promise<Database> {
  const { closers, keys, log, schemaVersion, settings } = parts
  const database = await parts.openDatabase(settings, log)
  closers.add('database', () => database.close())
  // A function that was deployed before its migrations must not change what they are about to change.
  const stands = await readSchemaVersion(database)
  if (stands !== schemaVersion)
    throw new PointsmanError(
      'not_ready',
      `The database's schema is ${stands ?? 'not there'}, and this function is made for ${schemaVersion}. ${mendFor(stands, schemaVersion)}`,
    )
  await checkMasterKey(database, keys)
  const seeding = { digests: nodeDigests, nowMs: systemClock.nowMs, region: settings.region }
  const seeded = await seedCatalogue(database, () => readCatalogue(models, routes), seeding)
  if (seeded !== null) log('info', 'catalogue_seeded', { revision: seeded.number })
  return database
}

const mendFor = (stands: string | null, wanted: string): string =>
  stands === null || stands < wanted
    ? 'Apply the migrations: npx supabase db push.'
    : 'Deploy the functions of the newer version.'
