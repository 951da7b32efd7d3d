import { setTimeout as sleep } from 'node:timers/promises'
import type { JournalId, JournalPosition, JournalRecord, RequestId } from '@pointsman/contract'
import { PointsmanError } from '@pointsman/contract'
import { BatchQueue, type QueuedRecord } from './batch-queue.ts'
import { isNoSpace, type FileLayer } from './file-layer.ts'
import { seal } from './folder.ts'
import type {
  Journal,
  JournalClosed,
  JournalCommit,
  JournalFailure,
  JournalRoom,
  JournalStats,
} from './journal.ts'
import { OpenIntents } from './open-intents.ts'
import type { SegmentWriter } from './segment-writer.ts'
import type { SpaceGuard } from './space-guard.ts'

export interface JournalWriterOptions {
  readonly id: JournalId
  readonly folder: string
  readonly files: FileLayer
  readonly segments: SegmentWriter
  readonly space: SpaceGuard
  readonly checkSpaceEveryMs: number
  readonly maxQueueBytes: number
  /** Resolves when what shares a batch has been handed in. */
  readonly gathered: () => Promise<void>
  readonly onFailure: (failure: JournalFailure) => void
}

/** A batch no larger than this keeps what a failure puts in doubt, and the buffer, small. */
const maxBatchCharacters = 1_048_576
/** Tries of a batch before a journal that is being closed gives up. */
const triesAtClose = 3
const shortestPauseMs = 20
const longestPauseMs = 1_000
/** More open intents than any server has requests in flight: past it the writer stops counting and does not seal. */
const maxOpenIntents = 200_000

/**
 * Group commit: one batch is written and synced at a time; what is handed in meanwhile forms the next one, and
 * an idle journal starts at once. So a disk that syncs in 0.2 ms costs a request 0.2–0.4 ms and never caps the
 * rate (reference performance.md, row 17).
 */
export class JournalWriter implements Journal {
  readonly id: JournalId
  readonly #options: JournalWriterOptions
  readonly #queue = new BatchQueue()
  readonly #openIntents = new OpenIntents()
  readonly #roomListeners = new Set<(room: JournalRoom) => void>()
  readonly #commitListeners = new Set<(commit: JournalCommit) => void>()
  readonly #spaceTimer: NodeJS.Timeout
  /** Segment of the first intent that was one too many to be followed. */
  #unfollowedFrom = Infinity
  #room: JournalRoom = 'open'
  #flushing: Promise<void> | null = null
  #failedTries = 0
  #closing: Promise<JournalClosed> | null = null
  /** Cuts a pause between tries short. */
  #wake = new AbortController()
  #batches = 0
  #records = 0
  #bytes = 0
  #failures = 0

  constructor(options: JournalWriterOptions) {
    this.id = options.id
    this.#options = options
    const { checkSpaceEveryMs, space } = options
    // `check` never rejects; the timer does not keep a process alive that has nothing else to do.
    this.#spaceTimer = setInterval(() => void space.check(), checkSpaceEveryMs).unref()
  }

  append(record: JournalRecord): void {
    this.#enqueue(record, null)
  }

  commit(record: JournalRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue(record, { resolve, reject })
    })
  }

  get room(): JournalRoom {
    return this.#room
  }

  onRoom(listener: (room: JournalRoom) => void): () => void {
    this.#roomListeners.add(listener)
    return () => this.#roomListeners.delete(listener)
  }

  onCommit(listener: (commit: JournalCommit) => void): () => void {
    this.#commitListeners.add(listener)
    return () => this.#commitListeners.delete(listener)
  }

  position(): JournalPosition {
    return this.#options.segments.durable
  }

  stats(): JournalStats {
    return {
      room: this.#room,
      batches: this.#batches,
      records: this.#records,
      bytes: this.#bytes,
      failures: this.#failures,
      queuedRecords: this.#queue.length,
      queuedBytes: this.#queue.characters,
      openIntents: this.#openIntents.size,
    }
  }

  close(): Promise<JournalClosed> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** No intent in a segment before this one is open, by what is written when `next` begins. */
  openFrom(next: number): number {
    return Math.min(this.#openIntents.oldestSegment(next), this.#unfollowedFrom)
  }

  /** Works out `room` anew and tells its listeners of a change. */
  roomMayHaveChanged(): void {
    const room = this.#presentRoom()
    if (room === this.#room) return
    this.#room = room
    this.#tell(this.#roomListeners, room)
  }

  #presentRoom(): JournalRoom {
    const { space, maxQueueBytes } = this.#options
    if (space.low) return 'full'
    if (this.#failedTries > 0) return 'failing'
    // Once overloaded it stays so until half is gone, or it would open and close at every batch.
    const limit = this.#room === 'overloaded' ? maxQueueBytes / 2 : maxQueueBytes
    return this.#queue.characters > limit ? 'overloaded' : 'open'
  }

  #enqueue(record: JournalRecord, waiting: QueuedRecord['waiting']): void {
    if (this.#closing !== null) {
      throw new PointsmanError('shutting_down', 'The journal is closed: the server is stopping.')
    }
    const closes = record.type === 'outcome' ? record.record.requestId : null
    this.#queue.add({ json: JSON.stringify(record), closes, waiting })
    if (record.type === 'intent') this.#follow(record.intent.requestId)
    this.roomMayHaveChanged()
    this.#flushing ??= this.#flush()
  }

  #follow(id: RequestId): void {
    const { segment } = this.position()
    if (this.#openIntents.size < maxOpenIntents) this.#openIntents.add(id, segment)
    else this.#unfollowedFrom = Math.min(this.#unfollowedFrom, segment)
  }

  /** Writes batches until nothing waits; never rejects. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#options.gathered()
      const batch = this.#queue.take(maxBatchCharacters)
      const error = await this.#write(batch)
      if (error === null) continue
      if (this.#closing !== null && this.#failedTries >= triesAtClose) break
      await this.#pause()
    }
    this.#flushing = null
  }

  /** Tries one batch; null when it is durable, else why not: then it stands in the queue again. */
  async #write(batch: readonly QueuedRecord[]): Promise<unknown> {
    try {
      const lines = this.#queue.lines(batch)
      await this.#appendOrReserve(lines)
      this.#wrote(batch, lines.length)
      return null
    } catch (error) {
      await this.#failed(batch, error)
      return error
    }
  }

  async #appendOrReserve(lines: Uint8Array): Promise<void> {
    const { segments, space } = this.#options
    try {
      await segments.append(lines, space.low)
    } catch (error) {
      if (!isNoSpace(error)) throw error
      space.ranOut()
      await segments.abandon()
      if (!(await segments.enterReserve(space))) throw error
      await segments.append(lines, true)
    }
  }

  #wrote(batch: readonly QueuedRecord[], bytes: number): void {
    this.#failedTries = 0
    this.#batches += 1
    this.#records += batch.length
    this.#bytes += bytes
    for (const { closes, waiting } of batch) {
      // Not before it is written: until then a recovery has to find the intent.
      if (closes !== null) this.#openIntents.delete(closes)
      waiting?.resolve()
    }
    this.roomMayHaveChanged()
    this.#tell(this.#commitListeners, { records: batch.length, position: this.position() })
  }

  async #failed(batch: readonly QueuedRecord[], error: unknown): Promise<void> {
    this.#failedTries += 1
    this.#failures += 1
    const reason = notWritten(error)
    for (const { waiting } of batch) waiting?.reject(reason)
    this.#queue.putBack(batch.map(({ closes, json }) => ({ json, closes, waiting: null })))
    // What is queued behind may not fit into the next try's batch and would wait as long as the disk fails; after
    // one failure it still has its chance.
    if (this.#failedTries > 1) this.#queue.rejectWaiting(reason)
    // Tries 1, 2, 4, 8, …: a disk that is full for an hour must not fill the log.
    if (Math.log2(this.#failedTries) % 1 === 0) {
      this.#options.onFailure({ kind: 'write', error, tries: this.#failedTries })
    }
    this.roomMayHaveChanged()
    try {
      await this.#options.segments.abandon()
    } catch (closeError) {
      this.#options.onFailure({ kind: 'write', error: closeError, tries: this.#failedTries })
    }
  }

  /** Between failed tries: none after the first, then longer and longer. Only failures come here. */
  async #pause(): Promise<void> {
    if (this.#failedTries <= 1) return
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(this.#failedTries, 10))
    // Rejects when `close` cuts it short; either way the next try follows.
    await Promise.allSettled([sleep(pauseMs, undefined, { signal: this.#wake.signal })])
    if (this.#options.space.low) await this.#options.space.check()
  }

  async #close(): Promise<JournalClosed> {
    const { files, folder, segments, space } = this.#options
    this.#wake.abort()
    await this.#flushing
    clearInterval(this.#spaceTimer)
    try {
      await segments.finish()
    } finally {
      await space.close()
    }
    const openIntents = this.#openIntents.size
    if (this.#queue.length > 0) throw notWrittenAtClose(this.#queue.length)
    const sealed = openIntents === 0 && this.#unfollowedFrom === Infinity
    if (sealed) await seal(files, folder)
    return { sealed, openIntents }
  }

  #tell<Event>(listeners: ReadonlySet<(event: Event) => void>, event: Event): void {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#options.onFailure({ kind: 'listener', error, tries: 1 })
      }
    }
  }
}

const notWritten = (error: unknown): PointsmanError =>
  isNoSpace(error)
    ? new PointsmanError(
        'storage_full',
        'The disk of the journal is full and its reserve is used up. Free some space; the server goes on by itself.',
        { cause: error },
      )
    : new PointsmanError(
        'internal',
        "The journal could not make this request's record durable. The server's log names the cause.",
        { cause: error },
      )

const notWrittenAtClose = (records: number): PointsmanError =>
  new PointsmanError(
    'internal',
    `The journal was closed with ${records} records that could not be written. The failures before name the cause.`,
  )
