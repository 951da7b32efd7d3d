import type { Socket } from 'node:net'

/** What the system still holds of what was written to a connection, in bytes; null = it does not say. */
export type UnsentBytes = (socket: Socket) => Promise<number | null>

export const unknownBytes: UnsentBytes = () => Promise.resolve(null)

export interface WatchOptions {
  /** For how long nothing may move. */
  readonly stallMs: number
  /** Of what the client is to take, or to send: falls while it does so; null = that is not known. */
  readonly leftBytes: () => Promise<number | null>
  readonly drop: () => void
}

/**
 * Drops a client that neither takes what waits for it nor sends what is still to come, whichever of them `leftBytes` tells. A
 * slow reader shows here only when a third of the system's buffer is free, which is up to a megabyte where both are on one
 * machine: so the system is asked, twice a wait, how much is left.
 */
export class StallWatch {
  readonly #options: WatchOptions
  #timer: NodeJS.Timeout | null = null

  constructor(options: WatchOptions) {
    this.#options = options
  }

  get isOn(): boolean {
    return this.#timer !== null
  }

  /** From now on, unless it is on already. */
  begin(): void {
    if (this.#timer === null) this.#wait(null)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #wait(before: { readonly leftBytes: number | null } | null): void {
    const timer = setTimeout(() => void this.#look(timer, before), this.#options.stallMs / 2)
    timer.unref()
    this.#timer = timer
  }

  async #look(timer: NodeJS.Timeout, before: { readonly leftBytes: number | null } | null): Promise<void> {
    const leftBytes = await this.#options.leftBytes().catch(() => null)
    // Stopped meanwhile, or begun anew.
    if (this.#timer !== timer) return
    const took = before !== null && leftBytes !== null && before.leftBytes !== null
    if (before === null || (took && leftBytes < before.leftBytes)) return this.#wait({ leftBytes })
    this.#timer = null
    this.#options.drop()
  }
}

/** A whole answer goes out in such pieces: of one write nothing is heard before its last byte has gone. */
export const pieceBytes = 65_536
