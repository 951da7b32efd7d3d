import { resolve } from 'node:path'
import { PointsmanError } from '@pointsman/contract'
import { readSetting, type Database } from '@pointsman/registry'
import { backUp, fetchBackup, type BackupReport } from '@pointsman/upkeep'
import { systemClock } from '../../serve/clock.ts'
import type { HostKeys } from '../../serve/host-keys.ts'
import { hasEmbedded, openStores, presentKeys, type OpenedStores } from './open-stores.ts'
import type { UpkeepCall } from './upkeep-call.ts'

/** A backup of this host's database: read here where that is possible, else asked of the server that has it open. */
export async function backup(call: UpkeepCall): Promise<number> {
  const { file, output, settings } = call
  const path = resolve(file ?? `pointsman-backup-${stamp()}.jsonl.gz`)
  const { report, through } = await make(call, path)
  if (output.json) output.value({ file: path, through, ...report })
  else {
    output.line(`✅ ${path}`)
    output.fields([
      ['rows', `${report.rows.toLocaleString('en')} in ${report.tables.length} tables`],
      ['switches', `${report.head.chainHead.sequence}, head ${report.head.chainHead.hash.slice(0, 16)}…`],
      ['revision', `${report.head.epoch}.${report.head.revision?.number ?? 0}`],
      ['SHA-256', report.sha256],
    ])
    output.sentence(
      settings.masterKey === null
        ? 'It is of use only with the master key, which is not in it: keep a copy of master.key of the data folder.'
        : 'It is of use only with the master key, which is not in it.',
    )
  }
  return 0
}

const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(':', '-')

interface Made {
  readonly report: BackupReport
  readonly through: 'database' | 'server'
}

async function make(call: UpkeepCall, path: string): Promise<Made> {
  const stores = await openHere(call)
  if (stores === null) return { report: await fetchBackup(await call.server(), path), through: 'server' }
  try {
    const keys = await presentKeys(call.settings)
    await requireMasterKey(stores.database, keys)
    const report = await backUp(
      {
        database: stores.database,
        headSigner: keys.headSigner,
        environment: call.settings.environment,
        nowMs: systemClock.nowMs(),
        onTable: call.progress,
      },
      path,
    )
    return { report, through: 'database' }
  } finally {
    await stores.close()
  }
}

/** Null = a server is to be asked: it has the embedded database open, which only one process can, or is all that was named. */
async function openHere({ environment, settings }: UpkeepCall): Promise<OpenedStores | null> {
  if (settings.databaseUrl === null && !hasEmbedded(settings)) {
    if ((environment['POINTSMAN_URL'] ?? '') !== '') return null
    throw new PointsmanError(
      'refused',
      `There is no database in ${settings.dataDir}. Name the data folder with --data-dir, set DATABASE_URL, or name a running server with POINTSMAN_URL.`,
    )
  }
  try {
    return await openStores(settings)
  } catch (error) {
    if (error instanceof PointsmanError && error.details.data?.['pid'] !== undefined) return null
    throw error
  }
}

/** It would be signed by a key that no restore can check. */
async function requireMasterKey(database: Database, keys: HostKeys): Promise<void> {
  const stands = await readSetting(database, 'master-key-check')
  if (stands === null || stands === keys.fingerprint) return
  throw new PointsmanError(
    'refused',
    'This database was first used with another master key. Set POINTSMAN_MASTER_KEY to that one, or restore the file master.key.',
  )
}
