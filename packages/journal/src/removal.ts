import { join } from 'node:path'
import type { JournalId } from '@pointsman/contract'
import { nodeFiles, type FileLayer } from './file-layer.ts'
import {
  createEmpty,
  folderOf,
  journalIdsIn,
  listFolder,
  markName,
  sealName,
  segmentName,
  type JournalListing,
} from './folder.ts'

/**
 * Marks the segments of a journal up to one as taken into the database. To be called only when the checkpoint
 * beyond them is committed: what is marked will be removed. Marks that are there keep their time.
 */
export async function markIngested(
  dir: string,
  through: { readonly journal: JournalId; readonly segment: number },
  options: { readonly files?: FileLayer } = {},
): Promise<void> {
  const files = options.files ?? nodeFiles
  const { segments, ingested } = await listFolder(files, dir, through.journal)
  const folder = folderOf(dir, through.journal)
  for (const segment of segments) {
    if (segment > through.segment || ingested.has(segment)) continue
    await createEmpty(files, join(folder, markName(segment)))
  }
}

export interface RemoveIngestedOptions {
  /** How long a segment stays after it was ingested. */
  readonly olderThanMs: number
  readonly nowMs: number
  readonly files?: FileLayer
}

export interface Removal {
  readonly segments: number
  /** Journals that are gone whole. */
  readonly journals: readonly JournalId[]
  /** What could not be removed now; it stays for the next time. */
  readonly failures: readonly { readonly journal: JournalId; readonly error: unknown }[]
}

/**
 * Removes segments that were marked as ingested longer ago than that, and the folder of a sealed journal once
 * its last segment goes. A segment without a mark is never removed. Killed midway, the next call goes on; one journal's
 * failure does not stop the others.
 */
export async function removeIngested(dir: string, options: RemoveIngestedOptions): Promise<Removal> {
  const files = options.files ?? nodeFiles
  const journals: JournalId[] = []
  const failures: { journal: JournalId; error: unknown }[] = []
  let segments = 0
  for (const journal of await journalIdsIn(files, dir)) {
    try {
      const listing = await listFolder(files, dir, journal)
      const old = await oldSegments(files, dir, listing, options)
      for (const segment of old) await removeSegment(files, folderOf(dir, journal), segment)
      segments += old.length
      if (listing.sealed && old.length === listing.segments.length) {
        if (await removeFolder(files, dir, listing, options)) journals.push(journal)
      }
    } catch (error) {
      failures.push({ journal, error })
    }
  }
  return { segments, journals, failures }
}

async function oldSegments(
  files: FileLayer,
  dir: string,
  listing: JournalListing,
  options: RemoveIngestedOptions,
): Promise<readonly number[]> {
  const old: number[] = []
  const folder = folderOf(dir, listing.journal)
  for (const segment of listing.segments) {
    const markedAtMs = listing.ingested.has(segment)
      ? await files.modifiedAtMs(join(folder, markName(segment)))
      : null
    // In order only: a hole would look like a lost segment to a reader that begins anew.
    if (markedAtMs === null || markedAtMs + options.olderThanMs > options.nowMs) break
    old.push(segment)
  }
  return old
}

/** The segment first: a mark without its segment says nothing, a segment without its mark stays for ever. */
async function removeSegment(files: FileLayer, folder: string, segment: number): Promise<void> {
  await files.remove(join(folder, segmentName(segment)))
  await files.remove(join(folder, markName(segment)))
}

/** True when the folder is gone. The seal goes last, so that a folder half removed is still known as sealed. */
async function removeFolder(
  files: FileLayer,
  dir: string,
  listing: JournalListing,
  options: RemoveIngestedOptions,
): Promise<boolean> {
  const folder = folderOf(dir, listing.journal)
  const sealPath = join(folder, sealName)
  const sealedAtMs = await files.modifiedAtMs(sealPath)
  if (sealedAtMs === null || sealedAtMs + options.olderThanMs > options.nowMs) return false
  for (const mark of listing.ingested) await files.remove(join(folder, markName(mark)))
  await files.remove(sealPath)
  await files.removeDirectory(folder)
  return true
}
