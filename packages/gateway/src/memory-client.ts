import type { ClientSink } from '@pointsman/engine'

/** Keeps what a small answer said, for a caller inside this process. */
export class MemoryClient implements ClientSink {
  readonly closed = false
  status = 0
  readonly #chunks: Uint8Array[] = []

  onClosed(): void {
    // Nobody leaves: the caller waits for the answer.
  }

  head(status: number): void {
    this.status = status
  }

  write(bytes: Uint8Array): boolean {
    this.#chunks.push(bytes)
    return true
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#chunks.push(bytes)
  }

  text(): string {
    const decoder = new TextDecoder()
    return this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
  }
}
