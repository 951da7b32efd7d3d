/** A timer that stands still while anything holds it. */
export class Countdown {
  readonly #end: () => void
  readonly #holds = new Set<string>()
  #leftMs: number
  #startedMs = 0
  #timer: ReturnType<typeof setTimeout> | null = null

  /** Begins held by `start`. A time without an end never ends. */
  constructor(spanMs: number, end: () => void) {
    this.#leftMs = spanMs
    this.#end = end
    this.#holds.add('start')
  }

  hold(why: string): void {
    this.#holds.add(why)
    if (this.#timer === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    // Who turns back to it at its last moment gets a second to move away, or to point at it again.
    this.#leftMs = Math.max(1_000, this.#leftMs - (performance.now() - this.#startedMs))
  }

  release(why: string): void {
    this.#holds.delete(why)
    if (this.#holds.size > 0 || this.#timer !== null || !Number.isFinite(this.#leftMs)) return
    this.#startedMs = performance.now()
    this.#timer = setTimeout(this.#end, this.#leftMs)
  }

  stop(): void {
    this.#holds.add('stop')
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
