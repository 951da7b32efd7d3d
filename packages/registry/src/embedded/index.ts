export { loadDatabaseThread } from './database-thread.ts'
export { holdName, lockFolder, type FolderLock } from './folder-lock.ts'
export { openEmbedded, type EmbeddedEvent, type EmbeddedOptions } from './open-embedded.ts'
