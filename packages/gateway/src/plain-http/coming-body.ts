import { freeMemory } from '@pointsman/contract'
import type { Socket } from 'node:net'
import type { PointsmanError } from '@pointsman/contract'

/**
 * A body that is too long to wait for before its key was looked at: its connection is read no further until somebody asks
 * for it. Asked for whole, each read is copied to its place in one buffer of the length that was told. Bound: that length,
 * else what came with its head and one more read.
 */
export class ComingBody {
  readonly #socket: Socket
  readonly #bytes: number
  /** What came and nobody has taken; each has memory of its own. */
  readonly #pieces: Buffer[] = []
  #left: number
  #whole: Buffer | null = null
  #problem: PointsmanError | null = null
  #waiting: PromiseWithResolvers<null> | null = null

  constructor(socket: Socket, bytes: number, cameWithHead: Buffer) {
    this.#socket = socket
    this.#bytes = bytes
    this.#left = bytes
    this.take(cameWithHead)
  }

  get isWhole(): boolean {
    return this.#left === 0
  }

  /** Answers how many of the read's bytes are its own; what is kept of them is copied. */
  take(read: Buffer): number {
    const at = this.#bytes - this.#left
    const own = read.subarray(0, this.#left)
    this.#left -= own.length
    if (this.#whole === null) this.#pieces.push(copyOf(own))
    else own.copy(this.#whole, at)
    // What comes behind its end is the next request's.
    if (this.#whole === null && !this.isWhole) this.#socket.pause()
    if (this.#whole === null || this.isWhole) this.#waiting?.resolve(null)
    return own.length
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
      filled += piece.copy(whole, filled)
      freeMemory(piece)
    }
    this.#whole = whole
    if (!this.isWhole) await this.#more()
    return whole
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece !== undefined) yield piece
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

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
