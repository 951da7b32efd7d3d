import { join } from 'node:path'
import type { JournalId, JournalPosition } from '@pointsman/contract'
import { alreadyExists, type FileLayer, type JournalFile } from './file-layer.ts'
import { reserveName, segmentName } from './folder.ts'
import { headerJson } from './header.ts'
import { lineOf } from './line.ts'
import type { SpaceGuard } from './space-guard.ts'

export interface SegmentWriterOptions {
  readonly files: FileLayer
  readonly folder: string
  readonly journal: JournalId
  readonly segmentBytes: number
  readonly reserveBytes: number
  /** Sync each batch; otherwise only what a segment holds when it is left. */
  readonly sync: boolean
  readonly nowMs: () => number
  /** No intent in a segment before this one is open when the segment begins. */
  readonly openFrom: (segment: number) => number
}

interface OpenSegment {
  readonly file: JournalFile
  readonly segment: number
  /** As its header says. */
  readonly openFrom: number
  readonly headerBytes: number
  readonly limitBytes: number
  readonly inReserve: boolean
}

/**
 * Puts batches of lines into segments. One call at a time (the journal's flush loop). After a failure the
 * segment is left for good: what stands beyond its last sync is unknown, and a sync that failed once may
 * report success the second time although the data is gone.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  #current: OpenSegment | null = null
  #offset = 0
  /** A write began and did not end well: half a line may stand behind the offset. */
  #isTorn = false
  #nextSegment = 1
  #durable: JournalPosition
  /** Of the segments that could not be synced when they were left: power may take outcomes in them that were written. */
  #unsyncedOpenFrom = Infinity

  constructor(options: SegmentWriterOptions) {
    this.#options = options
    this.#durable = { journal: options.journal, segment: 1, offset: 0 }
  }

  /** Up to here everything is acknowledged. */
  get durable(): JournalPosition {
    return this.#durable
  }

  /** Writes whole lines, into a new segment when this one is full; resolves when they are as durable as asked. */
  async append(lines: Uint8Array, spaceIsLow: boolean): Promise<void> {
    const current = await this.#segmentFor(lines.length, spaceIsLow)
    this.#isTorn = true
    await current.file.write(lines, this.#offset)
    this.#isTorn = false
    if (this.#options.sync) await current.file.datasync()
    this.#offset += lines.length
    this.#durable = { ...this.#durable, segment: current.segment, offset: this.#offset }
  }

  /** Leaves the present segment after a failure; a failure to close it is the caller's to count. */
  async abandon(): Promise<void> {
    const current = this.#current
    this.#current = null
    if (current === null) return
    // Half a line that a full disk cut would be read as damage, though nothing of it was acknowledged. Where cutting it off
    // fails, too, it is read as that. Whole lines whose sync failed may be on the disk, and stay.
    if (this.#isTorn) await Promise.allSettled([current.file.truncate(this.#offset)])
    this.#isTorn = false
    await this.#leave(current, !this.#options.sync)
  }

  /** Goes on in the reserve; false when there is none. */
  async enterReserve(space: SpaceGuard): Promise<boolean> {
    const file = space.take()
    if (file === null) return false
    const { files, folder, reserveBytes } = this.#options
    const segment = this.#nextSegment
    const openFrom = this.#openFrom(segment)
    const header = this.#header(segment, openFrom)
    try {
      await file.write(header, 0)
      await files.rename(join(folder, reserveName), join(folder, segmentName(segment)))
    } catch (error) {
      await file.close()
      throw error
    }
    this.#nextSegment += 1
    const headerBytes = header.length
    this.#current = { file, segment, openFrom, headerBytes, limitBytes: reserveBytes, inReserve: true }
    this.#offset = headerBytes
    await files.syncDirectory(folder)
    return true
  }

  /** Syncs and closes the present segment. */
  async finish(): Promise<void> {
    const current = this.#current
    if (current === null) return
    this.#current = null
    try {
      // What is left of the zeros is given back; readers would pass over them.
      if (current.inReserve) await current.file.truncate(this.#offset)
    } finally {
      await this.#leave(current, current.inReserve || !this.#options.sync)
    }
  }

  async #leave({ file, openFrom }: OpenSegment, isUnsynced: boolean): Promise<void> {
    try {
      // Ahead of the next header, which takes the outcomes in it for written.
      if (isUnsynced) await file.datasync()
    } catch (error) {
      this.#unsyncedOpenFrom = Math.min(this.#unsyncedOpenFrom, openFrom)
      throw error
    } finally {
      await file.close()
    }
  }

  async #segmentFor(bytes: number, spaceIsLow: boolean): Promise<OpenSegment> {
    const current = this.#current
    if (current !== null) {
      const fits = this.#offset + bytes <= current.limitBytes
      if (current.inReserve && spaceIsLow) {
        if (fits) return current
        throw reserveUsedUp()
      }
      // A batch that is larger than a segment gets one of its own.
      if (!current.inReserve && (fits || this.#offset === current.headerBytes)) return current
      await this.finish()
    }
    return this.#create()
  }

  async #create(): Promise<OpenSegment> {
    const { files, folder, segmentBytes } = this.#options
    const { file, segment } = await this.#createFile()
    const openFrom = this.#openFrom(segment)
    const header = this.#header(segment, openFrom)
    try {
      await file.write(header, 0)
      await files.syncDirectory(folder)
    } catch (error) {
      // Not kept: a disk that stays full would collect an empty segment at every try. Where removing fails
      // too, `#createFile` passes over it.
      await Promise.allSettled([file.close(), files.remove(join(folder, segmentName(segment)))])
      throw error
    }
    this.#nextSegment = segment + 1
    this.#offset = header.length
    const headerBytes = header.length
    this.#current = { file, segment, openFrom, headerBytes, limitBytes: segmentBytes, inReserve: false }
    return this.#current
  }

  async #createFile(): Promise<{ file: JournalFile; segment: number }> {
    const { files, folder } = this.#options
    for (let segment = this.#nextSegment; ; segment += 1) {
      try {
        return { file: await files.create(join(folder, segmentName(segment))), segment }
      } catch (error) {
        // Left by a try that could not even be removed.
        if (!alreadyExists(error)) throw error
      }
    }
  }

  #openFrom(segment: number): number {
    return Math.min(this.#options.openFrom(segment), this.#unsyncedOpenFrom)
  }

  #header(segment: number, openFrom: number): Buffer {
    const { journal, nowMs } = this.#options
    return lineOf(headerJson({ journal, segment, createdAtMs: nowMs(), openFrom }))
  }
}

const reserveUsedUp = (): Error =>
  Object.assign(new Error('ENOSPC: the disk is full and the reserve is used up'), { code: 'ENOSPC' })
