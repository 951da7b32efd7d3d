export type {
  Journal,
  JournalClosed,
  JournalCommit,
  JournalFailure,
  JournalOptions,
  JournalRoom,
  JournalStats,
} from './journal.ts'
export { openJournal } from './open-journal.ts'
export {
  journalIds,
  listJournals,
  readJournal,
  type JournalDamage,
  type JournalRead,
  type JournalReadOptions,
  type PlacedRecord,
} from './read-journal.ts'
export { startOf, type JournalListing } from './folder.ts'
export { recover, type RecoveredJournal, type Recovery, type RecoverOptions } from './recover.ts'
export { markIngested, removeIngested, type Removal, type RemoveIngestedOptions } from './removal.ts'
export { nodeFiles, type FileLayer, type JournalFile } from './file-layer.ts'
