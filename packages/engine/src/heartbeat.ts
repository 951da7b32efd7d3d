import type { Clock } from './ports.ts'

export interface HeartbeatSetup {
  readonly clock: Clock
  readonly intervalMs: number
  /** Monotonic microseconds since when the client has heard nothing. */
  readonly sinceUs: number
  beat(): void
}

/**
 * Calls `beat` whenever nothing was sent for an interval. As with the limits of time, what is sent only notes the time, and
 * the one timer looks when it wakes: a stream that flows costs nothing more.
 */
export class Heartbeat {
  readonly #setup: HeartbeatSetup
  #sentAtUs: number
  #cancel: (() => void) | null = null

  constructor(setup: HeartbeatSetup) {
    this.#setup = setup
    this.#sentAtUs = setup.sinceUs
    this.#sleep()
  }

  /** Something went out. */
  sent(): void {
    this.#sentAtUs = this.#setup.clock.nowUs()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #leftUs(): number {
    return this.#sentAtUs + this.#setup.intervalMs * 1_000 - this.#setup.clock.nowUs()
  }

  #sleep(): void {
    this.#cancel = this.#setup.clock.after(Math.max(1, Math.ceil(this.#leftUs() / 1_000)), this.#wake)
  }

  readonly #wake = (): void => {
    // Set again before the beat, which may stop it.
    if (this.#leftUs() > 0) {
      this.#sleep()
      return
    }
    this.sent()
    this.#sleep()
    this.#setup.beat()
  }
}
