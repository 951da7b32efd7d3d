import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PointsmanError } from '@pointsman/contract'
import type { Database } from '@pointsman/registry'
import { keptKey } from '../../serve/data-folder.ts'
import { hostKeysFrom, type HostKeys } from '../../serve/host-keys.ts'
import type { Settings } from '../../settings.ts'

/** A backup reads a whole table by one statement, a restore builds its indexes by one. */
const longMs = 600_000

const databaseFolder = ({ dataDir }: Settings): string => join(dataDir, 'database')

/** Whether an embedded database was ever made in the data folder. */
export const hasEmbedded = (settings: Settings): boolean =>
  existsSync(join(databaseFolder(settings), 'files'))

export interface OpenedStores {
  readonly database: Database
  close(): Promise<void>
}

/**
 * The database of these settings, for a command that runs while no server of this folder does. Throws `refused` naming
 * the process that has the folder open.
 */
export async function openStores(settings: Settings): Promise<OpenedStores> {
  if (settings.databaseUrl !== null) {
    const { openServer } = await import('@pointsman/registry/server')
    const database = await openServer({
      url: settings.databaseUrl,
      connections: 2,
      statementTimeoutMs: longMs,
    })
    return { database, close: () => database.close() }
  }
  const { lockFolder, openEmbedded } = await import('@pointsman/registry/embedded')
  const lock = await lockFolder(settings.dataDir)
  try {
    const database = await openEmbedded({ dataDir: databaseFolder(settings), watchdogMs: longMs })
    const close = async (): Promise<void> => {
      await database.close()
      await lock.release()
    }
    return { database, close }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Takes away the embedded database that a restore began with, where there was none before. */
export const removeEmbedded = (settings: Settings): Promise<void> =>
  rm(databaseFolder(settings), { recursive: true, force: true })

/** The keys of the master key that is there; none is made. */
export async function presentKeys(settings: Settings): Promise<HostKeys> {
  const masterKey = settings.masterKey ?? (await keptKey(settings.dataDir, 'master.key'))
  if (masterKey !== null) return hostKeysFrom(masterKey)
  throw new PointsmanError(
    'refused',
    `There is no master key: POINTSMAN_MASTER_KEY is not set, and ${settings.dataDir} has no file master.key. Set it to the key that the database was first used with, or copy that folder's master.key here.`,
  )
}
