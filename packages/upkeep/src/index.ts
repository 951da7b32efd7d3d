export { backUp, type BackUpParts } from './backup/back-up.ts'
export { fetchBackup, type BackupSource } from './backup/fetch-backup.ts'
export type { BackupHead, BackupReport } from './backup/format.ts'
export { inspectBackup } from './backup/inspect.ts'
export { restore, type RestoreParts, type RestoreReport } from './backup/restore.ts'
export { checkDatabase, type DatabaseLook } from './doctor/check-database.ts'
export { checkFolder, checkJournal } from './doctor/check-folder.ts'
export {
  checkBedrock,
  type BedrockAnswer,
  type BedrockLook,
  type WantedModel,
} from './doctor/check-bedrock.ts'
export { checkVendor, type VendorLook } from './doctor/check-vendors.ts'
export { looked, ok, problem, unknown, warning, type Finding } from './doctor/finding.ts'
