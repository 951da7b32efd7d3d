import type { AnswerPart, AnswerUsage } from '../answer/answer.ts'
import { isContent } from '../answer/parts.ts'
import type { AnswerBreak } from '../faults/rule.ts'
import type { Outlet } from './outlet.ts'

/** How one vendor's stream writes the parts of an answer. */
export interface StreamFormat {
  /** The bytes of a part; null where this stream has none for it. */
  encode(part: AnswerPart): Uint8Array | null
  /** An error in the middle of the stream, in the vendor's form. */
  exception(name: string, message: string | null): Uint8Array
  /** A piece that fails the format's own check. */
  brokenFrame(): Uint8Array
  /** A piece whose frame is right and whose JSON is cut. */
  brokenJson(): Uint8Array
}

/** Where the emission writes down what left. */
export interface EmissionRecord {
  chunks: number
  tokens: number
  usage: AnswerUsage | null
}

export interface EmissionTask {
  readonly outlet: Outlet
  readonly parts: readonly AnswerPart[]
  readonly format: StreamFormat
  /** Null where the stream tells none. */
  readonly usage: AnswerUsage | null
  readonly record: EmissionRecord
  readonly perTokenMs: number
  readonly perChunkMs: number
  readonly break: AnswerBreak | null
}

/** Parts that are due at once are joined up to this size: one system call instead of one for each. */
const BATCH_BYTES = 32_768

/**
 * Sends an answer part by part: at the pace asked for, with back-pressure, and with the scripted break. One timer and
 * no promise or closure for each chunk, as a load test runs hundreds of these at a time.
 */
export class StreamEmission {
  readonly #task: EmissionTask
  readonly #paced: boolean
  readonly #breakAt: number
  #broken = false
  #position = 0
  #dueAt: number
  #timer: NodeJS.Timeout | null = null
  #batch: Uint8Array[] = []
  #batchBytes = 0

  constructor(task: EmissionTask) {
    this.#task = task
    this.#paced = task.perTokenMs > 0 || task.perChunkMs > 0
    this.#breakAt = task.break === null ? -1 : breakPosition(task.parts, task.break.afterChunks)
    this.#dueAt = performance.now()
  }

  /** Begins; the headers must have been given to the outlet. */
  run(): void {
    this.#task.outlet.onLeft(() => this.#stop())
    this.#advance()
  }

  readonly #advance = (): void => {
    const { parts, outlet } = this.#task
    this.#timer = null
    if (outlet.left) return
    while (this.#position < parts.length) {
      if (this.#position === this.#breakAt && !this.#broken && !this.#breakOff()) return
      const part = parts[this.#position]
      if (part === undefined) break
      if (this.#paced && isContent(part) && this.#waits()) return
      this.#position += 1
      this.#send(part)
      if (this.#batchBytes >= BATCH_BYTES && !this.#flush()) return
    }
    this.#finish()
  }

  #send(part: AnswerPart): void {
    const { record } = this.#task
    const bytes = this.#task.format.encode(part)
    if (bytes !== null) this.#collect(bytes)
    if (isContent(part)) {
      record.chunks += 1
      record.tokens += part.tokens
      this.#dueAt += part.tokens * this.#task.perTokenMs + this.#task.perChunkMs
    } else if (part.kind === 'usage') {
      record.usage = this.#task.usage
    }
  }

  /** True when the next chunk is not due yet; a timer then goes on. Sends first what was collected. */
  #waits(): boolean {
    const waitMs = this.#dueAt - performance.now()
    if (waitMs < 1) return false
    if (this.#batchBytes > 0) this.#task.outlet.write(this.#takeBatch())
    this.#timer = setTimeout(this.#advance, waitMs)
    return true
  }

  /** Does what the script says; true when the answer goes on afterwards. */
  #breakOff(): boolean {
    this.#broken = true
    const { outlet, format } = this.#task
    const how = this.#task.break
    if (how === null) return true
    switch (how.how) {
      case 'malformedFrame':
        this.#collect(format.brokenFrame())
        return true
      case 'garbageJson':
        this.#collect(format.brokenJson())
        return true
      case 'exception':
        this.#collect(format.exception(how.exceptionName, how.message))
        this.#finish()
        return false
      case 'end':
        this.#finish()
        return false
      case 'cut':
        if (this.#batchBytes > 0) outlet.write(this.#takeBatch())
        outlet.cut()
        return false
      case 'stall':
        if (this.#batchBytes > 0) outlet.write(this.#takeBatch())
        return false
    }
  }

  #finish(): void {
    if (this.#batchBytes > 0) this.#task.outlet.end(this.#takeBatch())
    else this.#task.outlet.end()
  }

  #collect(bytes: Uint8Array): void {
    this.#batch.push(bytes)
    this.#batchBytes += bytes.length
  }

  /** False when the connection is full; it then goes on by itself. */
  #flush(): boolean {
    if (this.#task.outlet.write(this.#takeBatch())) return true
    this.#task.outlet.onDrain(this.#advance)
    return false
  }

  #takeBatch(): Uint8Array {
    const [only] = this.#batch
    const bytes =
      this.#batch.length === 1 && only !== undefined ? only : Buffer.concat(this.#batch, this.#batchBytes)
    this.#batch = []
    this.#batchBytes = 0
    return bytes
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

/**
 * Before which part a break after so many chunks falls: right behind the last of them; before the first content for
 * none; before the stop when there are fewer.
 */
export function breakPosition(parts: readonly AnswerPart[], afterChunks: number): number {
  let seen = 0
  for (const [position, part] of parts.entries()) {
    if (part.kind === 'stop') return position
    if (!isContent(part)) continue
    if (afterChunks === 0) return position
    seen += 1
    if (seen === afterChunks) return position + 1
  }
  return parts.length
}
