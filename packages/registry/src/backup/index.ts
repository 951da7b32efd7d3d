export { readBackup, type BackupFacts, type OpenedBackup } from './read-backup.ts'
export { loadBackup, requireEmpty, type GivenBackup, type LoadedBackup } from './load-backup.ts'
export type { GivenTable, LoadedTable } from './load-rows.ts'
export type { BackupColumn, BackupRow, BackupTable } from './tables.ts'
