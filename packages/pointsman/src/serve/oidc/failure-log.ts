import type { Log, LogLevel } from '@pointsman/control'

const everyMs = 1_000

/**
 * The lines about sign-ins that failed: one a second at most, since everybody may begin one and nobody is to fill a disk by it. The
 * next line tells how many were left out. A holder of mutable state: when the last one was told, and that count.
 */
export class FailureLog {
  readonly #log: Log
  readonly #nowMs: () => number
  #toldAtMs = -Infinity
  #leftOut = 0

  constructor(log: Log, nowMs: () => number) {
    this.#log = log
    this.#nowMs = nowMs
  }

  tell(level: LogLevel, facts: { readonly [name: string]: unknown }): void {
    const nowMs = this.#nowMs()
    // A clock that was set back would keep it silent until it has caught up.
    if (nowMs >= this.#toldAtMs && nowMs < this.#toldAtMs + everyMs) {
      this.#leftOut += 1
      return
    }
    this.#log(level, 'sign_in_failed', {
      ...facts,
      ...(this.#leftOut === 0 ? {} : { leftOut: this.#leftOut }),
    })
    this.#toldAtMs = nowMs
    this.#leftOut = 0
  }
}
