import { resolve } from 'node:path'
import { PointsmanError } from '@pointsman/contract'
import { restore as restoreInto, type RestoreReport } from '@pointsman/upkeep'
import { prepareDataFolder } from '../../serve/data-folder.ts'
import { hasEmbedded, openStores, presentKeys, removeEmbedded, type OpenedStores } from './open-stores.ts'
import type { UpkeepCall } from './upkeep-call.ts'

/** Fills an empty database from a backup: also the way from the embedded database to PostgreSQL, and back. */
export async function restore(call: UpkeepCall): Promise<number> {
  const { file, output } = call
  if (file === undefined)
    throw new PointsmanError('invalid_request', 'Name the backup: pointsman restore FILE.')
  const { backup, loaded } = await restored(call, resolve(file))
  if (output.json) output.value({ backup, loaded })
  else {
    output.line(`✅ Restored the backup of ${backup.head.madeAt}`)
    output.fields([
      ['rows', `${backup.rows.toLocaleString('en')} in ${backup.tables.length} tables`],
      ['switches', `${loaded.chain.count}, chain verified`],
      ['now at', `${loaded.epoch}.${loaded.revision}, a new epoch`],
      ...(loaded.upgraded.length === 0 ? [] : [['upgraded by', loaded.upgraded.join(', ')] as const]),
    ])
  }
  return 0
}

async function restored({ progress, settings }: UpkeepCall, path: string): Promise<RestoreReport> {
  const keys = await presentKeys(settings)
  await prepareDataFolder(settings.dataDir)
  const wasThere = settings.databaseUrl !== null || hasEmbedded(settings)
  const opened: { stores: OpenedStores | null } = { stores: null }
  const open = async () => {
    opened.stores = await openStores(settings)
    return opened.stores.database
  }
  try {
    const report = await restoreInto(path, {
      masterKeyCheck: keys.fingerprint,
      headPublicKey: keys.headSigner.publicKey,
      open,
      onTable: progress,
    })
    await opened.stores?.close()
    return report
  } catch (error) {
    await opened.stores?.close()
    if (opened.stores !== null && !wasThere) await removeEmbedded(settings)
    throw error
  }
}
