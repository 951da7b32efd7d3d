import type { Call, CallOwner } from './call.ts'
import { Connection, type ConnectionOwner, type Place } from './connection.ts'

export interface OriginPoolOptions {
  readonly place: Place
  readonly connections: number
  readonly maxWaiting: number
  readonly keepAliveTimeoutMs: number
}

/** One origin's connections, and the calls that wait for one: who came first goes first. */
export class OriginPool implements ConnectionOwner, CallOwner {
  readonly #options: OriginPoolOptions
  /** How many carry a call, or are being made for one: each knows of itself, since a set of them grew and shrank all the time. */
  #busy = 0
  /** Used last stands last and goes first: those that nobody needs come to their end. */
  readonly #resting: Connection[] = []
  readonly #queue: Call[] = []
  #isRetired = false
  #whenEmpty: (() => void) | null = null

  constructor(options: OriginPoolOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#busy >= this.#options.connections
  }

  /** As many wait as may. */
  get isCrowded(): boolean {
    return this.isFull && this.#queue.length >= this.#options.maxWaiting
  }

  get proxy(): string | null {
    return this.#options.place.proxy?.shown ?? null
  }

  get maxWaiting(): number {
    return this.#options.maxWaiting
  }

  take(call: Call): void {
    if (this.isFull) this.#queue.push(call)
    else this.#place(call)
  }

  #place(call: Call): void {
    const connection = this.#rested() ?? new Connection(this.#options.place, this)
    this.#busy += 1
    connection.isBusy = true
    call.carriedBy(connection)
  }

  #rested(): Connection | null {
    let last = this.#resting.pop()
    if (last === undefined) return null
    const nowMs = performance.now()
    for (; last !== undefined; last = this.#resting.pop()) {
      if (last.isUsable && last.restsUntilMs > nowMs) return last
      last.destroy()
    }
    return null
  }

  free(connection: Connection): void {
    const next = this.#queue.shift()
    if (next !== undefined) return next.carriedBy(connection)
    this.#noLongerBusy(connection)
    if (this.#isRetired) connection.destroy()
    else {
      this.#resting.push(connection)
      connection.rest(performance.now(), this.#options.keepAliveTimeoutMs)
    }
    this.#mayBeEmpty()
  }

  gone(connection: Connection, unsent: Call | null): void {
    const at = this.#resting.indexOf(connection)
    if (at !== -1) this.#resting.splice(at, 1)
    if (!connection.isBusy) return
    this.#noLongerBusy(connection)
    // Who had the place keeps it: it waited for it already, and the pool is not empty in between.
    const next = unsent ?? this.#queue.shift()
    if (next !== undefined) this.#place(next)
    this.#mayBeEmpty()
  }

  #noLongerBusy(connection: Connection): void {
    connection.isBusy = false
    this.#busy -= 1
  }

  forget(call: Call): void {
    const at = this.#queue.indexOf(call)
    if (at !== -1) this.#queue.splice(at, 1)
  }

  /** Ends connections that have rested for too long. */
  sweep(nowMs: number): void {
    for (const connection of this.#resting.filter(({ restsUntilMs }) => restsUntilMs <= nowMs))
      connection.destroy()
  }

  /** Takes no more calls; resolves when those that it has are over. */
  retire(): Promise<void> {
    this.#isRetired = true
    for (const connection of this.#resting.splice(0)) connection.destroy()
    return new Promise((resolve) => {
      this.#whenEmpty = resolve
      this.#mayBeEmpty()
    })
  }

  /** Of those that wait: nothing was sent. */
  refuseWaiting(message: string): void {
    for (const call of this.#queue.splice(0)) call.failed(message, false)
  }

  #mayBeEmpty(): void {
    if (this.#busy > 0) return
    this.#letGo()
    if (this.#queue.length === 0) this.#whenEmpty?.()
  }

  /**
   * Not each time that one comes to rest: to let one go and to hold it again were 1 % of a request, and while another one is
   * busy the process lives anyway. Those that are held still stand on top of those that were let go.
   */
  #letGo(): void {
    for (let at = this.#resting.length - 1; this.#resting[at]?.isHeld === true; at -= 1)
      this.#resting[at]?.letGo()
  }
}
