import { randomUUID } from 'node:crypto'
import { journalId, PointsmanError } from '@pointsman/contract'
import { isForbidden, isNoSpace, nodeFiles, unsyncedFiles } from './file-layer.ts'
import { folderOf } from './folder.ts'
import { JournalWriter } from './journal-writer.ts'
import type { Journal, JournalOptions } from './journal.ts'
import { SegmentWriter } from './segment-writer.ts'
import { SpaceGuard } from './space-guard.ts'

const mebibyte = 1_048_576

/**
 * Opens a new journal in a folder of its own under a random id. The folder outlives a power cut when this
 * resolves; segments are made when there is something to write. Rejects with `storage_full` when the disk has
 * no space for the folder, with `refused` where it may not be written, and with the system's error otherwise.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const files = options.files ?? (options.durability === 'fsync' ? nodeFiles : unsyncedFiles)
  const id = (options.newId ?? (() => journalId(randomUUID())))()
  const folder = folderOf(options.dir, id)
  try {
    await files.makeDirectory(folder)
  } catch (error) {
    if (isForbidden(error)) {
      const message = `No journal can be started in ${options.dir}: ${error.message}. The server's user needs the right to write and to enter there: chown or chmod it, or mount it writable.`
      throw new PointsmanError('refused', message, { cause: error })
    }
    if (!isNoSpace(error)) throw error
    const message = `The disk is full: no journal could be started in ${options.dir}. Free some space there.`
    throw new PointsmanError('storage_full', message, { cause: error })
  }
  const reserveBytes = options.reserveBytes ?? 16 * mebibyte
  const segments = new SegmentWriter({
    files,
    folder,
    journal: id,
    segmentBytes: options.segmentBytes ?? 64 * mebibyte,
    reserveBytes,
    sync: options.durability === 'fsync',
    nowMs: options.nowMs ?? Date.now,
    // `writer` exists before the first segment begins.
    openFrom: (segment) => writer.openFrom(segment),
  })
  const onFailure = options.onFailure ?? (() => undefined)
  const space = new SpaceGuard({
    files,
    folder,
    reserveBytes,
    minFreeBytes: options.minFreeBytes ?? 256 * mebibyte,
    // `writer` exists before the guard is first asked to look.
    onChange: () => writer.roomMayHaveChanged(),
    onFailure: (error) => onFailure({ kind: 'space', error, tries: 1 }),
  })
  const writer = new JournalWriter({
    id,
    folder,
    files,
    segments,
    space,
    checkSpaceEveryMs: options.checkSpaceEveryMs ?? 1_000,
    gathered: options.gathered ?? turnEnds,
    maxQueueBytes: options.maxQueueBytes ?? 32 * mebibyte,
    onFailure,
  })
  await space.check()
  return writer
}

/**
 * What is handed in during one turn of the event loop shares a batch: under load a turn carries several requests, and a
 * batch costs more than its lines: where it is synced, two hops to another thread and back of 10 µs each (measured).
 */
const turnEnds = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
