import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { onceInRun } from '../../../../tools/once-in-run.ts'
import type { Database } from '../database.ts'
import { openEmbedded } from '../embedded/index.ts'
import { migrate } from '../migrate.ts'

/**
 * A migrated database in memory. To make one and to migrate it took 3 s of processor time; from the image of one, which a
 * run makes once, it is there in 0.7.
 */
export async function openMigrated(): Promise<Database> {
  const image = await onceInRun('migrated-database.tar', writeMigrated)
  // A loaded machine must not make the watchdog bark.
  const database = await openEmbedded({ dataDir: null, image, watchdogMs: 60_000 })
  await migrate(database)
  return database
}

async function writeMigrated(path: string): Promise<void> {
  const dataDir = join(dirname(path), 'database')
  await mkdir(dataDir)
  const database = await openEmbedded({ dataDir, watchdogMs: 60_000 })
  await migrate(database)
  await database.close()
  const files = await PGlite.create(join(dataDir, 'files'))
  const image = await files.dumpDataDir('none')
  await files.close()
  await writeFile(path, new Uint8Array(await image.arrayBuffer()))
  await rm(dataDir, { recursive: true })
}
