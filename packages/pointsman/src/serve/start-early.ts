import { loadDatabaseThread, lockFolder } from '@pointsman/registry/embedded'
import { readSettings, type Flags } from '../settings.ts'
import { prepareDataFolder } from './data-folder.ts'

/**
 * What a start does before the planes are loaded, which takes longer than all of this: has the embedded database's program
 * loaded beside them, and refuses a data folder that another process holds. The start itself takes the lock for good.
 */
export async function startEarly(environment: NodeJS.ProcessEnv, flags: Flags): Promise<void> {
  const { dataDir, databaseUrl, workers } = readSettings(environment, flags)
  // With workers the database is opened by a process of its own.
  if (databaseUrl === null && workers === 0) loadDatabaseThread()
  await prepareDataFolder(dataDir)
  const lock = await lockFolder(dataDir)
  await lock.release()
}
