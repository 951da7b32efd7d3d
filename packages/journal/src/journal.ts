import type { JournalId, JournalPosition, JournalRecord } from '@pointsman/contract'
import type { FileLayer } from './file-layer.ts'

/**
 * What the journal says of itself to whoever lets requests in.
 * `open`: come in. `overloaded`: too much waits for the disk. `full`: the disk is nearly full (`storage_full`).
 * `failing`: the last write failed for another reason. In every state `append` and `commit` are taken, for the
 * requests in flight; all states end by themselves.
 */
export type JournalRoom = 'open' | 'overloaded' | 'full' | 'failing'

/** What went wrong while nobody waited for it, or before the waiting were told. */
export interface JournalFailure {
  /** `write`: a batch did not become durable; `space`: the disk could not be looked at; `listener`: one threw. */
  readonly kind: 'write' | 'space' | 'listener'
  readonly error: unknown
  /** Of a write: how often it failed in a row; told at 1, 2, 4, 8, … */
  readonly tries: number
}

export interface JournalOptions {
  /** Directory of all journals; made when it is missing. */
  readonly dir: string
  /** `fsync`: an acknowledged record outlives a power cut; `write`: it outlives the process only. */
  readonly durability: 'fsync' | 'write'
  /** A segment is left when the next batch would make it larger than this; 64 MiB. */
  readonly segmentBytes?: number
  /** Space kept for requests in flight when the disk is full; 16 MiB, some 10,000 outcomes. 0 = none. */
  readonly reserveBytes?: number
  /** With less free than this, new requests are to be refused; 256 MiB. 0 = never. */
  readonly minFreeBytes?: number
  /** How often the disk is looked at; 1 s. */
  readonly checkSpaceEveryMs?: number
  /** With more than this waiting for the disk the journal is overloaded; 32 MiB. */
  readonly maxQueueBytes?: number
  readonly files?: FileLayer
  readonly nowMs?: () => number
  /** Resolves when what shares a batch has been handed in. Left out: at the end of the event loop's turn. */
  readonly gathered?: () => Promise<void>
  readonly newId?: () => JournalId
  /** Must not throw: there is nobody left to tell. */
  readonly onFailure?: (failure: JournalFailure) => void
}

/** A batch became durable. */
export interface JournalCommit {
  readonly records: number
  readonly position: JournalPosition
}

export interface JournalStats {
  readonly room: JournalRoom
  readonly batches: number
  readonly records: number
  readonly bytes: number
  /** Batches that did not become durable at their try. */
  readonly failures: number
  readonly queuedRecords: number
  readonly queuedBytes: number
  /** Requests with an intent and no outcome yet. */
  readonly openIntents: number
}

export interface JournalClosed {
  /** Nothing is open: nobody needs to recover this journal. */
  readonly sealed: boolean
  /** Requests whose outcome never came; the next recovery closes them as `unknown`. */
  readonly openIntents: number
}

/**
 * The writer of one journal. Records become durable in the order in which they were handed in. Once it is being
 * closed, `append` throws and `commit` rejects with `shutting_down`.
 */
export interface Journal {
  readonly id: JournalId
  /**
   * Queues a record and starts writing it. Not awaited: when its write fails it is written again ahead of
   * whatever comes later, so a commit that resolves covers every append before it.
   */
  append(record: JournalRecord): void
  /**
   * Resolves when the record is as durable as the journal was asked to be. Rejects, within some two seconds of
   * a disk that fails, when its batch was not written: `storage_full` when the disk and the reserve are full, else `internal` with the cause. The record
   * stays queued and is written again in a fresh segment, so a rejection means "not certain", never "not there".
   */
  commit(record: JournalRecord): Promise<void>
  readonly room: JournalRoom
  /** Calls at every change of `room`; returns how to stop. */
  onRoom(listener: (room: JournalRoom) => void): () => void
  /** Calls after every batch that became durable; returns how to stop. */
  onCommit(listener: (commit: JournalCommit) => void): () => void
  /** Up to here everything is durable. */
  position(): JournalPosition
  stats(): JournalStats
  /**
   * Writes what is queued, syncs, gives the reserve back and seals the journal unless requests are open.
   * Rejects, after three tries, when records could not be written; they are named by their number. A second
   * call returns the first one's promise.
   */
  close(): Promise<JournalClosed>
}
