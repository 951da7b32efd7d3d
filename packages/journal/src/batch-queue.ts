import type { RequestId } from '@pointsman/contract'
import { lineBytesAtMost, writeLine } from './line.ts'

/** A record on its way to the disk, with those who wait for it; `null` = nobody, or they were told. */
export interface QueuedRecord {
  readonly json: string
  /** The request whose outcome it is. */
  readonly closes: RequestId | null
  readonly waiting: {
    readonly resolve: () => void
    readonly reject: (reason: unknown) => void
  } | null
}

const smallBufferBytes = 65_536

/**
 * Records that wait for the disk, in order, and the buffer in which a batch becomes lines. Bounded by its
 * owner, which stops letting requests in; what a request in flight hands in is always taken.
 */
export class BatchQueue {
  #records: QueuedRecord[] = []
  #characters = 0
  #buffer = Buffer.allocUnsafe(smallBufferBytes)

  get length(): number {
    return this.#records.length
  }

  /** Size of the records' JSON, in characters: near enough to bytes for a bound, and free to know. */
  get characters(): number {
    return this.#characters
  }

  add(record: QueuedRecord): void {
    this.#records.push(record)
    this.#characters += record.json.length
  }

  /** Takes the oldest records up to a size; at least one. */
  take(maxCharacters: number): readonly QueuedRecord[] {
    let count = 0
    let characters = 0
    for (const { json } of this.#records) {
      if (count > 0 && characters + json.length > maxCharacters) break
      characters += json.length
      count += 1
    }
    this.#characters -= characters
    if (count < this.#records.length) return this.#records.splice(0, count)
    const all = this.#records
    this.#records = []
    return all
  }

  /** Puts a batch that was not written back in front, so that the order holds. */
  putBack(batch: readonly QueuedRecord[]): void {
    for (const { json } of batch) this.#characters += json.length
    this.#records = batch.concat(this.#records)
  }

  /** Tells all who wait that it failed; the records stay. */
  rejectWaiting(reason: unknown): void {
    for (const { waiting } of this.#records) waiting?.reject(reason)
    this.#records = this.#records.map(({ closes, json }) => ({ json, closes, waiting: null }))
  }

  /** The batch as lines. The bytes are good until the next call: one batch is written at a time. */
  lines(batch: readonly QueuedRecord[]): Buffer {
    if (this.#buffer.length > smallBufferBytes * 64) this.#buffer = Buffer.allocUnsafe(smallBufferBytes)
    let offset = 0
    for (const { json } of batch) {
      this.#makeRoom(offset, lineBytesAtMost(json.length))
      offset = writeLine(this.#buffer, offset, json)
    }
    return this.#buffer.subarray(0, offset)
  }

  #makeRoom(used: number, more: number): void {
    if (used + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + more))
    this.#buffer.copy(larger, 0, 0, used)
    this.#buffer = larger
  }
}
