export {
  createUrlReader,
  type SignedSnapshotReader,
  type SnapshotUrl,
  type UrlSourceParts,
} from './read-by-url.ts'
export { readSavedSnapshot } from './saved-snapshot.ts'
