import type { Socket } from 'node:net'
import type { Chance } from '../answer/chance.ts'
import type { Toxics } from './toxics.ts'

export interface PipeSetup {
  readonly from: Socket
  readonly to: Socket
  readonly chance: Chance
  /** Those in force now. */
  toxics(): Toxics
  /** A toxic ends the connection. */
  broken(how: 'cut' | 'reset'): void
  /** The sender's end was swallowed: its peer must be left alone. */
  endDropped(): void
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly dueMs: number
}

const MOST_WAITING_BYTES = 65_536
// At a limited rate: small enough that a second has many pieces.
const PIECES_PER_SECOND = 50

/** One direction of one connection. Holds at most 64 KiB and one read; then it stops reading, as a real link would. */
export class Pipe {
  /** Bytes handed to the receiving side. */
  passedBytes = 0
  readonly #setup: PipeSetup
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #lastDueMs = 0
  #freeAtMs = 0
  #ended = false
  #over = false
  #full = false
  /** Takes back the turn that is waited for. */
  #cancelTurn: (() => void) | null = null

  constructor(setup: PipeSetup) {
    this.#setup = setup
    setup.from.on('data', (bytes: Buffer) => this.#take(bytes))
    setup.from.on('end', () => this.#sourceEnded())
    setup.to.on('drain', () => {
      this.#full = false
      this.#pump()
    })
  }

  /** The toxics in force are others now. */
  changed(): void {
    this.#stopWaiting()
    this.#pump()
  }

  /** Passes nothing any more. */
  stop(): void {
    this.#over = true
    this.#stopWaiting()
    this.#waiting.length = 0
    this.#waitingBytes = 0
  }

  #take(bytes: Uint8Array): void {
    if (this.#over) return
    const { latencyMs = 0, jitterMs = 0 } = this.#setup.toxics()
    const jitter = jitterMs === 0 ? 0 : (this.#setup.chance.fraction() * 2 - 1) * jitterMs
    // Later bytes never overtake earlier ones: it is one stream.
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + Math.max(0, latencyMs + jitter))
    this.#waiting.push({ bytes, dueMs: this.#lastDueMs })
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.#setup.from.pause()
    this.#pump()
  }

  #sourceEnded(): void {
    if (this.#over) return
    const { dropEnd, slowEndMs = 0 } = this.#setup.toxics()
    if (dropEnd === true) {
      this.#setup.endDropped()
      return
    }
    this.#ended = true
    this.#freeAtMs = Math.max(this.#freeAtMs, performance.now() + slowEndMs)
    this.#pump()
  }

  #pump(): void {
    while (!this.#over && !this.#full && this.#cancelTurn === null) {
      const [head] = this.#waiting
      if (head === undefined) {
        if (this.#ended && !this.#sleepUntil(this.#freeAtMs)) this.#passEnd()
        return
      }
      const toxics = this.#setup.toxics()
      if (this.#breaks(toxics) || this.#left(toxics.stallAfterBytes) === 0) return
      if (this.#sleepUntil(Math.max(head.dueMs, this.#freeAtMs))) return
      this.#pass(head, toxics)
    }
  }

  /** True when it has to wait; it then goes on by itself. */
  #sleepUntil(atMs: number): boolean {
    const delayMs = atMs - performance.now()
    if (delayMs <= 0) return false
    const timer = setTimeout(this.#wake, delayMs)
    this.#cancelTurn = () => clearTimeout(timer)
    return true
  }

  readonly #wake = (): void => {
    this.#cancelTurn = null
    this.#pump()
  }

  #left(limit: number | undefined): number {
    return limit === undefined ? Infinity : Math.max(0, limit - this.passedBytes)
  }

  #breaks(toxics: Toxics): boolean {
    const how =
      this.#left(toxics.resetAfterBytes) === 0
        ? 'reset'
        : this.#left(toxics.cutAfterBytes) === 0
          ? 'cut'
          : null
    if (how === null) return false
    this.stop()
    this.#setup.broken(how)
    return true
  }

  #pass(head: Waiting, toxics: Toxics): void {
    const { bytesPerSecond, sliceBytes, sliceDelayMs = 0 } = toxics
    const size = Math.min(
      head.bytes.length,
      sliceBytes ?? Infinity,
      bytesPerSecond === undefined ? Infinity : Math.ceil(bytesPerSecond / PIECES_PER_SECOND),
      this.#left(toxics.stallAfterBytes),
      this.#left(toxics.cutAfterBytes),
      this.#left(toxics.resetAfterBytes),
    )
    if (size === head.bytes.length) this.#waiting.shift()
    else this.#waiting[0] = { bytes: head.bytes.subarray(size), dueMs: head.dueMs }
    this.#waitingBytes -= size
    this.passedBytes += size
    const isFull = !this.#setup.to.write(head.bytes.subarray(0, size))
    if (this.#waitingBytes <= MOST_WAITING_BYTES && !this.#over) this.#setup.from.resume()
    this.#full = isFull
    if (this.#breaks(toxics)) return
    const restMs = bytesPerSecond === undefined ? 0 : (size / bytesPerSecond) * 1_000
    this.#freeAtMs = performance.now() + Math.max(restMs, sliceDelayMs)
    // A turn of its own for each slice, or the system would join them again.
    if (sliceBytes !== undefined && restMs + sliceDelayMs === 0) {
      const turn = setImmediate(this.#wake)
      this.#cancelTurn = () => clearImmediate(turn)
    }
  }

  #passEnd(): void {
    this.#over = true
    this.#setup.to.end()
  }

  #stopWaiting(): void {
    this.#cancelTurn?.()
    this.#cancelTurn = null
  }
}
