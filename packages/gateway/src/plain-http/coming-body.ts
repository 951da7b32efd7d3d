import { freeMemory } from '@pointsman/contract'
import type { Socket } from 'node:net'
import type { PointsmanError } from '@pointsman/contract'

/** What a read brought of the body. */
interface Piece {
  readonly own: Buffer
  /** The whole read, which nobody needs once its piece was copied; null = it holds the next request's bytes, too. */
  readonly read: Buffer | null
}

/**
 * A body that is too long to wait for before its key was looked at: its connection is read no further until somebody asks
 * for it. Asked for whole, each read is copied to its place in one buffer of the length that was told, and its memory given
 * back. Bound: that length, else what came with its head and one more read.
 */
export class ComingBody {
  readonly #socket: Socket
  readonly #bytes: number
  /** What came and nobody has taken. */
  readonly #pieces: Piece[] = []
  #left: number
  #whole: Buffer | null = null
  #problem: PointsmanError | null = null
  #waiting: PromiseWithResolvers<null> | null = null

  /** In the first read it begins behind its head. */
  constructor(
    socket: Socket,
    bytes: number,
    { read, from }: { readonly read: Buffer; readonly from: number },
  ) {
    this.#socket = socket
    this.#bytes = bytes
    this.#left = bytes
    this.take(read, from)
  }

  get isWhole(): boolean {
    return this.#left === 0
  }

  /** Answers what is not its own any more. The read is its own otherwise: nobody else may hold it. */
  take(read: Buffer, from = 0): Buffer | null {
    const own = read.subarray(from, from + this.#left)
    const behind = from + own.length < read.length ? read.subarray(from + own.length) : null
    const piece = { own, read: behind === null ? read : null }
    this.#left -= own.length
    if (this.#whole === null) this.#pieces.push(piece)
    else this.#copy(piece, this.#whole, this.#bytes - this.#left - own.length)
    // What comes behind its end is the next request's.
    if (this.#whole === null && !this.isWhole) this.#socket.pause()
    if (this.#whole === null || this.isWhole) this.#waiting?.resolve(null)
    return behind
  }

  #copy({ own, read }: Piece, into: Buffer, at: number): void {
    own.copy(into, at)
    if (read !== null) freeMemory(read)
  }

  /** Nothing more comes of it: whoever waits is told so, or whoever asks next. */
  fail(problem: PointsmanError): void {
    if (this.isWhole) return
    this.#problem ??= problem
    this.#waiting?.reject(problem)
  }

  async read(): Promise<Uint8Array> {
    const whole = Buffer.allocUnsafeSlow(this.#bytes)
    let filled = 0
    for (const piece of this.#pieces.splice(0)) {
      const { length } = piece.own
      this.#copy(piece, whole, filled)
      filled += length
    }
    this.#whole = whole
    if (!this.isWhole) await this.#more()
    return whole
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece !== undefined) yield piece.own
      else if (this.isWhole) return
      else await this.#more()
    }
  }

  async #more(): Promise<void> {
    if (this.#problem !== null) throw this.#problem
    this.#waiting = Promise.withResolvers()
    this.#socket.resume()
    await this.#waiting.promise
  }
}
