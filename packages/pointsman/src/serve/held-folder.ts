import { lockFolder } from '@pointsman/registry/embedded'
import { readSettings, type Flags } from '../settings.ts'
import { prepareDataFolder } from './data-folder.ts'

/**
 * Refuses a start whose data folder another process holds, before the planes are loaded, which takes longer than all of
 * this. The start itself takes the lock for good.
 */
export async function refuseHeldFolder(environment: NodeJS.ProcessEnv, flags: Flags): Promise<void> {
  const { dataDir } = readSettings(environment, flags)
  await prepareDataFolder(dataDir)
  const lock = await lockFolder(dataDir)
  await lock.release()
}
