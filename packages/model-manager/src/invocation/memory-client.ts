import { joinBytes, type ClientSink } from '@pointsman/engine'

/** The caller's side of an answer that comes whole: keeps it. */
export class MemoryClient implements ClientSink {
  closed = false
  readonly #pieces: Uint8Array[] = []
  readonly #leaving = new Set<() => void>()

  onClosed(listener: () => void): void {
    this.#leaving.add(listener)
  }

  /** Nobody waits for the answer any more: the vendor's work ends. */
  leave(): void {
    if (this.closed) return
    this.closed = true
    for (const listener of this.#leaving) listener()
  }

  head(): void {
    // An error is told by what the face was given to write, not by its status.
  }

  write(bytes: Uint8Array): boolean {
    this.#pieces.push(bytes)
    return true
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#pieces.push(bytes)
  }

  /** All of the answer; whole answers come in one piece. */
  bytes(): Uint8Array {
    return joinBytes(this.#pieces)
  }
}
