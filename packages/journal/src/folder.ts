import { join } from 'node:path'
import { journalId, type JournalId, type JournalPosition } from '@pointsman/contract'
import { alreadyExists, type FileLayer } from './file-layer.ts'

/**
 * A journal's folder, `<dir>/<journal id>/`:
 * `000001.log`, …     the segments, numbered from 1 without holes;
 * `000001.ingested`   empty: the segment is in the database; its time starts the days until removal;
 * `sealed`            empty: nothing will ever be added;
 * `reserve`           space kept for a full disk, a segment once it is needed;
 * `recovery.part`     a recovery that was killed; the next one starts it anew.
 */
export const sealName = 'sealed'
export const reserveName = 'reserve'
export const recoveryName = 'recovery.part'

const digits = 6
const segmentPattern = /^(\d{6,})\.log$/
const markPattern = /^(\d{6,})\.ingested$/
const journalPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const segmentName = (segment: number): string => `${String(segment).padStart(digits, '0')}.log`
export const markName = (segment: number): string => `${String(segment).padStart(digits, '0')}.ingested`
export const folderOf = (dir: string, journal: JournalId): string => join(dir, journal)

/** Where a reader of this journal begins. */
export const startOf = (journal: JournalId): JournalPosition => ({ journal, segment: 1, offset: 0 })

/** A journal as its folder shows it. */
export interface JournalListing {
  readonly journal: JournalId
  /** Numbers of the segments that are there, rising. */
  readonly segments: readonly number[]
  /** Segments that are marked as ingested. */
  readonly ingested: ReadonlySet<number>
  /** Nothing will ever be added. */
  readonly sealed: boolean
}

const numbers = (names: readonly string[], pattern: RegExp): number[] =>
  names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)

/**
 * What a journal's folder holds. Read before the segments: a writer seals after its last byte and starts a
 * segment only after it left the one before, so a listing that shows either says that the bytes are final.
 */
export async function listFolder(files: FileLayer, dir: string, journal: JournalId): Promise<JournalListing> {
  const names = await files.list(folderOf(dir, journal))
  return {
    journal,
    segments: numbers(names, segmentPattern),
    ingested: new Set(numbers(names, markPattern)),
    sealed: names.includes(sealName),
  }
}

/** Ids of the journals in a directory; other names are not ours and are left alone. */
export async function journalIdsIn(files: FileLayer, dir: string): Promise<readonly JournalId[]> {
  const names = await files.list(dir)
  return names.filter((name) => journalPattern.test(name)).map((name) => journalId(name))
}

/** Says that nothing will ever be added; everything before must be synced already. */
export async function seal(files: FileLayer, folder: string): Promise<void> {
  await files.remove(join(folder, reserveName))
  await files.remove(join(folder, recoveryName))
  await createEmpty(files, join(folder, sealName))
  await files.syncDirectory(folder)
}

/** Makes an empty file; fine when it is there already. */
export async function createEmpty(files: FileLayer, path: string): Promise<void> {
  try {
    const file = await files.create(path)
    await file.close()
  } catch (error) {
    if (!alreadyExists(error)) throw error
  }
}
