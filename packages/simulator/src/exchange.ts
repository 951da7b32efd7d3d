import type { IncomingHttpHeaders } from 'node:http'
import type { Outlet, ResponseHeaders } from './emission/outlet.ts'
import type { LedgerLine } from './ledger.ts'

/** What a request's first lines say. */
export interface RequestHead {
  readonly protocol: 'http/1.1' | 'h2'
  readonly method: string
  /** Path and query as sent, nothing decoded. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[]
}

/** The few operations on a response that differ between HTTP/1.1 and HTTP/2. */
export interface ResponsePort {
  begin(status: number, headers: ResponseHeaders): void
  write(bytes: Uint8Array): boolean
  end(bytes: Uint8Array | undefined): void
  cut(): void
  onDrain(continueWriting: () => void): void
  /** Calls once, at the end: `complete` when all that was written, the end included, was handed over. */
  onClose(closed: (complete: boolean) => void): void
}

/** One request and the way back to its client; writes into the ledger's line what happens to it. */
export class Exchange implements Outlet {
  readonly head: RequestHead
  readonly line: LedgerLine
  readonly #port: ResponsePort
  readonly #startedAt = performance.now()
  readonly #stops: (() => void)[] = []
  #closed = false

  constructor(head: RequestHead, port: ResponsePort, line: LedgerLine) {
    this.head = head
    this.line = line
    this.#port = port
    port.onClose((complete) => this.#onClosed(complete))
  }

  get left(): boolean {
    return this.#closed
  }

  /** Whole milliseconds since the request's head arrived. */
  elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt)
  }

  begin(status: number, headers: ResponseHeaders): void {
    if (this.#closed) return
    this.#port.begin(status, headers)
    this.line.status = status
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed) return false
    this.line.bytes += bytes.length
    return this.#port.write(bytes)
  }

  end(bytes?: Uint8Array): void {
    if (this.#closed) return
    this.line.bytes += bytes?.length ?? 0
    this.#port.end(bytes)
  }

  cut(): void {
    if (!this.#closed) this.#port.cut()
    this.#closed = true
    this.line.durationMs = this.elapsedMs()
  }

  onDrain(continueWriting: () => void): void {
    this.#port.onDrain(continueWriting)
  }

  onLeft(stop: () => void): void {
    if (this.#closed) stop()
    else this.#stops.push(stop)
  }

  /** Acts after so many milliseconds, unless the client has left by then; at once for 0. */
  later(delayMs: number, act: () => void): void {
    if (delayMs <= 0) {
      act()
      return
    }
    const timer = setTimeout(act, delayMs)
    this.onLeft(() => clearTimeout(timer))
  }

  #onClosed(complete: boolean): void {
    const cutByUs = this.#closed
    this.#closed = true
    if (cutByUs) return
    this.line.durationMs = this.elapsedMs()
    this.line.finished = complete
    if (complete) return
    this.line.clientLeft = true
    this.line.clientLeftAfterMs = this.line.durationMs
    for (const stop of this.#stops) stop()
  }
}
