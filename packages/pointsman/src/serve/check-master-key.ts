import { PointsmanError } from '@pointsman/contract'
import { claimSetting, type Database } from '@pointsman/registry'
import type { HostKeys } from './host-keys.ts'

/** Refuses to start with a master key other than the one that the registry was first used with: no key would be known, no secret readable. */
export async function checkMasterKey(database: Database, keys: HostKeys): Promise<void> {
  const stands = await claimSetting(database, 'master-key-check', keys.fingerprint)
  if (stands === keys.fingerprint) return
  throw new PointsmanError(
    'refused',
    'This database was first used with another master key, so none of its keys could be recognised. Set POINTSMAN_MASTER_KEY to that one (without the variable it is kept in master.key of the data folder it was made in), or restore the file.',
  )
}
