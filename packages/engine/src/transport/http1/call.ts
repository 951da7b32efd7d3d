import type { UpstreamRequest } from '@pointsman/contract'
import type { UpstreamCall, UpstreamHead, UpstreamListener } from '../../ports.ts'

/** What a call does with the connection that it has to itself. */
export interface Carrier {
  carry(call: Call): void
  pause(): void
  resume(): void
  destroy(): void
}

export interface CallOwner {
  /** That leads to where calls go, as errors name it; null = none does. */
  readonly proxy: string | null
  /** It waits no longer. */
  forget(call: Call): void
}

interface Sendable {
  readonly head: string
  readonly request: UpstreamRequest
}

/** One call: the engine's handle, and what its connection tells. */
export class Call implements UpstreamCall {
  readonly queued: boolean
  readonly #owner: CallOwner
  readonly #listener: UpstreamListener
  /** Until it is sent: a long answer must not hold its request. */
  #sendable: Sendable | null
  #connection: Carrier | null = null
  #isConnected = false
  #isPaused = false
  #isOver = false

  constructor(owner: CallOwner, sendable: Sendable, listener: UpstreamListener, queued: boolean) {
    this.queued = queued
    this.#owner = owner
    this.#sendable = sendable
    this.#listener = listener
  }

  get proxy(): string | null {
    return this.#owner.proxy
  }

  carriedBy(connection: Carrier): void {
    this.#connection = connection
    connection.carry(this)
  }

  take(): Sendable {
    const sendable = this.#sendable
    if (sendable === null) throw new Error('a call is sent once')
    this.#sendable = null
    return sendable
  }

  pause(): void {
    this.#isPaused = true
    if (this.#isConnected) this.#connection?.pause()
  }

  resume(): void {
    this.#isPaused = false
    if (this.#isConnected) this.#connection?.resume()
  }

  abort(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sendable = null
    if (this.#connection === null) this.#owner.forget(this)
    else this.#connection.destroy()
    this.#connection = null
  }

  connected(): void {
    if (this.#isOver) return
    this.#isConnected = true
    if (this.#isPaused) this.#connection?.pause()
    this.#listener.connected()
  }

  head(head: UpstreamHead): void {
    this.#listener.head(head)
  }

  data(bytes: Uint8Array): void {
    this.#listener.data(bytes)
  }

  end(): void {
    if (this.#isOver) return
    this.#over()
    this.#listener.end()
  }

  failed(message: string, wasConnected: boolean): void {
    if (this.#isOver) return
    this.#over()
    this.#listener.failed({ kind: wasConnected ? 'broken' : 'connect', message })
  }

  #over(): void {
    this.#isOver = true
    this.#connection = null
    this.#sendable = null
  }
}
