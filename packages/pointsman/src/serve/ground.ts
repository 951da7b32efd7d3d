import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFolder } from '@pointsman/registry/folder-lock'
import { PointsmanError } from '@pointsman/contract'
import type { Settings } from '../settings.ts'
import { endsWithin } from './clock.ts'
import type { Closers } from './closers.ts'
import type { ControlPlane } from './control-plane.ts'
import { prepareDataFolder } from './data-folder.ts'
import { hasLastGood } from './last-good.ts'
import { masterKeyOf, serviceKeyOf, type ServiceKey } from './host-keys.ts'
import { isRefusal } from './registry-refusal.ts'

/** What a start needs before anything is opened. */
export interface Ground {
  readonly masterKey: string
  readonly serviceKey: ServiceKey
}

/** The data folder, ours alone, and the keys that are kept in it. */
export async function takeGround(settings: Settings, closers: Closers): Promise<Ground> {
  await prepareDataFolder(settings.dataDir)
  const lock = await lockFolder(settings.dataDir)
  closers.add('data folder', () => lock.release())
  await removeUnfinished(settings.dataDir)
  return { masterKey: await masterKeyOf(settings), serviceKey: await serviceKeyOf(settings) }
}

const unfinishedBackup = /^backup-[0-9a-f-]{36}\.jsonl\.gz/

/** Backups for callers of the API that a killed server was making: nobody gets them any more. */
async function removeUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir))
    if (unfinishedBackup.test(name)) await rm(join(dataDir, name), { force: true })
}

/**
 * How long a start waits for the registry before it serves what it served last; without a last good snapshot there is
 * nothing to do but wait. A database on this disk answers or fails; one on the network may hang.
 */
const registryWaitMs = { embedded: 60_000, server: 6_000 }

/**
 * Waits for the registry's first answer. Throws what no later try can mend: another master key, a newer schema, an old
 * server. Null = it is open; else why it is not yet.
 */
export async function awaitRegistry(
  { firstTry }: Pick<ControlPlane, 'firstTry'>,
  { dataDir, databaseUrl }: Settings,
): Promise<PointsmanError | null> {
  const waitMs = registryWaitMs[databaseUrl === null ? 'embedded' : 'server']
  const mayGoWithout = await hasLastGood(dataDir)
  if (mayGoWithout && !(await endsWithin(waitMs, firstTry)))
    return new PointsmanError(
      'registry_unavailable',
      `The database did not answer within ${waitMs / 1_000} seconds.`,
    )
  const error = await firstTry
  if (error !== null && isRefusal(error)) throw error
  if (error === null || mayGoWithout || databaseUrl === null || isLocked(error)) return error
  return firstNeedsIt(error)
}

const firstNeedsIt = (error: PointsmanError): PointsmanError =>
  new PointsmanError(
    error.code,
    `A first start needs its database, and the one that DATABASE_URL names cannot be used: ${error.message.replace(/\.$/, '')}. Start it, or correct DATABASE_URL, and start this again. Later starts serve what was served last while it is away.`,
    { cause: error },
  )

/** The database is there: a migration waits in it for another session, and says what to do. */
const isLocked = ({ details }: PointsmanError): boolean => details.data?.['migration'] !== undefined
