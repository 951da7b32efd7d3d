import type { IssuerProblem, Log, LogLevel } from '@pointsman/control'

const everyMs = 1_000

/**
 * The lines about sign-ins that failed: one a second of each problem at most, since everybody may begin one and nobody is to fill a
 * disk by it. The next line tells how many were left out. A holder of mutable state: an instant and a count for each of five problems.
 */
export class FailureLog {
  readonly #log: Log
  readonly #nowMs: () => number
  readonly #told = new Map<IssuerProblem, { readonly atMs: number; readonly leftOut: number }>()

  constructor(log: Log, nowMs: () => number) {
    this.#log = log
    this.#nowMs = nowMs
  }

  tell(level: LogLevel, problem: IssuerProblem, facts: { readonly [name: string]: unknown }): void {
    const nowMs = this.#nowMs()
    const { atMs, leftOut } = this.#told.get(problem) ?? { atMs: -Infinity, leftOut: 0 }
    // A clock that was set back would keep it silent until it has caught up.
    if (nowMs >= atMs && nowMs < atMs + everyMs) {
      this.#told.set(problem, { atMs, leftOut: leftOut + 1 })
      return
    }
    this.#told.set(problem, { atMs: nowMs, leftOut: 0 })
    this.#log(level, 'sign_in_failed', { problem, ...facts, ...(leftOut === 0 ? {} : { leftOut }) })
  }
}
