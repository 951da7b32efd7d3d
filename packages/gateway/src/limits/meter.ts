import type { LeaseAsk, LimitCount, LimitKind } from '../ports.ts'
import { windowOf } from './windows.ts'

/**
 * One count of one budget as this process has it: how much it was granted of the present window and how much of that is
 * used, what requests under way have reserved included.
 */
export class Meter {
  readonly #budget: string
  readonly #kind: LimitKind
  #windowMs = 0
  #granted = 0
  #used = 0
  /** What requests under way hold of it. */
  #reserved = 0
  /** Something was reserved since it was last asked what may go back. */
  #isInUse = false

  constructor(budget: string, kind: LimitKind) {
    this.#budget = budget
    this.#kind = kind
  }

  get count(): LimitCount {
    return { budget: this.#budget, kind: this.#kind, windowMs: this.#windowMs }
  }

  get kind(): LimitKind {
    return this.#kind
  }

  /** Of what was granted, what is used or reserved; and what is left of it. */
  get used(): number {
    return this.#used
  }

  get free(): number {
    return this.#granted - this.#used
  }

  /** Something is under way whose end may make room. */
  get mayFree(): boolean {
    return this.#reserved > 0
  }

  /** A new window begins empty; what is under way belongs to the one it was reserved in. */
  roll(nowMs: number): void {
    const windowMs = windowOf(this.#kind, nowMs)
    if (windowMs === this.#windowMs) return
    this.#windowMs = windowMs
    this.#granted = 0
    this.#used = 0
    this.#reserved = 0
  }

  /** What has to be leased before so much can be reserved, a slice in advance included; null = nothing. */
  lacking(amount: number, limit: number, share: number): LeaseAsk | null {
    const missing = amount - (this.#granted - this.#used)
    if (missing <= 0) return null
    return { ...this.count, limit, amount: missing + Math.floor(limit * share) }
  }

  grant({ windowMs }: LimitCount, amount: number): void {
    if (windowMs === this.#windowMs) this.#granted += amount
  }

  /**
   * Whether so much may begin: requests and slots whole; of tokens and money anything that is left lets the last one in, for
   * what it will really use is known only at its end.
   */
  admits(amount: number): boolean {
    const free = this.#granted - this.#used
    if (this.#kind === 'requests' || this.#kind === 'concurrent') return free >= amount
    // What costs nothing (a count) passes a limit that is spent.
    return amount === 0 || free > 0
  }

  reserve(amount: number): void {
    this.#used += amount
    this.#reserved += amount
    this.#isInUse = true
  }

  /** What was reserved in a window becomes what was used of it; a window that is past counts no more. */
  settle(windowMs: number, reserved: number, used: number): void {
    if (windowMs !== this.#windowMs) return
    this.#used += used - reserved
    this.#reserved -= reserved
  }

  /**
   * What is to be charged so that the grants fit the use: an overrun, or what is free beyond two slices, if it may go back.
   * 0 = nothing.
   */
  balance(limit: number, share: number, mayGoBack: boolean): number {
    const free = this.#granted - this.#used
    const kept = 2 * Math.floor(limit * share)
    // A reservation may stand over the last grant; only what is really used is charged.
    const overrun = Math.max(0, this.#used - this.#reserved - this.#granted)
    const change = overrun > 0 ? overrun : mayGoBack && free > kept ? kept - free : 0
    this.#granted += change
    return change
  }

  /** All that is free, taken out of the grants; 0 where something was reserved since it was last asked. */
  takeUnused(): number {
    const { free } = this
    const goes = !this.#isInUse && free > 0
    this.#isInUse = false
    if (!goes) return 0
    this.#granted -= free
    return free
  }

  /**
   * Who granted it is gone, and who came in its place was told of slots and knows what was used: what is under way is charged
   * as an overrun once it ends.
   */
  forgetGrants(): void {
    if (this.#kind !== 'concurrent') this.#granted = this.#used - this.#reserved
  }
}
