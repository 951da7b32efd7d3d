import { freeMemory, type JournalId, type JournalPosition } from '@pointsman/contract'
import { journalIds, markIngested, removeIngested, startOf, type JournalDamage } from '@pointsman/journal'
import { collectBatch, isSame, type CollectedBatch } from './collect-batch.ts'
import type { Ingest, IngestOptions, IngestStats, IngestStopped } from './ingest.ts'
import { quarantine } from './quarantine.ts'
import { storeBatch, type StoreParts } from './store-batch.ts'

/** How far one journal has been taken in. Bounded by the journals that are in the directory. */
interface Cursor {
  /** Read up to here; what lies between `stored` and this needs no row. */
  read: JournalPosition
  /** The database's checkpoint. */
  stored: JournalPosition
  ended: boolean
  /** Said once that it cannot be read. */
  unreadable: boolean
}

type PassResult = 'more' | 'caught-up' | 'failed'

const dayMs = 86_400_000
const removeEveryMs = 3_600_000
/** The more records share a transaction, the more of their sums are one row; the embedded database's one session serves others in between. */
const batchRecords = { embedded: 500, server: 2_000 } as const
const shortestPauseMs = 250
const longestPauseMs = 30_000

/**
 * One loop: a pass takes one batch from each journal; then it goes on at once while there is more, rests until
 * the next poll or wake, or pauses after a failure. Nothing is remembered that the database does not know:
 * after every failure the checkpoints are read anew, so a commit whose answer was lost does no harm.
 */
export class IngestLoop implements Ingest {
  readonly #options: IngestOptions
  readonly #store: StoreParts
  readonly #startedAtMs: number
  readonly #unlisten: () => void
  readonly #running: Promise<void>
  #cursors: Map<JournalId, Cursor> | null = null
  #stopping: Promise<IngestStopped> | null = null
  #halted = false
  #drained = false
  #endRest: () => void = () => undefined
  #hurryRest: () => void = () => undefined
  #committed = 0
  #removedAtMs = Number.NEGATIVE_INFINITY
  /** Journals whose folder is gone and whose checkpoint is still to be forgotten. */
  #gone: JournalId[] = []
  #caughtUpAtMs: number | null = null
  #failuresInARow = 0
  #batches = 0
  #inserted = 0
  #repeated = 0
  #quarantined = 0
  readonly #damage = {
    'torn-tail': 0,
    'bad-line': 0,
    'bad-header': 0,
    'missing-segment': 0,
    'unknown-record': 0,
  } satisfies { [Kind in JournalDamage['kind']]: number }

  constructor(options: IngestOptions) {
    this.#options = options
    this.#startedAtMs = options.clock.nowMs()
    this.#store = {
      database: options.database,
      registry: options.registry,
      setAside: (item, error) => this.#setAside(item, error),
    }
    this.#unlisten =
      options.journal?.onCommit(({ records }) => {
        this.#committed += records
        if (this.#committed >= this.#maxBatchRecords) this.wake()
        else this.#hurryRest()
      }) ?? (() => undefined)
    this.#running = this.#run()
  }

  get #maxBatchRecords(): number {
    const { database, maxBatchRecords } = this.#options
    return maxBatchRecords ?? batchRecords[database.kind]
  }

  wake(): void {
    // While failing, only the pause decides: a busy writer must not hammer a database that is away.
    if (this.#failuresInARow === 0) this.#endRest()
  }

  stats(): IngestStats {
    const nowMs = this.#options.clock.nowMs()
    return {
      caughtUpAtMs: this.#caughtUpAtMs,
      lagMs: Math.max(0, nowMs - (this.#caughtUpAtMs ?? this.#startedAtMs)),
      failuresInARow: this.#failuresInARow,
      batches: this.#batches,
      inserted: this.#inserted,
      repeated: this.#repeated,
      damage: { ...this.#damage },
      quarantined: this.#quarantined,
      unreadable: this.#unreadable(),
    }
  }

  stop(limitMs: number): Promise<IngestStopped> {
    this.#stopping ??= this.#stop(limitMs)
    return this.#stopping
  }

  async #stop(limitMs: number): Promise<IngestStopped> {
    this.#unlisten()
    this.#endRest()
    let cancel = (): void => undefined
    const limit = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(limitMs, resolve)
    })
    await Promise.race([this.#running, limit])
    cancel()
    this.#halted = true
    this.#endRest()
    return { drained: this.#drained }
  }

  #unreadable(): number {
    return [...(this.#cursors?.values() ?? [])].filter(({ unreadable }) => unreadable).length
  }

  /** Never rejects: a pass turns every failure into its result. */
  async #run(): Promise<void> {
    while (!this.#halted) {
      // Whether the stop was asked for before this pass: what was durable then has been seen by its end.
      const last = this.#stopping !== null
      this.#committed = 0
      const result = await this.#pass()
      if (result === 'more') continue
      if (result === 'caught-up' && last) {
        this.#drained = this.#unreadable() === 0
        return
      }
      await this.#rest(result)
    }
  }

  async #pass(): Promise<PassResult> {
    const { log, clock } = this.#options
    const startedAtMs = clock.nowMs()
    try {
      const more = await this.#takeFromEach()
      if (this.#failuresInARow > 0) log('info', 'ingest_recovered', { failures: this.#failuresInARow })
      this.#failuresInARow = 0
      if (more) return 'more'
      if (this.#unreadable() === 0) this.#caughtUpAtMs = startedAtMs
      await this.#removeOld(startedAtMs)
      return 'caught-up'
    } catch (error) {
      // Said once: a database that is away for an hour would otherwise fill the log.
      if (this.#failuresInARow === 0) log('error', 'ingest_failed', { error })
      this.#failuresInARow += 1
      this.#cursors = null
      return 'failed'
    }
  }

  /** One batch from each journal; true when one of them has more. */
  async #takeFromEach(): Promise<boolean> {
    const cursors = (this.#cursors ??= await this.#readCheckpoints())
    let more = false
    for (const journal of await journalIds(this.#options.journalDir, this.#files())) {
      if (this.#halted) return true
      const start = startOf(journal)
      const cursor = cursors.get(journal) ?? { read: start, stored: start, ended: false, unreadable: false }
      cursors.set(journal, cursor)
      if (!cursor.ended && (await this.#takeOne(cursor))) more = true
    }
    return more
  }

  async #readCheckpoints(): Promise<Map<JournalId, Cursor>> {
    const { database, registry } = this.#options
    const positions = await registry.readCheckpoints(database)
    return new Map(
      positions.map((position) => [
        position.journal,
        { read: position, stored: position, ended: false, unreadable: false },
      ]),
    )
  }

  async #takeOne(cursor: Cursor): Promise<boolean> {
    const batch = await this.#collect(cursor)
    if (batch === null) return false
    try {
      return await this.#take(cursor, batch)
    } finally {
      for (const bytes of batch.bytes) freeMemory(bytes)
    }
  }

  /** True when the journal has more. */
  async #take(cursor: Cursor, batch: CollectedBatch): Promise<boolean> {
    // Intents alone need no transaction; a segment's end does, for its removal waits for the checkpoint.
    const newSegment = batch.position.segment !== cursor.stored.segment
    const moved = !isSame(batch.position, cursor.stored)
    let skipped = false
    if (batch.items.length > 0 || (moved && (newSegment || batch.ended))) {
      const stored = await storeBatch(this.#store, batch.items, batch.position)
      this.#batches += 1
      this.#inserted += stored.inserted
      this.#repeated += stored.repeated
      cursor.stored = batch.position
      skipped = stored.skipped
    }
    cursor.read = batch.position
    this.#countDamage(batch.damage)
    const marked = newSegment || batch.ended ? await this.#mark(cursor, batch.ended) : true
    cursor.ended = batch.ended && marked
    // Somebody else was further: their checkpoint, not ours, says where to go on.
    if (skipped) this.#cursors = null
    return skipped || !batch.reachedEnd
  }

  /** Null when the journal cannot be read: it waits, and the others do not wait for it. */
  async #collect(cursor: Cursor) {
    const { journalDir, log } = this.#options
    try {
      const options = { journalDir, maxRecords: this.#maxBatchRecords, ...this.#files() }
      const batch = await collectBatch(options, cursor.read)
      cursor.unreadable = false
      return batch
    } catch (error) {
      if (!cursor.unreadable) log('error', 'journal_unreadable', { journal: cursor.read.journal, error })
      cursor.unreadable = true
      return null
    }
  }

  #countDamage(damages: readonly JournalDamage[]): void {
    for (const damage of damages) {
      this.#damage[damage.kind] += 1
      this.#options.log('error', 'journal_damaged', { ...damage })
    }
  }

  /**
   * What is marked may be removed: only segments that the committed checkpoint has left behind. False when the
   * marks could not be made (a full disk): the ingest goes on, and the next mark makes up for it.
   */
  async #mark({ stored }: Cursor, ended: boolean): Promise<boolean> {
    const through = { journal: stored.journal, segment: ended ? stored.segment : stored.segment - 1 }
    try {
      await markIngested(this.#options.journalDir, through, this.#files())
      return true
    } catch (error) {
      this.#options.log('warn', 'segments_not_marked', { ...through, error })
      return false
    }
  }

  async #setAside(...[item, error]: Parameters<StoreParts['setAside']>): Promise<void> {
    const { journalDir, log } = this.#options
    const file = await quarantine(journalDir, item, { reason: String(error), ...this.#files() })
    this.#quarantined += 1
    log('error', 'record_quarantined', { file, ...item.position, error })
  }

  async #removeOld(nowMs: number): Promise<void> {
    if (nowMs - this.#removedAtMs < removeEveryMs) return
    const { journalDir, database, registry, keepSegmentsMs = 7 * dayMs, log } = this.#options
    this.#removedAtMs = nowMs
    try {
      const removal = await removeIngested(journalDir, {
        olderThanMs: keepSegmentsMs,
        nowMs,
        ...this.#files(),
      })
      for (const failure of removal.failures) log('warn', 'segments_not_removed', { ...failure })
      this.#gone.push(...removal.journals)
      for (let journal = this.#gone[0]; journal !== undefined; journal = this.#gone[0]) {
        await registry.deleteCheckpoint(database, journal)
        this.#cursors?.delete(journal)
        this.#gone = this.#gone.slice(1)
      }
      if (removal.segments > 0) log('info', 'segments_removed', { segments: removal.segments })
    } catch (error) {
      log('warn', 'segments_not_removed', { error })
    }
  }

  /** Until the next poll, soon after a commit, or at once when enough was committed; after a failure the pause. */
  #rest(after: 'caught-up' | 'failed'): Promise<void> {
    const { clock, pollMs = 500, maxWaitMs = 200 } = this.#options
    return new Promise((resolve) => {
      if (this.#halted) {
        resolve()
        return
      }
      const end = (): void => {
        cancel()
        this.#endRest = () => undefined
        this.#hurryRest = () => undefined
        resolve()
      }
      let cancel = clock.after(after === 'failed' ? this.#pauseMs() : pollMs, end)
      this.#endRest = end
      if (after === 'failed') return
      const hurry = (): void => {
        this.#hurryRest = () => undefined
        cancel()
        cancel = clock.after(Math.min(maxWaitMs, pollMs), end)
      }
      this.#hurryRest = hurry
      if (this.#committed > 0) hurry()
    })
  }

  #pauseMs(): number {
    if (this.#stopping !== null) return shortestPauseMs
    const { chance = Math.random } = this.#options
    const longest = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(this.#failuresInARow - 1, 10))
    return longest * (0.5 + chance() / 2)
  }

  #files(): { readonly files?: NonNullable<IngestOptions['files']> } {
    return this.#options.files === undefined ? {} : { files: this.#options.files }
  }
}
