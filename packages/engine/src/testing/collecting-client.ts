import type { ClientSink } from '../job.ts'

/** The client's side, in memory: keeps what was sent, is as slow as it is told, and leaves when it is told. */
export class CollectingClient implements ClientSink {
  closed = false
  status: number | null = null
  headers: readonly string[] = []
  heads = 0
  ends = 0
  writes = 0
  /** Bytes written and not yet read. */
  unread = 0
  largestUnread = 0
  /** Bytes that it takes before it says that it is full. */
  room = Infinity
  readonly #pieces: Uint8Array[] = []
  readonly #leaving: (() => void)[] = []
  readonly #watching: { readonly bytes: number; readonly reached: () => void }[] = []
  #drained: (() => void)[] = []
  #size = 0

  onClosed(listener: () => void): void {
    this.#leaving.push(listener)
  }

  head(status: number, headers: readonly string[]): void {
    if (this.heads > 0) throw new Error('a second head')
    this.heads++
    this.status = status
    this.headers = headers
  }

  write(bytes: Uint8Array): boolean {
    if (this.heads === 0) throw new Error('bytes before the head')
    if (this.ends > 0) throw new Error('bytes after the end')
    this.writes++
    this.#keep(bytes)
    return this.unread < this.room
  }

  drained(): Promise<void> {
    if (this.unread < this.room) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  end(bytes?: Uint8Array): void {
    if (this.heads === 0) throw new Error('an end before the head')
    if (this.ends > 0) throw new Error('a second end')
    this.ends++
    if (bytes !== undefined) this.#keep(bytes)
  }

  /** Reads all that waits. */
  read(): void {
    this.unread = 0
    for (const drained of this.#drained.splice(0)) drained()
  }

  leave(): void {
    this.closed = true
    for (const listener of this.#leaving) listener()
    this.read()
  }

  /** Resolves once so many bytes have come. */
  reached(bytes: number): Promise<void> {
    if (this.#size >= bytes) return Promise.resolve()
    return new Promise((resolve) => this.#watching.push({ bytes, reached: resolve }))
  }

  header(name: string): string | undefined {
    const at = this.headers.findIndex((text, index) => index % 2 === 0 && text === name)
    return at === -1 ? undefined : this.headers[at + 1]
  }

  get size(): number {
    return this.#size
  }
  get bytes(): Uint8Array {
    return Buffer.concat(this.#pieces)
  }
  get text(): string {
    return Buffer.concat(this.#pieces).toString()
  }
  get json(): unknown {
    return JSON.parse(this.text) as unknown
  }

  #keep(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice())
    this.#size += bytes.byteLength
    this.unread += bytes.byteLength
    this.largestUnread = Math.max(this.largestUnread, this.unread)
    for (const { bytes: wanted, reached } of this.#watching) if (this.#size >= wanted) reached()
  }
}
