/** Bytes of a frame that has not arrived whole. Grows by doubling, so that tiny pieces cost no more than large ones. */
export class ByteBuffer {
  #bytes = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** A view that holds until the next `append`. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2, 256))
      larger.set(this.view)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = needed
  }

  /** Everything; the buffer is empty afterwards and never writes into what it gave away. */
  take(): Uint8Array {
    const taken = this.view
    this.#bytes = new Uint8Array(0)
    this.#length = 0
    return taken
  }
}
