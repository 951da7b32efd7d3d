import { join } from 'node:path'
import type { Database } from '@pointsman/registry'
import type { Settings } from '../settings.ts'
import type { Log } from './log.ts'
import { tellDatabase } from './tell-database.ts'

/** The embedded database in the data folder, or the server that `DATABASE_URL` names. Only the one in use is loaded. */
export async function openDatabase(settings: Settings, log: Log): Promise<Database> {
  if (settings.databaseUrl !== null) {
    const { openServer } = await import('@pointsman/registry/server')
    return openServer({ url: settings.databaseUrl, onEvent: tellDatabase(log) })
  }
  const { openEmbedded } = await import('@pointsman/registry/embedded')
  return openEmbedded({
    dataDir: join(settings.dataDir, 'database'),
    onEvent: tellDatabase(log),
  })
}
